"""The command `certferry`: thin, every rule lives elsewhere."""
