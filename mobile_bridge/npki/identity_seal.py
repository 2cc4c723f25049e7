"""R on its way to the authority that certifies it, sealed to the authority's key.

JavaScript twin: frontend/npki/identity_seal.js. Pure, but for the chance that HPKE
draws when it seals (RFC 9180). A sealed R counts for one signing request of one
application: in another place it does not open.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke

from mobile_bridge.core.protocol import SUITE, key_pair, read_public_key
from mobile_bridge.errors import BridgeError
from mobile_bridge.npki.identity import RANDOM_NUMBER_BYTES, RandomNumberError

SEED_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
# The key's id, X-Wing's encapsulation, R, the tag.
SEALED_BYTES: Final = KEY_ID_BYTES + 1120 + RANDOM_NUMBER_BYTES + 16
_PURPOSE: Final = b"certferry random number 1\x00"


class SealedToAnotherKeyError(BridgeError):
    """R was sealed to a key that this authority has no longer, or never had."""

    code = "random_number_outdated"


class SealedFormError(BridgeError):
    """What was sealed does not open: damaged, or sealed for another request."""

    code = "random_number_unreadable"


@dataclass(frozen=True, slots=True)
class SealKey:
    """An authority's key for R; `public` is an X-Wing key of 1216 bytes."""

    private: hpke.MLKEM768X25519PrivateKey = field(repr=False)
    public: bytes = field(repr=False)
    id: bytes


def make_seal_key(seed: bytes) -> SealKey:
    """Return the key of a secret seed of 32 bytes; the same seed, the same key."""
    if len(seed) != SEED_BYTES:
        raise ValueError("a seed of 32 bytes")
    pair = key_pair(seed)
    return SealKey(pair.private, pair.public, _key_id(pair.public))


def seal_random_number(
    public_key: bytes, random_number: bytes, *, request: bytes, application_id: str
) -> bytes:
    """Return R sealed for a signing request (PKCS#10 DER) of an application.

    Raises:
        RandomNumberError: R has another length than 20 bytes.
        ProtocolError: this is no X-Wing key.
    """
    if len(random_number) != RANDOM_NUMBER_BYTES:
        raise RandomNumberError
    info = _info(request, application_id)
    sealed = SUITE.encrypt(random_number, read_public_key(public_key), info)
    return _key_id(public_key) + sealed


def open_random_number(
    key: SealKey, sealed: bytes, *, request: bytes, application_id: str
) -> bytes:
    """Return the R that was sealed for this request of this application.

    Raises:
        SealedToAnotherKeyError: it was sealed to another key.
        SealedFormError: it does not open.
    """
    if len(sealed) != SEALED_BYTES:
        raise SealedFormError
    if sealed[:KEY_ID_BYTES] != key.id:
        raise SealedToAnotherKeyError
    info = _info(request, application_id)
    try:
        # AES-GCM keeps the length: what opens has as many bytes as R.
        return SUITE.decrypt(sealed[KEY_ID_BYTES:], key.private, info)
    except (InvalidTag, ValueError):
        raise SealedFormError from None


def _info(request: bytes, application_id: str) -> bytes:
    # The hash has one length, so what stands behind it begins where it ends.
    return _PURPOSE + sha256(request).digest() + application_id.encode()


def _key_id(public_key: bytes) -> bytes:
    return sha256(public_key).digest()[:KEY_ID_BYTES]
