"""A small DER writer and a strict guard in front of every parser.

The writer serves what is signed (certificates and revocation lists), so that the
bytes to be signed exist, and can be stored, before any signature does.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from mobile_bridge.pki.der import (
    CONSTRUCTED,
    INTEGER,
    SEQUENCE,
    SET,
    DerError,
    Element,
    elements,
    is_shortest_integer,
    written,
)

MAX_DEPTH: Final = 16

_ENUMERATED: Final = 0x0A
_TRUE: Final = b"\x01\x01\xff"


def tlv(tag: int, *parts: bytes) -> bytes:
    """Encode `parts` as the content of one value with `tag`."""
    return written(tag, b"".join(parts))


def sequence(*parts: bytes) -> bytes:
    """Encode a SEQUENCE of encoded values."""
    return tlv(SEQUENCE, *parts)


def integer(number: int, tag: int = INTEGER) -> bytes:
    """Encode a number that is not negative as an INTEGER."""
    return tlv(tag, number.to_bytes(number.bit_length() // 8 + 1))


def enumerated(number: int) -> bytes:
    """Encode a number that is not negative as an ENUMERATED."""
    return integer(number, _ENUMERATED)


def octet_string(content: bytes) -> bytes:
    """Encode an OCTET STRING."""
    return tlv(0x04, content)


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


def time(moment: datetime) -> bytes:
    """Encode an aware time as UTC in whole seconds (RFC 5280 4.1.2.5)."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    moment = moment.astimezone(UTC)
    # Up to 2049 UTCTime, from 2050 on GeneralizedTime.
    if moment.year < 2050:
        return tlv(0x17, f"{moment:%y%m%d%H%M%S}Z".encode())
    return tlv(0x18, f"{moment:%Y%m%d%H%M%S}Z".encode())


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    """Encode an X.509 extension around its encoded value."""
    return sequence(oid(dotted), _TRUE if critical else b"", octet_string(value))


def check_strict(der: bytes) -> None:
    """Accept exactly one value in DER with nothing behind it.

    Raises:
        DerError: for a length, tag or simple value DER does not allow, for bytes
            behind the value, and for nesting deeper than `MAX_DEPTH`.
    """
    level = elements(der)
    if len(level) != 1:
        raise DerError("not one value")
    for _ in range(MAX_DEPTH + 1):
        for value in level:
            _check_tag(value.tag)
            if not value.tag & CONSTRUCTED:
                _check_simple(value)
        level = [
            inside
            for value in level
            if value.tag & CONSTRUCTED
            for inside in value.children()
        ]
        if not level:
            return
    raise DerError("nested too deeply")


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(0x80 | number & 0x7F)
    return bytes(reversed(groups))


def _check_tag(tag: int) -> None:
    # X.690 10.2: only SEQUENCE and SET are constructed, and they always are.
    is_universal = tag & 0xC0 == 0
    is_collection = tag | CONSTRUCTED in (SEQUENCE, SET)
    if is_universal and (tag == 0 or is_collection != bool(tag & CONSTRUCTED)):
        raise DerError("universal tag in a form DER does not allow")


def _check_simple(value: Element) -> None:
    match value.tag:
        case 0x01:
            is_strict = value.content in (b"\x00", b"\xff")
        case 0x02 | 0x0A:
            is_strict = is_shortest_integer(value.content)
        case 0x05:
            is_strict = not value.content
        case _:
            is_strict = True
    if not is_strict:
        raise DerError("simple value not in its only form")
