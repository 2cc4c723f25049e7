"""The encrypted keys of a PKCS#12 file, byte for byte as they lie in it.

Pure. Libraries give a key that was opened and written anew, and R, an attribute inside,
is lost on the way. So the bag is cut out here and never opened (RFC 7292 4.2.2). What
was written in BER is made DER, and no byte inside a string changes by that.
"""

from collections.abc import Iterator
from typing import Final

from mobile_bridge.errors import BridgeError
from mobile_bridge.npki.kdf_limits import check_algorithms, check_rounds, get_algorithm
from mobile_bridge.pki.ber import to_der
from mobile_bridge.pki.der import (
    EXPLICIT_0,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    DerError,
    Element,
    read,
)

_DATA: Final = bytes.fromhex("2a864886f70d010701")  # 1.2.840.113549.1.7.1
_ENCRYPTED: Final = bytes.fromhex("2a864886f70d010706")  # encryptedData
_SHROUDED_KEY: Final = bytes.fromhex("2a864886f70d010c0a0102")  # pkcs8ShroudedKeyBag


class PfxError(BridgeError):
    """This is not a PKCS#12 file with an encrypted key in the usual place."""

    code = "pfx_form"


def encrypted_keys(pfx: bytes) -> list[bytes]:
    """Return every EncryptedPrivateKeyInfo of a PKCS#12 file, in DER.

    Raises:
        PfxError: it is no such file, or has no such key.
        TooMuchWorkError: it asks for too much work before a password can be tried.
    """
    try:
        keys = _encrypted_keys(pfx)
    except DerError:
        raise PfxError from None
    if not keys:
        raise PfxError
    return keys


def _encrypted_keys(pfx: bytes) -> list[bytes]:
    # PFX ::= SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }
    parts = read(to_der(pfx)).children()
    if not 2 <= len(parts) <= 3 or parts[0].tag != INTEGER:
        raise DerError
    infos = [
        info for safe in _data_in(parts[1]) for info in read(to_der(safe)).children()
    ]
    keys = [key for info in infos for safe in _data_in(info) for key in _keys_in(safe)]
    encrypted = [algorithm for info in infos for algorithm in _algorithms_in(info)]
    check_algorithms(*encrypted, *map(get_algorithm, keys), *_mac_algorithms(parts[2:]))
    return keys


def _keys_in(safe: bytes) -> Iterator[bytes]:
    """Give the keys in SafeContents."""
    for bag in read(to_der(safe)).children():
        kind, value = _pair(bag)
        if kind == _SHROUDED_KEY:
            (key,) = _one(value)
            yield key.expect(SEQUENCE).whole


def _data_in(info: Element) -> Iterator[bytes]:
    """Give the octets of a ContentInfo of plain data; of another kind nothing."""
    kind, value = _pair(info)
    if kind == _DATA:
        (data,) = _one(value)
        yield data.expect(OCTET_STRING).content


def _algorithms_in(info: Element) -> Iterator[Element]:
    """Give how a ContentInfo of encrypted data is encrypted (RFC 5652 8)."""
    kind, value = _pair(info)
    if kind == _ENCRYPTED:
        (data,) = _one(value)
        parts = data.expect(SEQUENCE).children()
        content = parts[1].expect(SEQUENCE).children() if len(parts) > 1 else []
        if len(content) < 2:
            raise DerError
        yield content[1]


def _mac_algorithms(mac_data: list[Element]) -> Iterator[Element]:
    """Check the rounds of a MAC, and give its algorithm: PBMAC1 has a KDF inside."""
    for mac in mac_data:
        parts = mac.expect(SEQUENCE).children()
        digest = parts[0].expect(SEQUENCE).children() if parts else []
        if not digest:
            raise DerError
        for rounds in parts[2:]:
            check_rounds(rounds)
        yield digest[0]


def _pair(element: Element) -> tuple[bytes, Element]:
    """Return the identifier and the [0] value of a ContentInfo or a bag."""
    parts = element.expect(SEQUENCE).children()
    if len(parts) < 2:
        raise DerError
    return parts[0].expect(OID).content, parts[1].expect(EXPLICIT_0)


def _one(value: Element) -> list[Element]:
    inside = value.children()
    if len(inside) != 1:
        raise DerError
    return inside
