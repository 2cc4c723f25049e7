"""What a certificate says of itself. JavaScript twin: frontend/pki/certificate.js.

Pure. Read from the DER itself and not by a library, so that two devices find the same
words in the same bytes, whichever string types and however many names are in them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from mobile_bridge.pki.der import (
    BOOLEAN,
    EXPLICIT_0,
    EXPLICIT_3,
    GENERALIZED_TIME,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    UTC_TIME,
    DerError,
    Element,
    check_limits,
    read,
)
from mobile_bridge.pki.names import NO_NAME, last_shown, person_in

# Where a name is looked for: CN, O, OU, serialNumber (X.520).
_COMMON_NAME, *_INSTEAD = (
    bytes.fromhex(part) for part in ("550403", "55040a", "55040b", "550405")
)
CERTIFICATE_POLICIES: Final = "2.5.29.32"  # RFC 5280 4.2.1.4
BASIC_CONSTRAINTS: Final = "2.5.29.19"  # RFC 5280 4.2.1.9
_VERSIONS: Final = (b"\x00", b"\x01", b"\x02")  # v1 to v3, RFC 5280 4.1.2.1
_MOMENT: Final = re.compile(r"\d{14}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """Whose, by whom, which, what for, from when until when; names as they are shown.

    `policy` is the identifier of the first certificate policy, empty without one;
    `spki` is its key, and the names in DER are for matching an issuer. `is_authority`
    says whether it may issue certificates itself.
    """

    name: str
    issuer: str
    serial: str
    policy: str
    not_before: datetime
    not_after: datetime
    spki: bytes
    subject_der: bytes
    issuer_der: bytes
    is_authority: bool


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, hexadecimal, as a store names it."""
    return sha256(der).hexdigest()


def fingerprint_pairs(der: bytes) -> str:
    """Return the fingerprint as certificate viewers show it: "AB:CD:..."."""
    return sha256(der).digest().hex(":").upper()


def read_certificate(der: bytes) -> CertificateInfo:
    """Read what a certificate says of itself.

    Raises:
        DerError: it is none.
    """
    check_limits(der)
    outer = read(der).children()
    if len(outer) != 3:
        raise DerError
    fields = outer[0].expect(SEQUENCE).children()
    if fields and fields[0].tag == EXPLICIT_0:
        _check_version(fields.pop(0))
    if len(fields) < 6:
        raise DerError
    serial = _serial(fields[0])
    times = [_moment(time) for time in fields[3].expect(SEQUENCE).children()]
    if len(times) != 2:
        raise DerError
    return CertificateInfo(
        name=_name(fields[4], is_holder=True) or serial,
        issuer=shown_issuer(fields[2].whole),
        serial=serial,
        policy=_first_policy(fields[6:]),
        not_before=times[0],
        not_after=times[1],
        spki=fields[5].expect(SEQUENCE).whole,
        subject_der=fields[4].whole,
        issuer_der=fields[2].whole,
        is_authority=_is_authority(fields[6:]),
    )


def name_parts(name: bytes) -> list[tuple[str, str | None]]:
    """Return the parts of a name in DER: identifier of the type, and the text.

    They stand as in the certificate, the most general first. The text of a value that
    is no character string, or not one of its type, is None.

    Raises:
        DerError: it is no name.
    """
    sets = [one.expect(SET) for one in read(name).children()]
    pairs = [_part(pair) for one in sets for pair in one.children()]
    return [(type_.oid(), _text_or_none(value)) for type_, value in pairs]


def _text_or_none(value: Element) -> str | None:
    try:
        return value.text()
    except DerError:
        return None


def shown_issuer(name: bytes) -> str:
    """Return what people call an issuer, of its name in DER.

    Raises:
        DerError: it is no name.
    """
    return _name(read(name), is_holder=False) or NO_NAME


def _name(name: Element, *, is_holder: bool) -> str:
    """Return what people call the owner of a name; empty where nothing is there."""
    sets = [one.expect(SET) for one in name.expect(SEQUENCE).children()]
    pairs = [_part(pair) for one in sets for pair in one.children()]
    parts = [(type_.content, value) for type_, value in pairs]
    common_name = last_shown(_texts(parts, _COMMON_NAME))
    if common_name:
        return person_in(common_name) if is_holder else common_name
    others = (last_shown(_texts(parts, kind)) for kind in _INSTEAD)
    return next(filter(None, others), "")


def _texts(parts: list[tuple[bytes, Element]], kind: bytes) -> list[str]:
    texts = [value.text() for type_, value in parts if type_ == kind]
    return [text for text in texts if text is not None]


def _part(pair: Element) -> tuple[Element, Element]:
    parts = pair.expect(SEQUENCE).children()
    if len(parts) != 2:
        raise DerError
    type_, value = parts
    return type_.expect(OID), value


def _first_policy(rest: list[Element]) -> str:
    """Return the first policy's identifier, of the fields after the key."""
    value = _extension(rest, CERTIFICATE_POLICIES)
    policies = value.children() if value else []
    inner = policies[0].expect(SEQUENCE).children() if policies else []
    return inner[0].oid() if inner else ""


def _is_authority(rest: list[Element]) -> bool:
    # BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... }
    value = _extension(rest, BASIC_CONSTRAINTS)
    parts = value.children() if value else []
    return bool(parts) and parts[0].tag == BOOLEAN and parts[0].content != b"\x00"


def _extension(rest: list[Element], identifier: str) -> Element | None:
    """Return the value of an extension, of the fields after the key."""
    extensions = next((field for field in rest if field.tag == EXPLICIT_3), None)
    inside = extensions.children() if extensions else []
    pairs = inside[0].expect(SEQUENCE).children() if inside else []
    for pair in pairs:
        parts = pair.expect(SEQUENCE).children()
        if parts and parts[0].oid() == identifier:
            return read(parts[-1].expect(OCTET_STRING).content)
    return None


def _check_version(version: Element) -> None:
    numbers = [part.integer() for part in version.children()]
    if len(numbers) != 1 or numbers[0] not in _VERSIONS:
        raise DerError


def _serial(serial: Element) -> str:
    """Return a serial number as people see it: two hex digits an octet."""
    octets = serial.integer()
    return (octets[1:] if len(octets) > 1 and octets[0] == 0 else octets).hex()


def _moment(time: Element) -> datetime:
    if time.tag not in (UTC_TIME, GENERALIZED_TIME):
        raise DerError
    try:
        text = time.content.decode("ascii")
        if time.tag == UTC_TIME:
            # RFC 5280 4.1.2.5.1: two digits from 50 on are the last century.
            text = ("20" if text < "5" else "19") + text
        if not _MOMENT.fullmatch(text):
            raise DerError
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise DerError from None
