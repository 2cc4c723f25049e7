"""Letters before a certificate runs out, and the reminder for a calendar."""
