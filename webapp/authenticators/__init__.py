"""Checks of who somebody is: phone, security card, one-time code, passkey."""
