"""Change what a certificate is worth: suspend, resume, revoke. No commits here.

Every change counts for the revocation list in the same transaction, so that no list
misses one.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.lifecycle import Initiator, State, Status, status
from webapp.certificates.models import Certificate
from webapp.pki.crl import Reason
from webapp.repository.crl import count_change

_USABLE = (State.VALID, State.SUSPENDED)


# What its holder can still decide over: usable, or held by nobody else.
HELD_BY_NOBODY_ELSE = or_(
    Certificate.state == State.VALID, Certificate.suspended_by == Initiator.HOLDER
)


def change(
    session: Session,
    certificate: Certificate,
    *still: ColumnElement[bool],
    was: tuple[State, ...],
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
    count_change(session, certificate.issuer_id)
    session.expire(certificate)
    return True


def revoke(
    session: Session,
    certificate: Certificate,
    *still: ColumnElement[bool],
    reason: Reason,
    initiator: Initiator,
    now: datetime,
) -> bool:
    """Revoke a usable or suspended certificate for good; tell if it was one."""
    return change(
        session,
        certificate,
        *still,
        was=_USABLE,
        values={
            "state": State.REVOKED,
            "revoked_at": now,
            "revocation_reason": reason,
            "revoked_by": initiator,
        },
    )


def revoke_superseded(session: Session, fresh: Certificate, now: datetime) -> bool:
    """Revoke what `fresh` was issued in place of.

    False when that is over already, or the counter suspended it meanwhile.
    """
    before = _to_continue(session, fresh, now)
    if before is None or not revoke(
        session,
        before,
        HELD_BY_NOBODY_ELSE,
        reason=Reason.SUPERSEDED,
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
        detail={"reason": Reason.SUPERSEDED, "superseded_by": fresh.serial},
    )
    return True


def is_continued(session: Session, fresh: Certificate, now: datetime) -> bool:
    """Tell whether what `fresh` renews is neither revoked nor held by the counter."""
    return _to_continue(session, fresh, now) is not None


def _to_continue(
    session: Session, fresh: Certificate, now: datetime
) -> Certificate | None:
    """Return what `fresh` continues, locked, unless it is over or held by others.

    One that ran out meanwhile is continued: the order came in time.
    """
    found = session.scalar(
        select(Certificate)
        .where(
            Certificate.id == fresh.replaces_id,
            Certificate.state.in_(_USABLE),
            HELD_BY_NOBODY_ELSE,
        )
        .with_for_update()  # on SQLite the caller's writing has locked everything
        .execution_options(populate_existing=True)
    )
    if found is None:
        return None
    # Suspended for too long it counted as revoked, whether or not it ran out later.
    then = min(now, found.not_after)
    return None if status(found.life, then) is Status.REVOKED else found
