"""Secrets by which programs call: only a hash is kept, and that they are in use. Pure.

Each has 256 random bits, so that a hash without salt or stretching hides it.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

USE_NOTED_EVERY: Final = timedelta(minutes=1)


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(stored_hash: str | None, secret: str) -> bool:
    """Tell whether a hash is that of a secret; None is that of none."""
    return hmac.compare_digest(stored_hash or "", hash_secret(secret))


def last_use(before: datetime | None, now: datetime) -> datetime:
    """Return what is to be kept as the last use: within a minute nothing new."""
    return now if before is None or now - before >= USE_NOTED_EVERY else before
