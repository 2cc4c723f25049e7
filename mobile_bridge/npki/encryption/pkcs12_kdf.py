"""The key derivation of PKCS#12 (RFC 7292 B.2), which libraries keep to themselves.

JavaScript twin: frontend/npki/encryption/kdf/kdf.js.
"""

import hashlib
from enum import IntEnum
from functools import partial
from typing import Final

_WIDE: Final = frozenset({"sha384", "sha512", "sha512_224", "sha512_256"})


class Purpose(IntEnum):
    """What the octets are for (RFC 7292 B.3)."""

    KEY = 1
    IV = 2
    MAC = 3


def derive(
    characters: bytes,
    salt: bytes,
    rounds: int,
    *,
    size: int,
    purpose: Purpose,
    hash: str,
) -> bytes:
    """Return `size` octets for a purpose; `characters` is a BMPString with its end."""
    block = 128 if hash in _WIDE else 64
    digest_of = getattr(hashlib, hash, None) or partial(hashlib.new, hash)
    mark = bytes((purpose,)) * block
    inputs = bytearray(_filled(salt, block) + _filled(characters, block))
    derived = b""
    while len(derived) < size:
        digest = digest_of(mark + inputs).digest()
        for _ in range(rounds - 1):
            digest = digest_of(digest).digest()
        derived += digest
        _add(inputs, _filled(digest, block)[:block], block)
    return derived[:size]


def _filled(octets: bytes, block: int) -> bytes:
    """Return copies of the octets that fill whole blocks."""
    size = -(-len(octets) // block) * block
    return (octets * (size // len(octets) + 1))[:size] if octets else b""


def _add(inputs: bytearray, addend: bytes, block: int) -> None:
    """Add B + 1 to each block of I, as numbers (RFC 7292 B.2 6 C)."""
    number = int.from_bytes(addend) + 1
    modulus = 1 << 8 * block
    for at in range(0, len(inputs), block):
        total = int.from_bytes(inputs[at : at + block]) + number
        inputs[at : at + block] = (total % modulus).to_bytes(block)
