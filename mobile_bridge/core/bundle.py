"""What travels: one holder's files, and the offer that announces them.

No file name crosses: a bundle carries roles, and the receiver names what it keeps
itself. What arrives is compared with what was announced before it is kept. The key
stays encrypted and is never opened here. JavaScript twin:
frontend/bridge/core/bundle.js.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, NoReturn

from mobile_bridge.core.protocol import length_prefix, split_fields
from mobile_bridge.errors import BundleError, ProtocolError
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import OCTET_STRING, SEQUENCE, DerError, read
from mobile_bridge.pki.names import is_shown_as_it_is

HEAD = "BRG1 bundle"
MAX_FILE_BYTES = 16 * 1024
MAX_BUNDLE_BYTES = 40 * 1024
MAX_CA_FILES = 8
MAX_OFFER_BYTES = 2048
MAX_POLICY = 64
VERSION = 1

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SERIAL = re.compile(r"([0-9a-f]{2}){1,20}")  # RFC 5280 4.1.2.2: 20 octets
# An object identifier, or none: a certificate need not say what it is for.
OID_TEXT = re.compile(r"(?:[0-2](?:\.(?:0|[1-9][0-9]*))+)?", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")


class FileRole(StrEnum):
    """What a file of the bundle is for."""

    SIGNING_CERTIFICATE = "signCert"
    SIGNING_KEY = "signPri"
    MANAGEMENT_CERTIFICATE = "kmCert"
    MANAGEMENT_KEY = "kmPri"
    CA = "ca"


# What Korean programs call them in a holder's folder.
FILE_NAMES: Final = {
    FileRole.SIGNING_CERTIFICATE: "signCert.der",
    FileRole.SIGNING_KEY: "signPri.key",
    FileRole.MANAGEMENT_CERTIFICATE: "kmCert.der",
    FileRole.MANAGEMENT_KEY: "kmPri.key",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file and its role."""

    role: FileRole
    content: bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """What the person on the receiving side is shown before accepting."""

    v: int
    name: str
    issuer: str
    serial: str
    policy: str
    not_before: str
    not_after: str
    files: int
    size: int
    sha256: str
    move: bool


def pack(files: Sequence[File]) -> bytes:
    """Return the payload that carries `files`.

    Raises:
        BundleError: it is not one holder's set, or too large.
    """
    payload = length_prefix(
        HEAD, *(part for file in files for part in (file.role, file.content))
    )
    _check(files, payload)
    return payload


def unpack(payload: bytes) -> tuple[File, ...]:
    """Return the files of a payload.

    Raises:
        BundleError: it is not one holder's set, or too large.
    """
    if len(payload) > MAX_BUNDLE_BYTES:
        _refuse()
    try:
        head, *parts = split_fields(payload)
        roles = [FileRole(part.decode()) for part in parts[::2]]
    except (ProtocolError, ValueError):
        _refuse()
    if head != HEAD.encode() or len(parts) % 2:
        _refuse()
    contents = parts[1::2]
    files = tuple(map(File, roles, contents))
    _check(files, payload)
    return files


def offer_for(payload: bytes, *, move: bool) -> Offer:
    """Announce `payload`.

    Raises:
        BundleError: it could not be kept by a receiver.
    """
    files = unpack(payload)
    certificate = next(
        f.content for f in files if f.role is FileRole.SIGNING_CERTIFICATE
    )
    return Offer(
        v=VERSION,
        **describe_certificate(certificate),
        files=len(files),
        size=len(payload),
        sha256=sha256(payload).hexdigest(),
        move=move,
    )


def write_offer(offer: Offer) -> bytes:
    """Return the offer as it is sealed into m5.

    Raises:
        BundleError: the other side would refuse it.
    """
    text = json.dumps(asdict(offer), ensure_ascii=False, separators=(",", ":"))
    octets = text.encode(errors="surrogatepass")
    read_offer(octets)
    return octets


def read_offer(octets: bytes) -> Offer:
    """Read what m5 carried.

    Raises:
        BundleError: it is no offer, or would mislead whoever reads it.
    """
    if len(octets) > MAX_OFFER_BYTES:
        _refuse()
    try:
        fields: Any = json.loads(octets.decode(), parse_float=_number)
        offer = Offer(**fields)
    except (ValueError, TypeError, RecursionError):
        _refuse()
    if not _is_well_formed(offer):
        _refuse()
    return offer


def check_arrived(offer: Offer, payload: bytes) -> tuple[File, ...]:
    """Return the files if they are what was announced.

    Raises:
        BundleError: they differ from the offer the person accepted.
    """
    if offer_for(payload, move=offer.move) != offer:
        _refuse()
    return unpack(payload)


def _check(files: Sequence[File], payload: bytes) -> None:
    roles = [file.role for file in files]
    once = [role for role in roles if role is not FileRole.CA]
    management = {FileRole.MANAGEMENT_CERTIFICATE, FileRole.MANAGEMENT_KEY} & set(once)
    if (
        len(payload) > MAX_BUNDLE_BYTES
        or len(set(once)) != len(once)
        or not {FileRole.SIGNING_CERTIFICATE, FileRole.SIGNING_KEY} <= set(once)
        or len(management) == 1
        or len(roles) - len(once) > MAX_CA_FILES
        or any(not _is_acceptable(file) for file in files)
    ):
        _refuse()


def _is_acceptable(file: File) -> bool:
    """Say whether a file is one whole DER SEQUENCE, and a key an encrypted one."""
    if len(file.content) > MAX_FILE_BYTES:
        return False
    try:
        whole = read(file.content)
        if file.role not in (FileRole.SIGNING_KEY, FileRole.MANAGEMENT_KEY):
            return True
        # EncryptedPrivateKeyInfo (RFC 5958 3); one in the clear begins with a version.
        return [element.tag for element in whole.children()] == [SEQUENCE, OCTET_STRING]
    except DerError:
        return False


def describe_certificate(der: bytes) -> dict[str, str]:
    """Return what the certificate says of itself, in the words of an offer."""
    try:
        certificate = read_certificate(der)
    except DerError:
        _refuse()
    return {
        "name": certificate.name,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "policy": certificate.policy if len(certificate.policy) <= MAX_POLICY else "",
        "not_before": _moment(certificate.not_before),
        "not_after": _moment(certificate.not_after),
    }


def _moment(time: datetime) -> str:
    """Return a time as it stands in an offer."""
    return f"{time.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _is_well_formed(offer: Offer) -> bool:
    moments = (offer.not_before, offer.not_after)
    return (
        _is_honest(offer.name)
        and _is_honest(offer.issuer)
        and all(type(number) is int for number in (offer.v, offer.files, offer.size))
        and type(offer.move) is bool
        and offer.v == VERSION
        and 2 <= offer.files <= len(FileRole) - 1 + MAX_CA_FILES
        and 0 < offer.size <= MAX_BUNDLE_BYTES
        and _has_form(_SERIAL, offer.serial)
        and _has_form(_HASH, offer.sha256)
        and _has_form(OID_TEXT, offer.policy)
        and len(offer.policy) <= MAX_POLICY
        and all(_has_form(_MOMENT, at) and _is_moment(at) for at in moments)
    )


def _has_form(form: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and form.fullmatch(text) is not None


def _is_moment(text: str) -> bool:
    """Say whether there is such a day and such a time of day."""
    try:
        return _moment(datetime.fromisoformat(text)) == text
    except ValueError:
        return False


def _is_honest(text: object) -> bool:
    """Say whether a text shows as what it is, and shows at all."""
    return isinstance(text, str) and is_shown_as_it_is(text)


def _number(text: str) -> float:
    """Read a number as JSON means it: 3.0 is 3."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _refuse() -> NoReturn:
    raise BundleError from None
