"""The time-stamping authority (RFC 3161), for our signatures and everybody's."""
