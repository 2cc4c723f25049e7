"""Certificate files on this computer: one module a command, and what they share."""
