"""What institutions are told by a post: queued with what it tells of, sent at once."""
