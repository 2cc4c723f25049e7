"""What a certificate centre knows about keys and certificates, as pure functions.

Nothing here knows Flask, the database, the clock or the environment: times and
chance come in as arguments, bytes and values go out.
"""
