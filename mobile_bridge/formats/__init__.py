"""What is written alike everywhere: JSON, Korean time, QR codes, addresses. Pure."""
