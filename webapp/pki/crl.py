"""Revocation lists (RFC 5280 5): built whole from the entries given, and read.

Numbering, expiry of entries and publication belong to the database and its service.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from webapp.pki import der, extensions
from webapp.pki.authority import Authority

_VERSION_2: Final = der.integer(1)


class ReasonCode(StrEnum):
    """Why a certificate was revoked; a hold is a suspension."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key_compromise"
    CA_COMPROMISE = "ca_compromise"
    AFFILIATION_CHANGED = "affiliation_changed"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessation_of_operation"
    CERTIFICATE_HOLD = "certificate_hold"
    PRIVILEGE_WITHDRAWN = "privilege_withdrawn"


# RFC 5280 5.3.1. "unspecified" is missing: it is said by leaving the reason out.
CODES: Final = {
    ReasonCode.KEY_COMPROMISE: 1,
    ReasonCode.CA_COMPROMISE: 2,
    ReasonCode.AFFILIATION_CHANGED: 3,
    ReasonCode.SUPERSEDED: 4,
    ReasonCode.CESSATION_OF_OPERATION: 5,
    ReasonCode.CERTIFICATE_HOLD: 6,
    ReasonCode.PRIVILEGE_WITHDRAWN: 9,
}


@dataclass(frozen=True, slots=True)
class RevokedEntry:
    """One revoked certificate."""

    serial: int
    at: datetime
    reason: ReasonCode


def build_crl(
    authority: Authority,
    entries: Iterable[RevokedEntry],
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> bytes:
    """Return the signed revocation list in DER."""
    if next_update <= this_update:
        raise ValueError("the next list must come after this one")
    revoked = b"".join(_encoded(entry) for entry in entries)
    tbs = der.sequence(
        _VERSION_2,
        authority.algorithm,
        authority.name,
        der.time(this_update),
        der.time(next_update),
        # RFC 5280 5.1.2.6: absent, not empty, when nothing is revoked.
        der.sequence(revoked) if revoked else b"",
        der.tlv(
            0xA0,
            der.sequence(
                authority.key_identifier, extensions.encode(x509.CRLNumber(number))
            ),
        ),
    )
    return authority.seal(tbs)


def one_each(entries: Iterable[RevokedEntry]) -> list[RevokedEntry]:
    """Return one entry for each serial (RFC 5280 5.1.2.6).

    A revocation, which is final, goes before a hold; then the earlier one.
    """
    kept: dict[int, RevokedEntry] = {}
    for entry in entries:
        kept[entry.serial] = min(kept.get(entry.serial, entry), entry, key=_gravity)
    return list(kept.values())


def _gravity(entry: RevokedEntry) -> tuple[bool, datetime]:
    return entry.reason == ReasonCode.CERTIFICATE_HOLD, entry.at


def parse_crl(content: bytes) -> x509.CertificateRevocationList:
    """Return the one revocation list in `content`, in DER or PEM.

    Raises:
        ValueError: there is none in it, or more than one.
    """
    is_pem = content.lstrip().startswith(b"-----BEGIN ")
    if is_pem and content.count(b"-----BEGIN X509 CRL-----") != 1:
        raise ValueError("there has to be one revocation list in it")
    load = x509.load_pem_x509_crl if is_pem else x509.load_der_x509_crl
    try:
        return load(content)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is not a revocation list, neither PEM nor DER") from None


def crl_der(crl: x509.CertificateRevocationList) -> bytes:
    """Return a list as it is served."""
    return crl.public_bytes(Encoding.DER)


def crl_number(crl: x509.CertificateRevocationList) -> int:
    """Return the number of a list (RFC 5280 5.2.3); 0 where another CA left it out."""
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return 0


def crl_end(crl: x509.CertificateRevocationList) -> datetime:
    """Return until when a list counts (RFC 5280 5.1.2.5).

    Raises:
        ValueError: it does not say so.
    """
    if crl.next_update_utc is None:
        raise ValueError("a revocation list without an end")
    return crl.next_update_utc


def is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Say whether a list is signed by the CA of this certificate."""
    key = issuer.public_key()
    if crl.issuer != issuer.subject:
        return False
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    try:
        return crl.is_signature_valid(key)
    except (TypeError, UnsupportedAlgorithm):
        return False


def parse_entries(crl: x509.CertificateRevocationList) -> list[RevokedEntry]:
    """Return what a list of ours says, for the next one."""
    names = {reason.value.replace("_", ""): reason for reason in ReasonCode}
    entries = []
    for entry in crl:
        reason = ReasonCode.UNSPECIFIED
        with suppress(x509.ExtensionNotFound):
            extension = entry.extensions.get_extension_for_class(x509.CRLReason)
            reason = names[extension.value.reason.value.lower()]
        entries.append(
            RevokedEntry(entry.serial_number, entry.revocation_date_utc, reason)
        )
    return entries


_REASON_OID: Final = "2.5.29.21"
_REASONS: Final = {
    reason: der.sequence(der.extension(_REASON_OID, der.enumerated(code)))
    for reason, code in CODES.items()
}


def _encoded(entry: RevokedEntry) -> bytes:
    # Of a hundred thousand entries each call counts: two of them are remembered.
    serial = entry.serial.to_bytes(entry.serial.bit_length() // 8 + 1)
    rest = _encoded_time(entry.at) + _REASONS.get(entry.reason, b"")
    length = 2 + len(serial) + len(rest)  # far below 128, the longest short form
    return bytes((0x30, length, 0x02, len(serial))) + serial + rest


@lru_cache(maxsize=4096)
def _encoded_time(moment: datetime) -> bytes:
    return der.time(moment)
