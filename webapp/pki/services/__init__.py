"""What the services of the centre sign, and the certificates they sign with. Pure."""
