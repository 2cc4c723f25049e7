"""What a person sees of institutions: where the certificate is used, and joining."""
