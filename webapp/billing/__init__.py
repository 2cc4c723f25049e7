"""What certificates cost, and whether it was paid."""
