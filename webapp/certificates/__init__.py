"""Certificates: issued, delivered, shown."""
