"""Institutions: who may ask people to sign in, to sign or to consent."""
