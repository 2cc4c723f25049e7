"""Compare a database with the newest published list, and merge what it lost."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.lifecycle import Initiator, StoredState
from webapp.certificates.models import Certificate
from webapp.certificates.revocation import (
    mark_crl_stale,
    mark_revoked,
    raise_crl_number,
    update_status,
)
from webapp.pki.crl import (
    ReasonCode,
    RevokedEntry,
    crl_der,
    crl_end,
    crl_number,
    parse_entries,
)
from webapp.repository.crl import newest_list, restored_entries
from webapp.repository.models import Crl, RestoredRevocation

_RULE = "restored"
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingEntries:
    """How far a database is behind what was published."""

    known_number: int  # of its newest list; 0 where it has none
    number: int  # of the list that was published
    missing: tuple[RevokedEntry, ...]  # revocations that the database does not know

    @property
    def is_behind(self) -> bool:
        """Tell whether this database would take something back."""
        return self.known_number < self.number or bool(self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """What a merge changed."""

    revoked: int
    suspended: int
    unknown: int  # revoked by serial alone
    number: int


def find_missing_entries(
    session: Session, issuer_id: str, crl: x509.CertificateRevocationList
) -> MissingEntries:
    """Compare what the database knows with a list that was published."""
    newest = newest_list(session, issuer_id)
    known_number = newest.number if newest else 0
    number = crl_number(crl)
    states = _states(session, issuer_id, [entry.serial for entry in parse_entries(crl)])
    restored = {entry.serial: entry for entry in restored_entries(session, issuer_id)}
    # A hold may have been lifted since; before the list was made, it was there.
    is_current = known_number >= number
    missing = tuple(
        entry
        for entry in parse_entries(crl)
        if not _is_covered(restored.get(entry.serial), entry)
        and not _is_known(states.get(entry.serial), entry, is_current=is_current)
    )
    return MissingEntries(known_number=known_number, number=number, missing=missing)


def merge_list(
    session: Session, issuer_id: str, crl: x509.CertificateRevocationList, now: datetime
) -> MergeResult:
    """Take over what a published list says and this database does not.

    Done twice, it changes nothing more.
    """
    gap = find_missing_entries(session, issuer_id, crl)
    counts = {"revoked": 0, "suspended": 0, "unknown": 0}
    for entry in gap.missing:
        counts[_merge(session, issuer_id, entry, now)] += 1
    if gap.known_number < gap.number:
        session.add(_as_row(issuer_id, crl))
        raise_crl_number(session, issuer_id, gap.number + 1)
    return MergeResult(number=gap.number, **counts)


def revoke_serial(session: Session, issuer_id: str, serial: int, now: datetime) -> bool:
    """Revoke a certificate that this database has lost.

    False where the database knows it: then it is revoked at the counter.
    """
    if _find(session, issuer_id, serial) is not None:
        return False
    entry = RevokedEntry(serial=serial, at=now, reason=ReasonCode.UNSPECIFIED)
    restored = {
        revoked.serial: revoked for revoked in restored_entries(session, issuer_id)
    }
    if not _is_covered(restored.get(serial), entry):
        _merge(session, issuer_id, entry, now)
    return True


def _is_known(
    state: StoredState | None, entry: RevokedEntry, *, is_current: bool
) -> bool:
    if state == StoredState.REVOKED:
        return True
    if entry.reason != ReasonCode.CERTIFICATE_HOLD:
        return False
    return state == StoredState.SUSPENDED or (state == StoredState.VALID and is_current)


def _is_covered(restored: RevokedEntry | None, entry: RevokedEntry) -> bool:
    """Tell whether a lost certificate is on the list as an entry says; a hold may end
    in a revocation."""
    if restored is None:
        return False
    holds = [one.reason == ReasonCode.CERTIFICATE_HOLD for one in (restored, entry)]
    return holds != [True, False]


def _merge(session: Session, issuer_id: str, entry: RevokedEntry, now: datetime) -> str:
    """Have the database know an entry; return how it does."""
    certificate = _find(session, issuer_id, entry.serial)
    is_hold = entry.reason == ReasonCode.CERTIFICATE_HOLD
    if certificate is not None and is_hold and _suspend(session, certificate, entry):
        _note(session, AuditEvent.CERTIFICATE_SUSPENDED, entry, certificate, now)
        return "suspended"
    if certificate is not None and not is_hold and _revoke(session, certificate, entry):
        _note(session, AuditEvent.CERTIFICATE_REVOKED, entry, certificate, now)
        return "revoked"
    session.merge(
        RestoredRevocation(
            issuer_id=issuer_id,
            serial=f"{entry.serial:x}",
            revoked_at=entry.at,
            reason=entry.reason,
        )
    )
    mark_crl_stale(session, issuer_id)
    _note(session, AuditEvent.CERTIFICATE_REVOKED, entry, certificate, now)
    return "unknown"


def _suspend(session: Session, certificate: Certificate, entry: RevokedEntry) -> bool:
    # Nobody knows any more who did; the counter lifts it when it has looked.
    values = {
        "state": StoredState.SUSPENDED,
        "suspended_at": entry.at,
        "suspended_by": Initiator.COUNTER,
    }
    return update_status(session, certificate, was=(StoredState.VALID,), values=values)


def _revoke(session: Session, certificate: Certificate, entry: RevokedEntry) -> bool:
    return mark_revoked(
        session,
        certificate,
        reason=entry.reason,
        initiator=Initiator.SYSTEM,
        now=entry.at,
    )


def _note(
    session: Session,
    event: AuditEvent,
    entry: RevokedEntry,
    certificate: Certificate | None,
    now: datetime,
) -> None:
    record(
        session,
        event,
        actor=SYSTEM,
        customer_id=certificate.customer_id if certificate else None,
        certificate_id=certificate.id if certificate else None,
        at=now,
        detail={"reason": entry.reason, "rule": _RULE, "serial": f"{entry.serial:x}"},
    )


def _states(
    session: Session, issuer_id: str, serials: list[int]
) -> dict[int, StoredState]:
    states: dict[int, StoredState] = {}
    for at in range(0, len(serials), _BATCH):
        batch = [f"{serial:x}" for serial in serials[at : at + _BATCH]]
        rows = session.execute(
            select(Certificate.serial, Certificate.state).where(
                Certificate.issuer_id == issuer_id, Certificate.serial.in_(batch)
            )
        )
        states |= {int(serial, 16): state for serial, state in rows}
    return states


def _find(session: Session, issuer_id: str, serial: int) -> Certificate | None:
    return session.scalar(
        select(Certificate).where(
            Certificate.issuer_id == issuer_id, Certificate.serial == f"{serial:x}"
        )
    )


def _as_row(issuer_id: str, crl: x509.CertificateRevocationList) -> Crl:
    """Return a published list as the database would have kept it."""
    return Crl(
        issuer_id=issuer_id,
        number=crl_number(crl),
        der=crl_der(crl),
        this_update=crl.last_update_utc,
        next_update=crl_end(crl),
    )
