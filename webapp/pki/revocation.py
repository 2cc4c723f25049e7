"""Revocation lists (RFC 5280 5), built whole from the entries given.

Numbering, expiry of entries and publication belong to the database and its service.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography import x509

from webapp.pki import der, extensions
from webapp.pki.authority import Authority

_VERSION_2: Final = der.integer(1)


class Reason(StrEnum):
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
    Reason.KEY_COMPROMISE: 1,
    Reason.CA_COMPROMISE: 2,
    Reason.AFFILIATION_CHANGED: 3,
    Reason.SUPERSEDED: 4,
    Reason.CESSATION_OF_OPERATION: 5,
    Reason.CERTIFICATE_HOLD: 6,
    Reason.PRIVILEGE_WITHDRAWN: 9,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One revoked certificate."""

    serial: int
    at: datetime
    reason: Reason


def build_list(
    authority: Authority,
    entries: Iterable[Entry],
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


def one_each(entries: Iterable[Entry]) -> list[Entry]:
    """Return one entry for each serial (RFC 5280 5.1.2.6).

    A revocation, which is final, goes before a hold; then the earlier one.
    """
    kept: dict[int, Entry] = {}
    for entry in entries:
        kept[entry.serial] = min(kept.get(entry.serial, entry), entry, key=_gravity)
    return list(kept.values())


def _gravity(entry: Entry) -> tuple[bool, datetime]:
    return entry.reason == Reason.CERTIFICATE_HOLD, entry.at


def entries_of(found: x509.CertificateRevocationList) -> list[Entry]:
    """Return what a list of ours says, for the next one."""
    names = {reason.value.replace("_", ""): reason for reason in Reason}
    entries = []
    for each in found:
        reason = Reason.UNSPECIFIED
        with suppress(x509.ExtensionNotFound):
            extension = each.extensions.get_extension_for_class(x509.CRLReason)
            reason = names[extension.value.reason.value.lower()]
        entries.append(Entry(each.serial_number, each.revocation_date_utc, reason))
    return entries


_REASON_OID: Final = "2.5.29.21"
_REASONS: Final = {
    reason: der.sequence(der.extension(_REASON_OID, der.enumerated(code)))
    for reason, code in CODES.items()
}


def _encoded(entry: Entry) -> bytes:
    return der.sequence(
        der.integer(entry.serial), der.time(entry.at), _REASONS.get(entry.reason, b"")
    )
