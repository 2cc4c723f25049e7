"""Signing in to the centre itself with a certificate."""
