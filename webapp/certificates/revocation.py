"""Suspend, resume and revoke; each commits what it did together with the log.

The rules are in `actions`. A change that somebody else made between reading and writing
is found by the database, and refused with what the certificate has become.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates import status_change
from webapp.certificates.action_facts import list_resumptions
from webapp.certificates.actions import Action, ActionFacts, require_allowed
from webapp.certificates.errors import (
    CertificateRevokedError,
    CertificateSuspendedError,
    NotSuspendedError,
)
from webapp.certificates.lifecycle import Initiator, State, suspension_ends
from webapp.certificates.locks import lock_certificate
from webapp.certificates.models import Certificate
from webapp.pki.crl import Reason

# No six months are shorter than these (1 September to 1 March).
_SHORTEST_SUSPENSION = timedelta(days=180)


def suspend(
    session: Session,
    certificate: Certificate,
    *,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Suspend a certificate at once.

    Without an `actor` it is the holder. `detail` is for the log.

    Raises:
        LifeError: it is over, or suspended already.
    """
    lock_certificate(session, certificate)
    require_allowed(Action.SUSPEND, ActionFacts(lifecycle=certificate.life), now)
    done = status_change.change(
        session,
        certificate,
        was=(State.VALID,),
        values={
            "state": State.SUSPENDED,
            "suspended_at": now,
            "suspended_by": Initiator.of(actor),
        },
    )
    if not done:
        _refuse(session, certificate, Action.SUSPEND, now)
        raise CertificateSuspendedError
    _record(
        session,
        AuditEvent.CERTIFICATE_SUSPENDED,
        certificate,
        actor,
        now,
        detail=detail,
    )


def resume(
    session: Session,
    certificate: Certificate,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Make a suspended certificate usable again; whoever suspended it does.

    Raises:
        LifeError: it is not suspended, is over, or somebody else suspended it.
        ResumedTooOftenError: its holder resumed it as often as may be today.
    """
    initiator = Initiator.of(actor)
    lock_certificate(session, certificate)
    resumed_at = list_resumptions(session, [certificate.id], now)[certificate.id]
    facts = ActionFacts(lifecycle=certificate.life, resumed_at=resumed_at)
    require_allowed(Action.RESUME, facts, now, initiator)
    done = status_change.change(
        session,
        certificate,
        Certificate.suspended_by == initiator,
        was=(State.SUSPENDED,),
        values={"state": State.VALID, "suspended_at": None, "suspended_by": None},
    )
    if not done:
        _refuse(session, certificate, Action.RESUME, now, initiator)
        raise NotSuspendedError
    _record(session, AuditEvent.CERTIFICATE_RESUMED, certificate, actor, now)


def revoke(
    session: Session,
    certificate: Certificate,
    *,
    reason: Reason,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Revoke a certificate for good.

    Raises:
        LifeError: it is over already.
    """
    lock_certificate(session, certificate)
    require_allowed(Action.REVOKE, ActionFacts(lifecycle=certificate.life), now)
    if not status_change.revoke(
        session, certificate, reason=reason, initiator=Initiator.of(actor), now=now
    ):
        _refuse(session, certificate, Action.REVOKE, now)
        raise CertificateRevokedError
    said = {"reason": reason, **(detail or {})}
    _record(
        session, AuditEvent.CERTIFICATE_REVOKED, certificate, actor, now, detail=said
    )


def revoke_lineage(
    session: Session,
    certificate: Certificate,
    *,
    reason: Reason,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> list[Certificate]:
    """Revoke whatever can be used of a certificate's whole line; return what was.

    One transaction: all of them, or none.

    Raises:
        LifeError: nothing of the line can be used.
    """
    lock_certificate(session, certificate)
    revoked: list[Certificate] = []
    # Looked at until none is left: one may be signed while this waits for another.
    while found := usable_of_line(session, certificate, now):
        revoked += [
            each
            for each in sorted(found, key=lambda each: each.id)  # all lock in one order
            if status_change.revoke(
                session, each, reason=reason, initiator=Initiator.of(actor), now=now
            )
        ]
    if not revoked:
        _refuse(session, certificate, Action.REVOKE, now)
        raise CertificateRevokedError
    said = {"reason": reason, **(detail or {})}
    for each in revoked:
        _note(session, AuditEvent.CERTIFICATE_REVOKED, each, actor, now, detail=said)
    session.commit()
    return revoked


def usable_of_line(
    session: Session, certificate: Certificate, now: datetime
) -> list[Certificate]:
    """Return what has not ended of the line that a certificate belongs to."""
    found = session.scalars(
        select(Certificate)
        .where(
            Certificate.lineage_id == certificate.lineage_id,
            Certificate.customer_id == certificate.customer_id,
            Certificate.state.in_((State.VALID, State.SUSPENDED)),
            Certificate.not_after >= now,
        )
        .order_by(Certificate.reserved_at)
    )
    return list(found)


def revoke_overdue_suspensions(session: Session, now: datetime, limit: int) -> int:
    """Revoke what was suspended for more than six months; return how many."""
    candidates = session.scalars(
        select(Certificate)
        .where(
            Certificate.state == State.SUSPENDED,
            Certificate.suspended_at < now - _SHORTEST_SUSPENSION,
            Certificate.not_after >= now,  # one that ran out needs no more
        )
        .order_by(Certificate.suspended_at)
        .limit(limit)
    ).all()
    return sum(_revoke_overdue(session, each, now) for each in candidates)


def note_expired(session: Session, now: datetime, limit: int) -> int:
    """Write into the log what ran out, each certificate once; return how many."""
    found = session.scalars(
        select(Certificate)
        .where(
            Certificate.state.in_((State.VALID, State.SUSPENDED)),
            Certificate.not_after < now,
            Certificate.expiry_noted_at.is_(None),
        )
        .order_by(Certificate.not_after)
        .limit(limit)
    ).all()
    return sum(_note_expired(session, each, now) for each in found)


def _revoke_overdue(session: Session, found: Certificate, now: datetime) -> bool:
    since = found.suspended_at
    if since is None or now <= suspension_ends(since):
        return False
    reason = Reason.CESSATION_OF_OPERATION
    done = status_change.revoke(
        session,
        found,
        Certificate.suspended_at == since,  # not resumed and suspended again
        reason=reason,
        initiator=Initiator.SYSTEM,
        now=now,
    )
    if not done:
        session.rollback()
        return False
    record(
        session,
        AuditEvent.CERTIFICATE_REVOKED,
        actor=SYSTEM,
        customer_id=found.customer_id,
        certificate_id=found.id,
        at=now,
        detail={"reason": reason, "rule": "suspended_too_long"},
    )
    session.commit()
    return True


def _note_expired(session: Session, found: Certificate, now: datetime) -> bool:
    done = session.execute(
        update(Certificate)
        .where(Certificate.id == found.id, Certificate.expiry_noted_at.is_(None))
        .values(expiry_noted_at=now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        session.rollback()
        return False
    _record(session, AuditEvent.CERTIFICATE_EXPIRED, found, SYSTEM, now)
    return True


def _refuse(
    session: Session,
    certificate: Certificate,
    action: Action,
    now: datetime,
    initiator: Initiator = Initiator.HOLDER,
) -> None:
    """Look again at what somebody else was faster with, and refuse for that."""
    session.rollback()
    session.refresh(certificate)
    require_allowed(action, ActionFacts(lifecycle=certificate.life), now, initiator)


def _record(
    session: Session,
    event: AuditEvent,
    certificate: Certificate,
    actor: Actor | None,
    now: datetime,
    *,
    detail: Mapping[str, str] | None = None,
) -> None:
    _note(session, event, certificate, actor, now, detail=detail)
    session.commit()


def _note(
    session: Session,
    event: AuditEvent,
    certificate: Certificate,
    actor: Actor | None,
    now: datetime,
    *,
    detail: Mapping[str, str] | None = None,
) -> None:
    record(
        session,
        event,
        actor=actor,
        customer_id=certificate.customer_id,
        certificate_id=certificate.id,
        at=now,
        detail=detail,
    )
