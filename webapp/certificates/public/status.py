"""What anybody may learn of a certificate they have: whether it counts now. Pure.

The answers of RFC 6960 2.2 (good, revoked, unknown), with a suspension and the
end of the validity apart, because a person does other things about them. Nothing else
is said: neither whose a certificate is nor what for.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.certificates.errors import StatusQueryError
from webapp.certificates.lifecycle import (
    CertificateStatus,
    LifecycleFacts,
    revocation_date,
    status_at,
)
from webapp.pki.crl import ReasonCode

MAX_CERTIFICATES = 30  # 118 bytes each: an address of up to 4,094 bytes is read
# RFC 5280 4.1.2.2: a serial number has up to 20 octets. Then the hash of the DER.
_ID = re.compile(r"([0-9a-f]{1,40})(?:\.([0-9a-f]{64}))?", re.ASCII | re.IGNORECASE)


class PublicStatus(StrEnum):
    """What is answered for one certificate."""

    GOOD = "good"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


_ANSWERS = {
    CertificateStatus.VALID: PublicStatus.GOOD,
    CertificateStatus.SUSPENDED: PublicStatus.SUSPENDED,
    CertificateStatus.REVOKED: PublicStatus.REVOKED,
    CertificateStatus.EXPIRED: PublicStatus.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class CertificateId:
    """Which certificate is meant: its serial as the database writes it, its SHA-256."""

    serial: str
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class StatusResponse:
    """The answer for one certificate; `at` is when it was revoked or suspended."""

    status: PublicStatus
    reason: ReasonCode | None = None
    at: datetime | None = None


UNKNOWN = StatusResponse(PublicStatus.UNKNOWN)


def parse_ids(texts: list[str]) -> list[CertificateId]:
    """Read which certificates are asked for: SERIAL or SERIAL.SHA256, hexadecimal.

    Raises:
        StatusQueryError: none is named, too many are, or one is not of this form.
    """
    if not 0 < len(texts) <= MAX_CERTIFICATES:
        raise StatusQueryError
    return [_parse_id(text) for text in texts]


def respond(
    life: LifecycleFacts,
    now: datetime,
    *,
    reason: str | None,
    revoked_at: datetime | None,
) -> StatusResponse:
    """Return what is answered at `now` for a certificate that was issued here."""
    certificate_status = status_at(life, now)
    if certificate_status is CertificateStatus.SUSPENDED:
        return StatusResponse(_ANSWERS[certificate_status], at=life.suspended_at)
    if certificate_status is not CertificateStatus.REVOKED:
        return StatusResponse(_ANSWERS[certificate_status])
    if revoked_at is None and life.suspended_at is not None:
        # Suspended for too long, and nobody has written it down yet.
        return StatusResponse(
            _ANSWERS[certificate_status],
            ReasonCode.CESSATION_OF_OPERATION,
            life.suspended_at,
        )
    return StatusResponse(
        _ANSWERS[certificate_status],
        ReasonCode(reason or ReasonCode.UNSPECIFIED),
        revoked_at and revocation_date(revoked_at, life.suspended_at),
    )


def _parse_id(text: str) -> CertificateId:
    parts = _ID.fullmatch(text)
    if parts is None:
        raise StatusQueryError
    digest = bytes.fromhex(parts[2]) if parts[2] else None
    return CertificateId(parts[1].lower().lstrip("0"), digest)
