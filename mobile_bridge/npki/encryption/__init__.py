"""Bytes under a password (RFC 8018, RFC 7292 C): schemes, ciphers, limits. Pure."""
