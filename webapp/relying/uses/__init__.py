"""Where a person's certificate is used, in which way, and since when."""
