"""What travels: one holder's files, and the offer that announces them.

No file name crosses: a bundle carries roles, and the receiver names what it keeps
itself. What arrives is compared with what was announced before it is kept. The key
stays encrypted and is never opened here. JavaScript twin: frontend/bridge/bundle.js.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, NoReturn, TypeGuard

from cryptography import x509
from cryptography.x509.oid import NameOID

from mobile_bridge.errors import BundleError, ProtocolError
from mobile_bridge.protocol import lp, unlp

HEAD = "BRG1 bundle"
MAX_FILE_BYTES = 16 * 1024
MAX_BUNDLE_BYTES = 40 * 1024
MAX_CA_FILES = 8
MAX_OFFER_BYTES = 2048
MAX_TEXT = 200
VERSION = 1

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_MOMENT_PATTERN = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
# Controls, format (all bidi marks are in it), lone surrogates, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Role(StrEnum):
    """What a file of the bundle is for."""

    SIGNING_CERTIFICATE = "signCert"
    SIGNING_KEY = "signPri"
    MANAGEMENT_CERTIFICATE = "kmCert"
    MANAGEMENT_KEY = "kmPri"
    CA = "ca"


@dataclass(frozen=True, slots=True)
class File:
    """One file and its role."""

    role: Role
    content: bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """What the person on the receiving side is shown before accepting."""

    v: int
    name: str
    issuer: str
    serial: str
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
    payload = lp(HEAD, *(part for file in files for part in (file.role, file.content)))
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
        head, *parts = unlp(payload)
        roles = [Role(part.decode()) for part in parts[::2]]
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
    certificate = _certificate(files)
    return Offer(
        v=VERSION,
        name=_holder_name(certificate),
        issuer=_common_name(certificate.issuer),
        serial=_serial(certificate.serial_number),
        not_after=certificate.not_valid_after_utc.strftime(_MOMENT),
        files=len(files),
        size=len(payload),
        sha256=sha256(payload).hexdigest(),
        move=move,
    )


def write_offer(offer: Offer) -> bytes:
    """Return the offer as it is sealed into m5."""
    return json.dumps(asdict(offer), ensure_ascii=False, separators=(",", ":")).encode()


def read_offer(octets: bytes) -> Offer:
    """Read what m5 carried.

    Raises:
        BundleError: it is no offer, or would mislead whoever reads it.
    """
    if len(octets) > MAX_OFFER_BYTES:
        _refuse()
    try:
        said: Any = json.loads(octets)
        offer = Offer(**said)
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
    once = [role for role in roles if role is not Role.CA]
    management = {Role.MANAGEMENT_CERTIFICATE, Role.MANAGEMENT_KEY} & set(once)
    if (
        len(payload) > MAX_BUNDLE_BYTES
        or len(set(once)) != len(once)
        or not {Role.SIGNING_CERTIFICATE, Role.SIGNING_KEY} <= set(once)
        or len(management) == 1
        or len(roles) - len(once) > MAX_CA_FILES
        or any(not _is_acceptable(file) for file in files)
    ):
        _refuse()


def _is_acceptable(file: File) -> bool:
    """Say whether a file is one whole DER SEQUENCE of a bearable size."""
    content = file.content
    if not 2 <= len(content) <= MAX_FILE_BYTES or content[0] != 0x30:
        return False
    if content[1] < 0x80:
        return len(content) == 2 + content[1]
    end = 2 + content[1] - 0x80
    # 0x80 would be an indefinite length, which is BER and not DER (X.690 10.1).
    return 3 <= end <= 4 and len(content) == end + int.from_bytes(content[2:end], "big")


def _certificate(files: Sequence[File]) -> x509.Certificate:
    der = next(f.content for f in files if f.role is Role.SIGNING_CERTIFICATE)
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        _refuse()


def _holder_name(certificate: x509.Certificate) -> str:
    """Return the part of the common name people know: what stands before `(`."""
    return _common_name(certificate.subject).split("(")[0].strip()


def _serial(number: int) -> str:
    """Return a serial number as people see it: two hex digits an octet."""
    digits = f"{number:x}"
    return digits.zfill(len(digits) + len(digits) % 2)


def _common_name(name: x509.Name) -> str:
    attributes = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[0].value) if attributes else ""


def _is_well_formed(offer: Offer) -> bool:
    texts = (offer.name, offer.issuer, offer.serial, offer.not_after, offer.sha256)
    return (
        all(_is_honest(text) for text in texts)
        and all(type(number) is int for number in (offer.v, offer.files, offer.size))
        and type(offer.move) is bool
        and offer.v == VERSION
        and 2 <= offer.files <= len(Role) - 1 + MAX_CA_FILES
        and 0 < offer.size <= MAX_BUNDLE_BYTES
        and re.fullmatch(r"[0-9a-f]{1,40}", offer.serial) is not None
        and re.fullmatch(r"[0-9a-f]{64}", offer.sha256) is not None
        and re.fullmatch(_MOMENT_PATTERN, offer.not_after, re.ASCII) is not None
    )


def _is_honest(text: object) -> TypeGuard[str]:
    """Say whether a text shows as what it is: no control and no bidi characters."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= MAX_TEXT
        and not any(unicodedata.category(c) in _UNSEEN for c in text)
    )


def _refuse() -> NoReturn:
    raise BundleError from None
