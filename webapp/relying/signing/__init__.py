"""The signing API: programs of institutions ask, look, withdraw, and fetch results."""
