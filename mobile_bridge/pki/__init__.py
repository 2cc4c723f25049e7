"""What a certificate says of itself, and how it is shown. Pure."""
