"""Who a key belongs to: R inside the key, VID inside the certificate.

JavaScript twin: frontend/npki/identity.js. Pure. A holder proves the number that a
certificate was issued to by showing number and R: `VID = h(h(HashContent))`, where only
the VID is public. What else a PrivateKeyInfo holds is carried over byte for byte.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mobile_bridge.errors import BridgeError
from mobile_bridge.pki.der import (
    BIT_STRING,
    EXPLICIT_0,
    EXPLICIT_3,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    UTF8,
    DerError,
    Element,
    check_limits,
    read,
    written,
)

RANDOM_NUMBER_BYTES: Final = 20
MAX_NUMBER_DIGITS: Final = 64
MAX_CERTIFICATE_BYTES: Final = 64 * 1024

# id-kisa-randomNum, id-kisa-identifyData and id-kisa-vid: names of syntax, which every
# reader of joint certificates looks for. They say nothing of who issued.
_RANDOM_NUMBER: Final = "1.2.410.200004.10.1.1.3"
_IDENTIFY_DATA: Final = "1.2.410.200004.10.1.1"
_VID: Final = "1.2.410.200004.10.1.1.1"
_ALTERNATIVE_NAME: Final = "2.5.29.17"  # RFC 5280 4.2.1.6
_PRINTABLE: Final = 0x13
_NULL: Final = 0x05
_IMPLICIT_0: Final = 0x80
_NUMBER: Final = re.compile(rf"[0-9]{{1,{MAX_NUMBER_DIGITS}}}")
_OTHER_NAME: Final = EXPLICIT_0  # [0] IMPLICIT OtherName, in GeneralName


class VidHash(StrEnum):
    """What a VID is hashed with; SHA-1 stands in certificates of before 2012."""

    SHA_256 = "SHA-256"
    SHA_1 = "SHA-1"


_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": VidHash.SHA_256,
    "1.3.14.3.2.26": VidHash.SHA_1,
}
_OIDS: Final = {
    VidHash.SHA_256: bytes.fromhex("0609608648016503040201"),
    VidHash.SHA_1: bytes.fromhex("06052b0e03021a"),
}
_SIZES: Final = {VidHash.SHA_256: 32, VidHash.SHA_1: 20}


class RandomNumberError(BridgeError):
    """R is not 20 bytes, there is more than one, or this is no PrivateKeyInfo."""

    code = "bad_random_number"


class IdentityNumberError(BridgeError):
    """The number of a holder is something else than 1 to 64 digits."""

    code = "bad_identity_number"


class IdentityFormError(BridgeError):
    """What a certificate says of its holder's identity cannot be read."""

    code = "bad_identity"


class UnknownVidHashError(IdentityFormError):
    """The VID was made with a hash that is not known here."""

    code = "vid_hash_unknown"


@dataclass(frozen=True, slots=True)
class Vid:
    """The VID of a certificate: a digest, and what it was hashed with."""

    hash: VidHash
    digest: bytes = field(repr=False)


def read_random_number(private_key_info: bytes) -> bytes | None:
    """Return the R of a private key, 20 bytes; None when it carries none.

    Raises:
        RandomNumberError: this is no PrivateKeyInfo, R has another length, or there is
            more than one.
    """
    try:
        return _random_number(private_key_info)
    except DerError:
        raise RandomNumberError from None


def with_random_number(private_key_info: bytes, random_number: bytes) -> bytes:
    """Return the private key with R as one more attribute.

    Raises:
        RandomNumberError: R has another length than 20 bytes, or there is one already.
    """
    _check_random_number(random_number)
    if read_random_number(private_key_info) is not None:
        raise RandomNumberError
    parts = _key_parts(private_key_info)
    bits = written(BIT_STRING, b"\x00" + random_number)
    attribute = _sequence(_oid(_RANDOM_NUMBER), written(SET, bits))
    present = [one.whole for one in _attributes(parts)]
    # SET OF is in the order of its bytes (X.690 11.6); IMPLICIT, hence the tag [0].
    attributes = written(EXPLICIT_0, b"".join(sorted((*present, attribute))))
    others = [part.whole for part in parts if part.tag != EXPLICIT_0]
    return _sequence(*others[:3], attributes, *others[3:])


def compute_vid(number: str, random_number: bytes, hash: VidHash) -> bytes:
    """Return `h(h(HashContent))` of a holder's number and R.

    Raises:
        IdentityNumberError: the number has something else than digits.
        RandomNumberError: R has another length than 20 bytes.
    """
    if not _NUMBER.fullmatch(number):
        raise IdentityNumberError
    _check_random_number(random_number)
    content = _sequence(
        written(_PRINTABLE, number.encode()),
        written(BIT_STRING, b"\x00" + random_number),
    )
    return _digest(hash, _digest(hash, content))


def read_vid(certificate: bytes) -> Vid | None:
    """Return the VID of a certificate in DER; None when it carries none.

    Raises:
        IdentityFormError: these are not the bytes of a certificate, or its VID cannot
            be read, or there is more than one.
        UnknownVidHashError: it has a VID under a hash that is not known here.
    """
    if len(certificate) > MAX_CERTIFICATE_BYTES:
        raise IdentityFormError
    try:
        check_limits(certificate)
        vids = [_read_vid(value) for value in _vid_values(certificate)]
    except DerError:
        raise IdentityFormError from None
    if len(vids) > 1:
        raise IdentityFormError
    return vids[0] if vids else None


def matches_vid(vid: Vid, number: str, random_number: bytes) -> bool:
    """Say whether a VID was made of this number and this R.

    Raises:
        IdentityNumberError: the number has something else than digits.
        RandomNumberError: R has another length than 20 bytes.
    """
    computed = compute_vid(number, random_number, vid.hash)
    return hmac.compare_digest(computed, vid.digest)


def write_identify_data(real_name: str, vid: Vid) -> bytes:
    """Return the GeneralName that says a holder's name and VID, in DER.

    `otherName { id-kisa-identifyData, [0] IdentifyData { realName, userInfo } }`.
    """
    algorithm = _sequence(_OIDS[vid.hash], written(_NULL, b""))
    digest = written(EXPLICIT_0, written(OCTET_STRING, vid.digest))
    user_info = _sequence(_oid(_VID), _sequence(algorithm, digest))
    name = written(UTF8, real_name.encode())
    data = _sequence(name, _sequence(user_info))
    return written(_OTHER_NAME, _oid(_IDENTIFY_DATA) + written(EXPLICIT_0, data))


def _random_number(private_key_info: bytes) -> bytes | None:
    values = []
    for attribute in _attributes(_key_parts(private_key_info)):
        parts = attribute.expect(SEQUENCE).children()
        if len(parts) != 2:
            raise DerError
        if parts[0].oid() == _RANDOM_NUMBER:
            values += parts[1].expect(SET).children() or [parts[1]]
    if not values:
        return None
    content = values[0].expect(BIT_STRING).content
    if len(values) > 1 or content[:1] != b"\x00":
        raise RandomNumberError
    _check_random_number(content[1:])
    return content[1:]


def _key_parts(private_key_info: bytes) -> list[Element]:
    """Return version, algorithm, key, and what may follow (RFC 5958 2)."""
    parts = read(private_key_info).children()
    if [part.tag for part in parts[:3]] != [INTEGER, SEQUENCE, OCTET_STRING]:
        raise DerError
    return parts


def _attributes(parts: list[Element]) -> list[Element]:
    sets = [part for part in parts if part.tag == EXPLICIT_0]
    if len(sets) > 1:
        raise DerError
    return sets[0].children() if sets else []


def _check_random_number(random_number: bytes) -> None:
    if len(random_number) != RANDOM_NUMBER_BYTES:
        raise RandomNumberError


def _vid_values(certificate: bytes) -> Iterator[Element]:
    """Give the value of every id-kisa-vid in the subject's alternative names."""
    for name in _alternative_names(certificate):
        if name.tag != _OTHER_NAME:
            continue
        kind, *values = name.children()
        if kind.oid() != _IDENTIFY_DATA:
            continue
        if len(values) != 1:
            raise DerError
        data = _only(values[0].expect(EXPLICIT_0)).expect(SEQUENCE).children()
        for user_info in data[1:]:
            for entry in user_info.expect(SEQUENCE).children():
                parts = entry.expect(SEQUENCE).children()
                if len(parts) != 2:
                    raise DerError
                if parts[0].oid() == _VID:
                    yield parts[1]


def _alternative_names(certificate: bytes) -> list[Element]:
    outer = read(certificate).children()
    if len(outer) != 3:
        raise DerError
    fields = outer[0].expect(SEQUENCE).children()
    for part in fields:
        if part.tag != EXPLICIT_3:
            continue
        for extension in _only(part).expect(SEQUENCE).children():
            id_, *_, value = extension.expect(SEQUENCE).children() or [extension]
            if id_.oid() == _ALTERNATIVE_NAME:
                return read(value.expect(OCTET_STRING).content).children()
    return []


def _read_vid(value: Element) -> Vid:
    """Read `SEQUENCE { hashAlg, virtualID [0] OCTET STRING }`."""
    parts = value.expect(SEQUENCE).children()
    if len(parts) != 2:
        raise DerError
    algorithm, tagged = parts
    name, *parameters = algorithm.expect(SEQUENCE).children() or [algorithm]
    is_plain = [part.whole for part in parameters] in ([], [written(_NULL, b"")])
    if not is_plain:
        raise DerError
    hash_ = _HASHES.get(name.oid())
    if hash_ is None:
        raise UnknownVidHashError
    # Some writers took the tag for IMPLICIT.
    is_bare = tagged.tag == _IMPLICIT_0
    digest = tagged if is_bare else _only(tagged.expect(EXPLICIT_0))
    content = (digest if is_bare else digest.expect(OCTET_STRING)).content
    if len(content) != _SIZES[hash_]:
        raise DerError
    return Vid(hash_, content)


def _only(element: Element) -> Element:
    children = element.children()
    if len(children) != 1:
        raise DerError
    return children[0]


def _digest(hash_: VidHash, octets: bytes) -> bytes:
    if hash_ is VidHash.SHA_1:
        return hashlib.sha1(octets, usedforsecurity=False).digest()
    return hashlib.sha256(octets).digest()


def _sequence(*parts: bytes) -> bytes:
    return written(SEQUENCE, b"".join(parts))


def _oid(dotted: str) -> bytes:
    return written(OID, _OID_CONTENTS[dotted])


_OID_CONTENTS: Final = {
    _RANDOM_NUMBER: bytes.fromhex("2a831a8c9a440a010103"),
    _IDENTIFY_DATA: bytes.fromhex("2a831a8c9a440a0101"),
    _VID: bytes.fromhex("2a831a8c9a440a010101"),
}
