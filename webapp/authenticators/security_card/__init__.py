"""The security card: printed codes, two halves of which are asked for."""
