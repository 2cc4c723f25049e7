"""Customers at the counter: found, registered, changed, imported."""
