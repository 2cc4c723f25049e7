"""Signing PDF files: prepared here, signed in the browser, completed here (PAdES)."""
