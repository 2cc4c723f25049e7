"""Requests: a registered institution asks a person's device for signatures."""
