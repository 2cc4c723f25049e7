"""The protocol BRG1: bytes in, bytes out. Pure; twins of frontend/bridge."""
