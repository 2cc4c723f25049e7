"""Pages of authenticators."""
