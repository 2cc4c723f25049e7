"""The certificate authority of this centre: its files, types and context."""
