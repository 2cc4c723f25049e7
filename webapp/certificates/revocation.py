"""Suspend, resume and revoke, in the caller's transaction together with the log.

The rules are in `actions`. A change that somebody else made between reading and writing
is found by the database, and refused with what the certificate has become. Every change
counts for the revocation list in the same transaction, so that no list misses one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import end_sessions, lock_customer
from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.action_facts import list_resumptions
from webapp.certificates.actions import Action, ActionFacts, require_allowed
from webapp.certificates.errors import (
    CertificateRevokedError,
    CertificateSuspendedError,
    NotSuspendedError,
)
from webapp.certificates.lifecycle import (
    CertificateStatus,
    Initiator,
    StoredState,
    status_at,
    suspension_deadline,
)
from webapp.certificates.models import Certificate
from webapp.db import LockOrder, lock, run_before_commit
from webapp.pki.crl import ReasonCode

# No six months are shorter than these (1 September to 1 March).
_SHORTEST_SUSPENSION = timedelta(days=180)
_USABLE = (StoredState.VALID, StoredState.SUSPENDED)
# What its holder can still decide over: usable, or held by nobody else.
HELD_BY_NOBODY_ELSE = or_(
    Certificate.state == StoredState.VALID, Certificate.suspended_by == Initiator.HOLDER
)
# Both databases know these words; several may be the first to take a number.
_COUNT_CHANGE = text(
    "INSERT INTO status_changes (issuer_id, count) VALUES (:issuer, 1) "
    "ON CONFLICT (issuer_id) DO UPDATE SET count = status_changes.count + 1"
)
_RAISE = text(
    "INSERT INTO status_changes (issuer_id, count) VALUES (:issuer, :number) "
    "ON CONFLICT (issuer_id) DO UPDATE SET count = excluded.count "
    "WHERE status_changes.count < excluded.count"
)


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
        LifecycleError: it is over, or suspended already.
    """
    lock_certificate(session, certificate)
    require_allowed(Action.SUSPEND, ActionFacts(lifecycle=certificate.life), now)
    done = update_status(
        session,
        certificate,
        was=(StoredState.VALID,),
        values={
            "state": StoredState.SUSPENDED,
            "suspended_at": now,
            "suspended_by": Initiator.of(actor),
        },
    )
    if not done:
        _refuse(session, certificate, Action.SUSPEND, now)
        raise CertificateSuspendedError
    log_event(
        session,
        AuditEvent.CERTIFICATE_SUSPENDED,
        certificate,
        actor,
        now,
        detail=detail,
    )


def raise_alarm(session: Session, customer: Customer, now: datetime) -> None:
    """Suspend all that a customer can use, and end every sign-in of theirs.

    What somebody does who sees that another acts in their name; it can be sent twice.

    Raises:
        SignInEndedError: their sign-ins ended since their request began.
    """
    lock_customer(session, customer)
    record(session, AuditEvent.ALARM_RAISED, customer_id=customer.id, at=now)
    for certificate in list_usable(session, customer, now):
        suspend(session, certificate, actor=None, now=now)
    end_sessions(session, customer, now)


def list_usable(
    session: Session, customer: Customer, now: datetime
) -> list[Certificate]:
    """Return what a customer can sign with at `now`, in the order of locks."""
    certificates = session.scalars(
        select(Certificate)
        .where(
            Certificate.customer_id == customer.id,
            Certificate.state == StoredState.VALID,
            Certificate.not_after >= now,
        )
        .order_by(Certificate.id)
    )
    return list(certificates)


def resume(
    session: Session,
    certificate: Certificate,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Make a suspended certificate usable again; whoever suspended it does.

    Raises:
        LifecycleError: it is not suspended, is over, or somebody else suspended it.
        ResumedTooOftenError: its holder resumed it as often as may be today.
    """
    initiator = Initiator.of(actor)
    lock_certificate(session, certificate)
    resumed_at = list_resumptions(session, [certificate.id], now)[certificate.id]
    facts = ActionFacts(lifecycle=certificate.life, resumed_at=resumed_at)
    require_allowed(Action.RESUME, facts, now, initiator)
    done = update_status(
        session,
        certificate,
        Certificate.suspended_by == initiator,
        was=(StoredState.SUSPENDED,),
        values={"state": StoredState.VALID, "suspended_at": None, "suspended_by": None},
    )
    if not done:
        _refuse(session, certificate, Action.RESUME, now, initiator)
        raise NotSuspendedError
    log_event(session, AuditEvent.CERTIFICATE_RESUMED, certificate, actor, now)


def revoke(
    session: Session,
    certificate: Certificate,
    *,
    reason: ReasonCode,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Revoke a certificate for good.

    Raises:
        LifecycleError: it is over already.
    """
    lock_certificate(session, certificate)
    require_allowed(Action.REVOKE, ActionFacts(lifecycle=certificate.life), now)
    if not mark_revoked(
        session, certificate, reason=reason, initiator=Initiator.of(actor), now=now
    ):
        _refuse(session, certificate, Action.REVOKE, now)
        raise CertificateRevokedError
    details = {"reason": reason, **(detail or {})}
    log_event(
        session, AuditEvent.CERTIFICATE_REVOKED, certificate, actor, now, detail=details
    )


def revoke_lineage(
    session: Session,
    certificate: Certificate,
    *,
    reason: ReasonCode,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> list[Certificate]:
    """Revoke whatever can be used of a certificate's whole line; return what was.

    One transaction: all of them, or none.

    Raises:
        LifecycleError: nothing of the line can be used.
    """
    lock_certificate(session, certificate)
    revoked: list[Certificate] = []
    # Looked at until none is left: one may be signed while this waits for another.
    while usable := active_in_lineage(session, certificate, now):
        revoked += [
            active
            for active in sorted(
                usable, key=lambda active: active.id
            )  # all lock in one order
            if mark_revoked(
                session, active, reason=reason, initiator=Initiator.of(actor), now=now
            )
        ]
    if not revoked:
        _refuse(session, certificate, Action.REVOKE, now)
        raise CertificateRevokedError
    details = {"reason": reason, **(detail or {})}
    for ended in revoked:
        log_event(
            session, AuditEvent.CERTIFICATE_REVOKED, ended, actor, now, detail=details
        )
    return revoked


def active_in_lineage(
    session: Session, certificate: Certificate, now: datetime
) -> list[Certificate]:
    """Return what has not ended of the line that a certificate belongs to."""
    certificates = session.scalars(
        select(Certificate)
        .where(
            Certificate.lineage_id == certificate.lineage_id,
            Certificate.customer_id == certificate.customer_id,
            Certificate.state.in_(_USABLE),
            Certificate.not_after >= now,
        )
        .order_by(Certificate.reserved_at)
    )
    return list(certificates)


def list_overdue_holds(
    session: Session, now: datetime, limit: int
) -> list[Certificate]:
    """Return what may have been suspended for too long, the longest first."""
    stmt = (
        select(Certificate)
        .where(
            Certificate.state == StoredState.SUSPENDED,
            Certificate.suspended_at < now - _SHORTEST_SUSPENSION,
            Certificate.not_after >= now,  # one that ran out needs no more
        )
        .order_by(Certificate.suspended_at)
        .limit(limit)
    )
    return list(session.scalars(stmt))


def revoke_expired_hold(
    session: Session, certificate: Certificate, now: datetime
) -> bool:
    """Revoke what was suspended for more than six months; tell whether it was."""
    since = certificate.suspended_at
    if since is None or now <= suspension_deadline(since):
        return False
    reason = ReasonCode.CESSATION_OF_OPERATION
    is_revoked = mark_revoked(
        session,
        certificate,
        Certificate.suspended_at == since,  # not resumed and suspended again
        reason=reason,
        initiator=Initiator.SYSTEM,
        now=now,
    )
    if is_revoked:
        detail = {"reason": reason, "rule": "suspended_too_long"}
        log_event(
            session,
            AuditEvent.CERTIFICATE_REVOKED,
            certificate,
            SYSTEM,
            now,
            detail=detail,
        )
    return is_revoked


def list_unrecorded_expiries(
    session: Session, now: datetime, limit: int
) -> list[Certificate]:
    """Return what ran out and the log does not say so yet, the earliest first."""
    stmt = (
        select(Certificate)
        .where(
            Certificate.state.in_(_USABLE),
            Certificate.not_after < now,
            Certificate.expiry_noted_at.is_(None),
        )
        .order_by(Certificate.not_after)
        .limit(limit)
    )
    return list(session.scalars(stmt))


def record_expiry(session: Session, certificate: Certificate, now: datetime) -> bool:
    """Write into the log that a certificate ran out, once; tell whether it was new."""
    noted = session.execute(
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.expiry_noted_at.is_(None))
        .values(expiry_noted_at=now)
        .execution_options(synchronize_session=False)
    )
    if noted.rowcount != 1:  # type: ignore[attr-defined]
        return False
    log_event(session, AuditEvent.CERTIFICATE_EXPIRED, certificate, SYSTEM, now)
    return True


def lock_certificate(session: Session, certificate: Certificate) -> None:
    """Lock whose it is, then the certificate, and read both again.

    Raises:
        SignInEndedError: the holder's sign-ins ended since their request began.
    """
    lock_customer(session, session.get_one(Customer, certificate.customer_id))
    lock(session, certificate)


def update_status(
    session: Session,
    certificate: Certificate,
    *still: ColumnElement[bool],
    was: tuple[StoredState, ...],
    values: dict[str, object],
) -> bool:
    """Change a certificate that still is in one of the states `was`; tell if it was.

    Two tabs, or a person and an operator, may try at the same time: one of them does.
    `still` is what else has to be as it was read.
    """
    done = session.execute(
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.state.in_(was), *still)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return False
    mark_crl_stale(session, certificate.issuer_id)
    session.expire(certificate)
    return True


def mark_revoked(
    session: Session,
    certificate: Certificate,
    *still: ColumnElement[bool],
    reason: ReasonCode,
    initiator: Initiator,
    now: datetime,
) -> bool:
    """Store that a usable or suspended certificate is revoked; tell if it was one."""
    return update_status(
        session,
        certificate,
        *still,
        was=_USABLE,
        values={
            "state": StoredState.REVOKED,
            "revoked_at": now,
            "revocation_reason": reason,
            "revoked_by": initiator,
        },
    )


def revoke_superseded(session: Session, new: Certificate, now: datetime) -> bool:
    """Revoke what `new` was issued in place of.

    False when that is over already, or the counter suspended it meanwhile.
    """
    before = _to_continue(session, new, now)
    if before is None or not mark_revoked(
        session,
        before,
        HELD_BY_NOBODY_ELSE,
        reason=ReasonCode.SUPERSEDED,
        initiator=Initiator.SYSTEM,
        now=now,
    ):
        return False
    record(
        session,
        AuditEvent.CERTIFICATE_REVOKED,
        actor=SYSTEM,
        customer_id=before.customer_id,
        certificate_id=before.id,
        at=now,
        detail={"reason": ReasonCode.SUPERSEDED, "superseded_by": new.serial},
    )
    return True


def is_continued(session: Session, new: Certificate, now: datetime) -> bool:
    """Tell whether what `new` renews is neither revoked nor held by the counter."""
    return _to_continue(session, new, now) is not None


def mark_crl_stale(session: Session, issuer_id: str) -> None:
    """Take the number of the CRL that shows a change, when the caller commits."""
    run_before_commit(
        session,
        LockOrder.STATUS_CHANGES,
        lambda session: session.execute(_COUNT_CHANGE, {"issuer": issuer_id}),
    )


def raise_crl_number(session: Session, issuer_id: str, number: int) -> None:
    """Have the CRL that is due carry at least this number, when the caller commits.

    For a list without a change, and after one that another database numbered. Several
    who do it at the same time take one number.
    """
    run_before_commit(
        session,
        LockOrder.STATUS_CHANGES,
        lambda session: session.execute(
            _RAISE, {"issuer": issuer_id, "number": number}
        ),
    )


def _to_continue(
    session: Session, new: Certificate, now: datetime
) -> Certificate | None:
    """Return what `new` continues, locked, unless it is over or held by others.

    One that ran out meanwhile is continued: the order came in time.
    """
    certificate = session.scalar(
        select(Certificate)
        .where(
            Certificate.id == new.replaces_id,
            Certificate.state.in_(_USABLE),
            HELD_BY_NOBODY_ELSE,
        )
        .with_for_update()  # on SQLite the caller's writing has locked everything
        .execution_options(populate_existing=True)
    )
    if certificate is None:
        return None
    # Suspended for too long it counted as revoked, whether or not it ran out later.
    then = min(now, certificate.not_after)
    return (
        None
        if status_at(certificate.life, then) is CertificateStatus.REVOKED
        else certificate
    )


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


def log_event(
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
