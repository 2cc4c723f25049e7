"""Operators: their accounts and their sign-in."""
