"""OpenID Connect: other sites have people sign in with their certificate here."""
