"""DER, read: strictly (X.690). JavaScript twin: frontend/pki/der/der_reader.js.

Pure. Takes one form only: definite and shortest lengths, low tag numbers, nothing
after the end. What may come as BER goes through ber.py first.
"""

from typing import Final, NamedTuple

from mobile_bridge.errors import BridgeError

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OID: Final = 0x06
UTF8: Final = 0x0C
SEQUENCE: Final = 0x30
SET: Final = 0x31
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
CONSTRUCTED: Final = 0x20
EXPLICIT_0: Final = 0xA0
EXPLICIT_3: Final = 0xA3
UNIVERSAL: Final = 0x1C
BMP: Final = 0x1E
# Of one octet a character: Numeric, Printable, T61, IA5, Graphic, Visible, General.
_OCTET_TEXTS: Final = frozenset({0x12, 0x13, 0x14, 0x16, 0x19, 0x1A, 0x1B})
_MAX_LENGTH_OCTETS: Final = 3
MAX_DEPTH: Final = 16
MAX_OID_BYTES: Final = 64


class DerError(BridgeError):
    """These bytes are not the DER that they should be."""

    code = "der_form"


class Element(NamedTuple):
    """One element that was read; `whole` has its tag and length."""

    tag: int
    content: bytes
    whole: bytes

    def expect(self, tag: int) -> "Element":
        """Return this element when it has the tag.

        Raises:
            DerError: it has another one.
        """
        if self.tag != tag:
            raise DerError
        return self

    def children(self) -> list["Element"]:
        """Return the elements inside.

        Raises:
            DerError: it is a primitive, or what is inside is not DER.
        """
        if not self.tag & CONSTRUCTED:
            raise DerError
        return elements(self.content)

    def integer(self) -> bytes:
        """Return the contents of an INTEGER in its shortest form."""
        content = self.expect(INTEGER).content
        if not is_shortest_integer(content):
            raise DerError
        return content

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER with dots.

        Raises:
            DerError: it is none, too long, or not in its shortest form.
        """
        content = self.expect(OID).content
        if not content or content[-1] & 0x80 or len(content) > MAX_OID_BYTES:
            raise DerError
        arcs, arc = [], 0
        for at, octet in enumerate(content):
            starts = at == 0 or not content[at - 1] & 0x80
            if starts and octet == 0x80:
                raise DerError
            arc = arc << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(arc)
                arc = 0
        root = min(arcs[0] // 40, 2)
        return ".".join(map(str, (root, arcs[0] - root * 40, *arcs[1:])))

    def text(self) -> str | None:
        """Return the text of a character string; of another type None.

        Raises:
            DerError: the octets are not text of their type.
        """
        try:
            if self.tag == UTF8:
                return self.content.decode()
            if self.tag == BMP:
                return self.content.decode("utf-16-be", "surrogatepass")
            if self.tag == UNIVERSAL:
                return self.content.decode("utf-32-be")
        except ValueError:
            raise DerError from None
        return _octet_text(self.content) if self.tag in _OCTET_TEXTS else None


def read(octets: bytes, tag: int = SEQUENCE) -> Element:
    """Read the one element that fills `octets`.

    Raises:
        DerError: it is another one, more than one, or none.
    """
    parsed = elements(octets)
    if len(parsed) != 1:
        raise DerError
    return parsed[0].expect(tag)


def check_limits(octets: bytes) -> None:
    """Refuse what is too deep, or is not DER to the last leaf.

    Raises:
        DerError: it is.
    """
    level = [read(octets)]
    for _ in range(MAX_DEPTH):
        level = [
            inside
            for element in level
            if element.tag & CONSTRUCTED
            for inside in element.children()
        ]
        if not level:
            return
    raise DerError


def elements(octets: bytes) -> list[Element]:
    """Read the elements that fill `octets`, side by side.

    Raises:
        DerError: one of them is not DER.
    """
    parsed, at = [], 0
    while at < len(octets):
        element = _element_at(octets, at)
        parsed.append(element)
        at += len(element.whole)
    return parsed


def is_shortest_integer(content: bytes) -> bool:
    """Say whether these are contents of an INTEGER, without padding (X.690 8.3.2)."""
    is_padded = len(content) > 1 and (
        (content[0] == 0 and content[1] < 0x80)
        or (content[0] == 0xFF and content[1] >= 0x80)
    )
    return bool(content) and not is_padded


def written(tag: int, content: bytes) -> bytes:
    """Return an element in DER."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _element_at(octets: bytes, at: int) -> Element:
    header = octets[at : at + 2]
    if len(header) < 2 or header[0] & 0x1F == 0x1F:
        raise DerError
    tag, size = header
    start = at + 2
    if size >= 0x80:
        count = size - 0x80
        length = octets[start : start + count]
        size = int.from_bytes(length)
        # X.690 10.1: the shortest form, hence neither 0x80 nor leading zeros.
        is_short = count > 0 and len(length) == count and length[0] > 0 and size >= 0x80
        if not is_short or count > _MAX_LENGTH_OCTETS:
            raise DerError
        start += count
    end = start + size
    if end > len(octets):
        raise DerError
    return Element(tag, octets[start:end], octets[at:end])


def _octet_text(content: bytes) -> str:
    # What stands there is often UTF-8, whatever the type says; else Latin-1.
    try:
        return content.decode()
    except ValueError:
        return content.decode("latin-1")
