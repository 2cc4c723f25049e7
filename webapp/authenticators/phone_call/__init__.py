"""The phone check: a call that asks for two digits."""
