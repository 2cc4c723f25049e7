"""BER made DER: what Firefox, Bouncy Castle and EJBCA write (X.690 8 and 10).

Pure. Lengths become definite and shortest, and a string in pieces one string. What is
inside an OCTET STRING is not looked at, because a MAC may hang on its bytes: whoever
reads on converts that by itself. JavaScript twin: frontend/pki/der/ber.js.
"""

from typing import Final

from mobile_bridge.pki.der import CONSTRUCTED, OCTET_STRING, DerError, written

MAX_DEPTH: Final = 32
MAX_BYTES: Final = 128 * 1024
_END_OF_CONTENTS: Final = b"\x00\x00"
_INDEFINITE: Final = 0x80
_MAX_LENGTH_OCTETS: Final = 4
# OCTET STRING and the character strings; a BIT STRING in pieces nobody writes.
_STRINGS: Final = frozenset(
    (OCTET_STRING, 0x0C, *range(0x12, 0x17), *range(0x19, 0x1F))
)


def to_der(octets: bytes) -> bytes:
    """Return the one element in `octets` in DER.

    Raises:
        DerError: it is no BER, too large or deep, or something is behind it.
    """
    if len(octets) > MAX_BYTES:
        raise DerError
    element, end = _element(octets, 0, MAX_DEPTH)
    if end != len(octets):
        raise DerError
    return element


def _element(octets: bytes, at: int, depth: int) -> tuple[bytes, int]:
    """Return the element at `at` in DER, and where it ends."""
    tag, start, end = _header(octets, at)
    if not tag & CONSTRUCTED:
        if end is None:
            raise DerError
        return written(tag, octets[start:end]), end
    if depth == 0:
        raise DerError
    parts, at = [], start
    while not _is_over(octets, at, end):
        part, at = _element(octets, at, depth - 1)
        parts.append(part)
    end = at + len(_END_OF_CONTENTS) if end is None else end
    if at > end:
        raise DerError
    return _constructed(tag, parts), end


def _is_over(octets: bytes, at: int, end: int | None) -> bool:
    if end is None:
        return octets[at : at + 2] == _END_OF_CONTENTS
    return at >= end


def _constructed(tag: int, parts: list[bytes]) -> bytes:
    string = tag & ~CONSTRUCTED
    if string not in _STRINGS:
        return written(tag, b"".join(parts))
    if any(part[0] not in (OCTET_STRING, string) for part in parts):
        raise DerError
    return written(string, b"".join(map(_content, parts)))


def _content(der: bytes) -> bytes:
    return der[2 + (der[1] & 0x7F if der[1] & 0x80 else 0) :]


def _header(octets: bytes, at: int) -> tuple[int, int, int | None]:
    """Return the tag, and where its contents start and end; None says: indefinite."""
    if at + 2 > len(octets) or octets[at] & 0x1F == 0x1F:
        raise DerError
    tag, size, start = octets[at], octets[at + 1], at + 2
    if size == _INDEFINITE:
        return tag, start, None
    if size > _INDEFINITE:
        count = size - _INDEFINITE
        if count > _MAX_LENGTH_OCTETS:
            raise DerError
        size = int.from_bytes(octets[start : start + count])
        start += count
    if start + size > len(octets):
        raise DerError
    return tag, start, start + size
