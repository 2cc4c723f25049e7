"""Certificates at the counter: listed, counted, acted on."""
