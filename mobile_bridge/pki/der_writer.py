"""DER, written (X.690). JavaScript twin: frontend/pki/der/der_writer.js."""

from functools import lru_cache
from typing import Final

from mobile_bridge.pki.der import BMP, INTEGER, OCTET_STRING, SEQUENCE, SET, written

_NULL: Final = 0x05


def tlv(tag: int, *parts: bytes) -> bytes:
    """Encode `parts` as the content of one value with `tag`."""
    return written(tag, b"".join(parts))


def sequence(*parts: bytes) -> bytes:
    """Encode a SEQUENCE of encoded values."""
    return tlv(SEQUENCE, *parts)


def integer(number: int, tag: int = INTEGER) -> bytes:
    """Encode a number that is not negative as an INTEGER."""
    return tlv(tag, number.to_bytes(number.bit_length() // 8 + 1))


def null() -> bytes:
    """Encode NULL."""
    return tlv(_NULL)


def set_of(*parts: bytes) -> bytes:
    """Encode a SET OF encoded values, in their order (X.690 11.6)."""
    return tlv(SET, *sorted(parts))


def tagged(number: int, *parts: bytes) -> bytes:
    """Encode a constructed value under a context-specific tag."""
    return tlv(0xA0 | number, *parts)


def bmp_string(text: str) -> bytes:
    """Encode a BMPString."""
    return tlv(BMP, text.encode("utf-16-be"))


def octet_string(content: bytes) -> bytes:
    """Encode an OCTET STRING."""
    return tlv(OCTET_STRING, content)


def bit_string(content: bytes) -> bytes:
    """Encode a BIT STRING of whole bytes."""
    return tlv(0x03, b"\x00", content)


def utf8_string(text: str) -> bytes:
    """Encode a UTF8String."""
    return tlv(0x0C, text.encode())


@lru_cache(maxsize=256)
def oid(dotted: str) -> bytes:
    """Encode an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return tlv(0x06, *(_base128(number) for number in (first * 40 + second, *rest)))


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(0x80 | number & 0x7F)
    return bytes(reversed(groups))
