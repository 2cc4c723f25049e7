"""The API of the Cloud Signature Consortium: programs have a phone sign hashes."""
