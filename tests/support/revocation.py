"""Suspend, resume and revoke as a view or the background work does: with a commit."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.audit.actors import Actor
from webapp.certificates import revocation
from webapp.certificates.models import Certificate
from webapp.db import unit_of_work_on
from webapp.pki.crl import ReasonCode


def suspend(
    session: Session, certificate: Certificate, *, actor: Actor | None, now: datetime
) -> None:
    """Suspend a certificate."""
    with unit_of_work_on(session):
        revocation.suspend(session, certificate, actor=actor, now=now)


def resume(
    session: Session, certificate: Certificate, *, actor: Actor | None, now: datetime
) -> None:
    """Lift a suspension."""
    with unit_of_work_on(session):
        revocation.resume(session, certificate, actor=actor, now=now)


def revoke(
    session: Session,
    certificate: Certificate,
    *,
    reason: ReasonCode,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Revoke a certificate."""
    with unit_of_work_on(session):
        revocation.revoke(
            session, certificate, reason=reason, actor=actor, now=now, detail=detail
        )


def revoke_lineage(
    session: Session,
    certificate: Certificate,
    *,
    reason: ReasonCode,
    actor: Actor | None,
    now: datetime,
) -> list[Certificate]:
    """Revoke what can be used of a lineage; return what was."""
    with unit_of_work_on(session):
        return revocation.revoke_lineage(
            session, certificate, reason=reason, actor=actor, now=now
        )


def revoke_expired_holds(session: Session, now: datetime) -> int:
    """Revoke what was suspended for too long; return how many."""
    overdue = revocation.list_overdue_holds(session, now, limit=10)
    with unit_of_work_on(session):
        return sum(
            revocation.revoke_expired_hold(session, held, now) for held in overdue
        )


def record_expiries(session: Session, now: datetime) -> int:
    """Log what ran out; return how many."""
    expired = revocation.list_unrecorded_expiries(session, now, limit=10)
    with unit_of_work_on(session):
        return sum(
            revocation.record_expiry(session, certificate, now)
            for certificate in expired
        )
