"""What became of a certificate, as revocation lists and OCSP both say it.

Both say what is stored: a hold is one until the background work revokes it.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from webapp.certificates.lifecycle import StoredState, revocation_date
from webapp.certificates.models import Certificate, StatusChangeCounter
from webapp.certificates.service import SIGNED
from webapp.pki.crl import ReasonCode, RevokedEntry, one_each
from webapp.pki.services.ocsp import GOOD, UNKNOWN, CertStatus
from webapp.repository.models import RestoredRevocation

# What `revoked_entry` reads.
STATUS_COLUMNS = (
    Certificate.serial,
    Certificate.state,
    Certificate.revoked_at,
    Certificate.revocation_reason,
    Certificate.suspended_at,
)
_BY_SERIAL = select(*STATUS_COLUMNS).where(
    Certificate.issuer_id == bindparam("issuer"),
    Certificate.serial == bindparam("serial"),
    Certificate.state.in_(SIGNED),
)
_REASONS = {str(reason): reason for reason in ReasonCode}
_RESTORED = select(RestoredRevocation).where(
    RestoredRevocation.issuer_id == bindparam("issuer"),
    RestoredRevocation.serial == bindparam("serial"),
)


def revoked_entry(row: Any) -> RevokedEntry:
    """Return the entry of a revoked or suspended certificate.

    Raises:
        ValueError: it is neither, or nobody knows since when.
    """
    # In the order of STATUS_COLUMNS: a list has a hundred thousand of them.
    serial, state, revoked_at, reason, suspended_at = row
    is_revoked = state == StoredState.REVOKED
    at = revoked_at if is_revoked else suspended_at
    if at is None or state == StoredState.VALID:
        raise ValueError("revoked or suspended, and not when")
    if not is_revoked:
        return RevokedEntry(int(serial, 16), at, ReasonCode.CERTIFICATE_HOLD)
    code = _REASONS[reason or ReasonCode.UNSPECIFIED]
    return RevokedEntry(int(serial, 16), revocation_date(at, suspended_at), code)


def restored_entry(row: RestoredRevocation) -> RevokedEntry:
    """Return the entry of a certificate that was revoked by its serial alone."""
    return RevokedEntry(int(row.serial, 16), row.revoked_at, ReasonCode(row.reason))


def find_status(
    session: Session, issuer_id: str, serial: int, own_serials: Iterable[int] = ()
) -> CertStatus:
    """Return what became of the certificate with a serial.

    `own_serials` are those of the centre's services, which stand in no table.
    """
    values = {"issuer": issuer_id, "serial": f"{serial:x}"}
    row = session.execute(_BY_SERIAL, values).first()
    restored = session.scalars(_RESTORED, values)
    entries = [restored_entry(lost) for lost in restored]
    if row is not None and row.state != StoredState.VALID:
        entries.append(revoked_entry(row))
    for entry in one_each(entries):
        return CertStatus(revoked_at=entry.at, reason=entry.reason)
    return GOOD if row is not None or serial in own_serials else UNKNOWN


def count_changes(session: Session, issuer_id: str) -> int:
    """Return how often statuses of an issuer's certificates have changed."""
    count = session.scalar(
        select(StatusChangeCounter.count).where(
            StatusChangeCounter.issuer_id == issuer_id
        )
    )
    return count or 0
