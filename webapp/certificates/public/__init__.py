"""What anybody may do with a certificate without signing in."""
