"""Devices that a person paired with their account; each proves itself by its key."""
