"""Passwords of accounts: argon2id, the same work for a known and an unknown name."""

import secrets
import string

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher()  # argon2id with the package's RFC 9106 parameters
# Verified where there is no such account, so that the answer takes as long.
DUMMY_HASH = HASHER.hash(secrets.token_hex(16))
_LETTERS = "".join(set(string.ascii_lowercase) - set("lo"))
_DIGITS = "23456789"


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password` in PHC text form."""
    return HASHER.hash(password)


def verify(password: str, password_hash: str | None) -> bool:
    """Tell whether `password` belongs to the hash; None takes as long and is False."""
    try:
        return HASHER.verify(password_hash or DUMMY_HASH, password) and bool(
            password_hash
        )
    except (VerificationError, InvalidHashError):
        return False


def generate_password() -> str:
    """Return a random password that is easy to type: about 74 bits."""
    groups = (
        "".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(5)) for _ in range(3)
    )
    return "-".join(groups)
