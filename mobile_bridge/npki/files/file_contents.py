"""What is in one file, told by its bytes and never by its name. Pure.

A certificate, several in a row or in a bundle, a key, both in one PEM file, or a
PKCS#12 file. `CaPubs` has no published form, so each of these is read there. JavaScript
twin: frontend/npki/files/file_contents.js.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mobile_bridge.npki.files.pem import PemKind, is_pem, read_pem
from mobile_bridge.pki.ber import to_der
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import (
    EXPLICIT_0,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    DerError,
    Element,
    elements,
    read,
)

MAX_CERTIFICATES: Final = 64  # of one file
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")  # RFC 5652 5.1
_PFX_VERSION: Final = b"\x03"  # RFC 7292 4
_PLAIN_VERSIONS: Final = (b"\x00", b"\x01")  # RFC 5958 2
# CMP hands certificates over as [1] (RFC 4210 5.3.4, caPubs), others as a SEQUENCE.
_LISTS: Final = (SEQUENCE, 0xA1)


@dataclass(frozen=True, slots=True)
class Contents:
    """Certificates and keys in DER, in the order in which they stand there.

    `has_openssl_key`: a PEM key is there that OpenSSL encrypted in its own way (RFC
    1421 4.6.1.1); it is none of `keys`.
    """

    certificates: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    is_pfx: bool = False
    has_openssl_key: bool = False


def read_contents(octets: bytes) -> Contents:
    """Return what is in a file; nothing, if it is of another kind or damaged."""
    if is_pem(octets):
        return _read_pem(octets)
    try:
        return _read_der(octets)
    except DerError:
        pass
    try:  # Firefox and Bouncy Castle write PKCS#12 in BER, OpenSSL some PKCS#7
        return _read_der(to_der(octets))
    except DerError:
        return Contents()


def is_encrypted_key(key: bytes) -> bool:
    """Say whether a key of `Contents` is encrypted (EncryptedPrivateKeyInfo)."""
    try:
        return _is_encrypted(read(key).children())
    except DerError:
        return False


def _read_pem(octets: bytes) -> Contents:
    certificates: list[bytes] = []
    keys = []
    has_openssl_key = False
    for block in read_pem(octets):
        if block.kind is PemKind.CERTIFICATE:
            certificates += filter(_is_certificate, [block.der])
        elif block.kind is PemKind.BUNDLE:
            certificates += read_contents(block.der).certificates
        elif block.is_locked:
            has_openssl_key = True
        else:
            keys.append(block.der)
    return Contents(
        certificates=tuple(certificates[:MAX_CERTIFICATES]),
        keys=tuple(keys),
        has_openssl_key=has_openssl_key,
    )


def _read_der(octets: bytes) -> Contents:
    row = elements(octets)
    if len(row) != 1:
        return Contents(_certificates(row))
    parts = row[0].children()
    if _is_certificate(row[0].whole):
        return Contents((row[0].whole,))
    if _is_encrypted(parts) or _is_plain(parts):
        return Contents(keys=(row[0].whole,))
    if _is_pfx(parts):
        return Contents(is_pfx=True)
    if row[0].tag not in _LISTS:
        return Contents()
    return Contents(_certificates([*parts, *_in_signed_data(parts)]))


def _certificates(row: Sequence[Element]) -> tuple[bytes, ...]:
    ders = [one.whole for one in row[:MAX_CERTIFICATES] if one.tag == SEQUENCE]
    return tuple(filter(_is_certificate, ders))


def _is_certificate(der: bytes) -> bool:
    try:
        read_certificate(der)
    except DerError:
        return False
    return True


def _is_encrypted(parts: Sequence[Element]) -> bool:
    # EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }
    if [part.tag for part in parts] != [SEQUENCE, OCTET_STRING]:
        return False
    algorithm = parts[0].children()
    return bool(algorithm) and algorithm[0].tag == OID


def _is_plain(parts: Sequence[Element]) -> bool:
    # PrivateKeyInfo ::= SEQUENCE { version, AlgorithmIdentifier, OCTET STRING, ... }
    tags = [part.tag for part in parts[:3]]
    return (
        tags == [INTEGER, SEQUENCE, OCTET_STRING]
        and parts[0].content in _PLAIN_VERSIONS
    )


def _is_pfx(parts: Sequence[Element]) -> bool:
    if not 2 <= len(parts) <= 3 or parts[0].tag != INTEGER:
        return False
    inside = parts[1].children() if parts[1].tag == SEQUENCE else []
    return parts[0].content == _PFX_VERSION and bool(inside) and inside[0].tag == OID


def _in_signed_data(parts: Sequence[Element]) -> Iterator[Element]:
    """Give the certificates of a PKCS#7 bundle (RFC 5652 5.1)."""
    if len(parts) != 2 or parts[0].content != _SIGNED_DATA:
        return
    for data in parts[1].expect(EXPLICIT_0).children():
        for field in data.expect(SEQUENCE).children():
            if field.tag == EXPLICIT_0:
                yield from field.children()
