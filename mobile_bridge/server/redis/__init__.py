"""What several workers share, in Redis."""
