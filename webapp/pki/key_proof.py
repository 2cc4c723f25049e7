"""Proof by a certificate's own key: what it signs, and the check. Pure.

The message begins with a label that no certificate, request or document begins with,
and every part carries its length, so that it can be taken for nothing else and for no
other place, purpose or moment (docs/lifecycle.md).
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

LABEL: Final = b"certferry proof 1"
MAX_SIGNATURE: Final = 1024  # bytes; RSA-4096 gives 512
CHALLENGE_LIFE: Final = timedelta(minutes=5)
_TIME: Final = 8  # bytes: until when, in seconds
_CHANCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is proved: for what, where, to what, with which certificate, and when."""

    purpose: str  # "renew" or "revoke"
    origin: str  # of the page, as its browser writes it
    application_id: str  # empty where there is none
    fingerprint: str  # SHA-256 of the certificate, hexadecimal
    challenge: bytes

    @property
    def message(self) -> bytes:
        """The bytes that the key signs."""
        texts = (self.purpose, self.origin, self.application_id, self.fingerprint)
        parts = (*(text.encode() for text in texts), self.challenge)
        return LABEL + b"".join(len(part).to_bytes(2) + part for part in parts)


def verify_signature(public_key: object, signature: bytes, message: bytes) -> bool:
    """Tell whether `signature` is by the key, SHA-256, as X.509 writes it."""
    return verify_over_digest(public_key, signature, hashlib.sha256(message).digest())


def verify_over_digest(public_key: object, signature: bytes, digest: bytes) -> bool:
    """Tell whether `signature` is by the key over what has this SHA-256."""
    if len(signature) > MAX_SIGNATURE:
        return False
    form = Prehashed(SHA256())
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, digest, padding.PKCS1v15(), form)
        elif isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, digest, ec.ECDSA(form))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def new_challenge(key: bytes, about: str, chance: bytes, now: datetime) -> bytes:
    """Return a challenge for `about` that lives for some minutes and is not stored."""
    until = int((now + CHALLENGE_LIFE).timestamp()).to_bytes(_TIME)
    return until + chance[:_CHANCE] + _seal(key, about, until + chance[:_CHANCE])


def verify_challenge(key: bytes, about: str, challenge: bytes, now: datetime) -> bool:
    """Tell whether we made `challenge` for `about`, and not too long ago."""
    head, seal = challenge[: _TIME + _CHANCE], challenge[_TIME + _CHANCE :]
    if len(head) != _TIME + _CHANCE:
        return False
    if not hmac.compare_digest(seal, _seal(key, about, head)):
        return False
    until = datetime.fromtimestamp(int.from_bytes(head[:_TIME]), UTC)
    return now <= until <= now + 2 * CHALLENGE_LIFE


def _seal(key: bytes, about: str, head: bytes) -> bytes:
    return hmac.digest(key, b"certferry challenge 1" + head + about.encode(), "sha256")
