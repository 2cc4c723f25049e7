"""Security event tokens: what institutions that hold a certificate are told of it."""
