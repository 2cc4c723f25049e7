"""The encrypted keys of a PKCS#12 file, byte for byte as they lie in it.

Pure. Libraries give a key that was opened and written anew, and R, an attribute inside,
is lost on the way. So the bag is cut out here and never opened (RFC 7292 4.2.2).
"""

from collections.abc import Iterator
from typing import Final

from mobile_bridge.errors import BridgeError

MOST_BYTES: Final = 128 * 1024
_SEQUENCE, _OCTET_STRING, _OID, _EXPLICIT = 0x30, 0x04, 0x06, 0xA0
_DATA: Final = bytes.fromhex("2a864886f70d010701")  # 1.2.840.113549.1.7.1
_SHROUDED_KEY: Final = bytes.fromhex("2a864886f70d010c0a0102")  # pkcs8ShroudedKeyBag


class PfxError(BridgeError):
    """This is not a PKCS#12 file with an encrypted key in the usual place."""

    code = "pfx_form"


def encrypted_keys(pfx: bytes) -> list[bytes]:
    """Return every EncryptedPrivateKeyInfo of a PKCS#12 file.

    Raises:
        PfxError: it is no such file, is not DER, or has no such key.
    """
    if len(pfx) > MOST_BYTES:
        raise PfxError
    parts = _elements(_only(_elements(pfx), _SEQUENCE))
    if len(parts) < 2:
        raise PfxError
    # PFX ::= SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }
    keys = [key for safe in _data_in(*parts[1]) for key in _keys_in(safe)]
    if not keys:
        raise PfxError
    return keys


def _keys_in(contents: bytes) -> Iterator[bytes]:
    """Give the keys in an AuthenticatedSafe's plain SafeContents."""
    for info in _elements(_only(_elements(contents), _SEQUENCE)):
        for safe in _data_in(*info):
            for tag, bag in _elements(_only(_elements(safe), _SEQUENCE)):
                kind, value = _pair(tag, bag)
                if kind == _SHROUDED_KEY:
                    yield value


def _data_in(tag: int, info: bytes) -> Iterator[bytes]:
    """Give the octets of a ContentInfo of plain data; of another kind nothing."""
    kind, value = _pair(tag, info)
    if kind == _DATA:
        yield _only(_elements(value), _OCTET_STRING)


def _pair(tag: int, content: bytes) -> tuple[bytes, bytes]:
    """Return the identifier and the [0] value that both of them begin with."""
    parts = _elements(content) if tag == _SEQUENCE else []
    if [part[0] for part in parts[:2]] != [_OID, _EXPLICIT]:
        raise PfxError
    return parts[0][1], parts[1][1]


def _only(elements: list[tuple[int, bytes]], tag: int) -> bytes:
    if [element[0] for element in elements] != [tag]:
        raise PfxError
    return elements[0][1]


def _elements(octets: bytes) -> list[tuple[int, bytes]]:
    """Return tag and content of the elements that fill `octets`."""
    found, at = [], 0
    while at < len(octets):
        start = at + 2
        size = int.from_bytes(octets[at + 1 : start])
        if size >= 0x80:
            more = size - 0x80
            # 0 would be an indefinite length, which is BER and not DER (X.690 10.1).
            if not 1 <= more <= 3:
                raise PfxError
            size = int.from_bytes(octets[start : start + more])
            start += more
        if start + size > len(octets):
            raise PfxError
        found.append((octets[at], octets[start : start + size]))
        at = start + size
    return found
