"""What is signed, written in DER, and a strict guard in front of every parser.

The writer serves what is signed (certificates and revocation lists), so that the
bytes to be signed exist, and can be stored, before any signature does.
"""

from datetime import UTC, datetime
from typing import Final

from mobile_bridge.pki.der import (
    CONSTRUCTED,
    SEQUENCE,
    SET,
    DerError,
    Element,
    elements,
    is_shortest_integer,
)
from mobile_bridge.pki.der_writer import bit_string as bit_string
from mobile_bridge.pki.der_writer import integer as integer
from mobile_bridge.pki.der_writer import octet_string as octet_string
from mobile_bridge.pki.der_writer import oid as oid
from mobile_bridge.pki.der_writer import sequence as sequence
from mobile_bridge.pki.der_writer import tlv as tlv
from mobile_bridge.pki.der_writer import utf8_string as utf8_string

MAX_DEPTH: Final = 16

_ENUMERATED: Final = 0x0A
_TRUE: Final = b"\x01\x01\xff"


def enumerated(number: int) -> bytes:
    """Encode a number that is not negative as an ENUMERATED."""
    return integer(number, _ENUMERATED)


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
