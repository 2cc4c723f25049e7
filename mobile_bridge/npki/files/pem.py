"""The blocks of a PEM file (RFC 7468), whatever stands around them. Pure.

Windows line ends, a byte order mark, and the "Bag Attributes" that openssl writes
before a block are passed over. JavaScript twin: frontend/npki/files/pem.js.
"""

import base64
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_BLOCKS: Final = 64
# RFC 7468 2: the label of the end is that of the beginning.
_BLOCK: Final = re.compile(
    rb"-----BEGIN ([A-Z0-9][A-Z0-9 .]{0,40})-----"
    rb"([^-]*(?:-(?!----)[^-]*)*)"
    rb"-----END \1-----"
)
_HEADER: Final = re.compile(rb"^[A-Za-z][A-Za-z-]*:[^\n]*\n", re.MULTILINE)  # RFC 1421
_LOCKED: Final = re.compile(rb"^Proc-Type:[^\n]*ENCRYPTED", re.MULTILINE)


class PemKind(StrEnum):
    """What a block holds."""

    CERTIFICATE = "certificate"
    ENCRYPTED_KEY = "encrypted_key"  # EncryptedPrivateKeyInfo
    PLAIN_KEY = "plain_key"  # PrivateKeyInfo
    OTHER_KEY = "other_key"  # of one algorithm, as OpenSSL wrote it before PKCS#8
    BUNDLE = "bundle"  # PKCS#7


_KINDS: Final = {
    "CERTIFICATE": PemKind.CERTIFICATE,
    "X509 CERTIFICATE": PemKind.CERTIFICATE,
    "X.509 CERTIFICATE": PemKind.CERTIFICATE,
    "ENCRYPTED PRIVATE KEY": PemKind.ENCRYPTED_KEY,
    "PRIVATE KEY": PemKind.PLAIN_KEY,
    "RSA PRIVATE KEY": PemKind.OTHER_KEY,
    "EC PRIVATE KEY": PemKind.OTHER_KEY,
    "DSA PRIVATE KEY": PemKind.OTHER_KEY,
    "PKCS7": PemKind.BUNDLE,
    "CMS": PemKind.BUNDLE,
}


@dataclass(frozen=True, slots=True)
class PemBlock:
    """One block, decoded.

    `is_locked`: encrypted in OpenSSL's own way (RFC 1421 4.6.1.1), so that `der` is
    ciphertext.
    """

    kind: PemKind
    der: bytes
    is_locked: bool = False


def is_pem(octets: bytes) -> bool:
    """Say whether there is the beginning of a block in a file."""
    return b"-----BEGIN " in octets


def read_pem(octets: bytes) -> tuple[PemBlock, ...]:
    """Return the blocks of the kinds above; a damaged or an unknown one is left out."""
    blocks = []
    for match in _BLOCK.finditer(octets):
        kind = _KINDS.get(match[1].decode("ascii"))
        der = _decode(match[2])
        if kind and der:
            is_locked = _LOCKED.search(_lines(match[2])) is not None
            blocks.append(PemBlock(kind, der, is_locked))
        if len(blocks) == MAX_BLOCKS:
            break
    return tuple(blocks)


def replace_block(octets: bytes, der: bytes, block: bytes) -> bytes:
    """Return a file in which a block stands for the one that holds `der`.

    All else stays as it is; so does the file that has no such block.
    """
    for match in _BLOCK.finditer(octets):
        if _decode(match[2]) == der:
            return octets[: match.start()] + block.rstrip(b"\n") + octets[match.end() :]
    return octets


def write_pem(label: str, der: bytes) -> bytes:
    """Return a block with lines of 64 characters (RFC 7468 2)."""
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(
        (f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")
    ).encode()


def _decode(body: bytes) -> bytes:
    text = b"".join(_HEADER.sub(b"", _lines(body)).split())
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _lines(body: bytes) -> bytes:
    return body.replace(b"\r", b"\n")
