"""What relying parties fetch: CA certificates and revocation lists."""
