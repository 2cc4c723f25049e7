"""A small DER writer and a strict guard in front of every parser.

The writer serves what is signed (certificates and revocation lists), so that the
bytes to be signed exist, and can be stored, before any signature does.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

MAX_DEPTH: Final = 16

_INTEGER, _SEQUENCE, _SET = 0x02, 0x30, 0x31
_ENUMERATED: Final = 0x0A
_CONSTRUCTED: Final = 0x20
_TRUE: Final = b"\x01\x01\xff"


class DerError(ValueError):
    """The bytes are not strict DER."""


def tlv(tag: int, *parts: bytes) -> bytes:
    """Encode `parts` as the content of one value with `tag`."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes) -> bytes:
    """Encode a SEQUENCE of encoded values."""
    return tlv(_SEQUENCE, *parts)


def integer(number: int, tag: int = _INTEGER) -> bytes:
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
    at, ends = 0, [len(der)]
    while ends:
        if at == ends[-1] and at > 0:
            ends.pop()
            continue
        tag, start, end = _header(der, at, ends[-1])
        if len(ends) == 1 and end != len(der):
            raise DerError("bytes behind the value")
        if not tag & _CONSTRUCTED:
            _check_simple(tag, der[start:end])
            at = end
        elif len(ends) > MAX_DEPTH:
            raise DerError("nested too deeply")
        else:
            ends.append(end)
            at = start


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(0x80 | number & 0x7F)
    return bytes(reversed(groups))


def _header(der: bytes, at: int, limit: int) -> tuple[int, int, int]:
    """Return the tag at `at` and where its content starts and ends."""
    if limit - at < 2:
        raise DerError("truncated header")
    tag, size, start = der[at], der[at + 1], at + 2
    _check_tag(tag)
    if size & 0x80:
        octets = der[start : min(start + (size & 0x7F), limit)]
        start += size & 0x7F
        size = int.from_bytes(octets)
        # X.690 10.1: the shortest form, hence neither 0x80 nor leading zeros.
        if not octets or octets[0] == 0 or size < 0x80:
            raise DerError("length not in its shortest form")
    if start + size > limit:
        raise DerError("value longer than what holds it")
    return tag, start, start + size


def _check_tag(tag: int) -> None:
    if tag & 0x1F == 0x1F:
        raise DerError("tag number above 30")
    # X.690 10.2: only SEQUENCE and SET are constructed, and they always are.
    is_universal = tag & 0xC0 == 0
    is_collection = tag | _CONSTRUCTED in (_SEQUENCE, _SET)
    if is_universal and (tag == 0 or is_collection != bool(tag & _CONSTRUCTED)):
        raise DerError("universal tag in a form DER does not allow")


def _check_simple(tag: int, content: bytes) -> None:
    match tag:
        case 0x01:
            is_strict = content in (b"\x00", b"\xff")
        case 0x02 | 0x0A:
            is_padded = len(content) > 1 and (
                (content[0] == 0x00 and content[1] < 0x80)
                or (content[0] == 0xFF and content[1] >= 0x80)
            )
            is_strict = bool(content) and not is_padded
        case 0x05:
            is_strict = not content
        case _:
            is_strict = True
    if not is_strict:
        raise DerError("simple value not in its only form")
