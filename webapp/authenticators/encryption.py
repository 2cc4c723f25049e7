"""Keep small secrets sealed in the database, with a key that is not in it. Pure.

AES-256-GCM; what a secret belongs to is authenticated with it, so that a sealed value
that was copied to another row does not open there.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.exceptions import AppError

KEY_BYTES = 32
NONCE_BYTES = 12
MARK_BYTES = 4  # tells one key from another, and nothing about it
VERSION = b"\x01"
_HEAD = len(VERSION) + MARK_BYTES


class EncryptionError(AppError):
    """A sealed secret cannot be made or opened."""

    code: ClassVar[str] = "cannot_unseal"


class NoKeyError(EncryptionError):
    """The centre was given no key for what is sealed."""

    code = "no_identity_key"


class OtherKeyError(EncryptionError):
    """The secret was sealed with another key than this centre's."""

    code = "other_identity_key"


class BrokenSealError(EncryptionError):
    """The secret was changed, or belongs elsewhere."""

    code = "broken_seal"


def read_key(digits: str | None) -> bytes:
    """Return the key that hexadecimal digits write.

    Raises:
        NoKeyError: there are none, or they are no such key.
    """
    try:
        key = bytes.fromhex(digits or "")
    except ValueError:
        raise NoKeyError from None
    if len(key) != KEY_BYTES:
        raise NoKeyError
    return key


def encrypt(
    secret: bytes, key: bytes, belongs_to: str, random: Callable[[int], bytes]
) -> bytes:
    """Return `secret` sealed; `random` returns so many fresh random bytes."""
    nonce = random(NONCE_BYTES)
    head = VERSION + _mark(key)
    return head + nonce + AESGCM(key).encrypt(nonce, secret, head + belongs_to.encode())


def decrypt(sealed: bytes, key: bytes, belongs_to: str) -> bytes:
    """Return what was sealed for the same owner.

    Raises:
        OtherKeyError: another key, or a later form, was used.
        BrokenSealError: it was changed, or sealed for something else.
    """
    if not is_sealed_with(sealed, key):
        raise OtherKeyError
    head, rest = sealed[:_HEAD], sealed[_HEAD:]
    nonce, text = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, text, head + belongs_to.encode())
    except (InvalidTag, ValueError):
        raise BrokenSealError from None


def is_sealed_with(sealed: bytes, key: bytes) -> bool:
    """Tell whether this key sealed it; it may have been changed all the same."""
    return sealed[:_HEAD] == VERSION + _mark(key)


def _mark(key: bytes) -> bytes:
    return sha256(b"certferry identity key\0" + key).digest()[:MARK_BYTES]
