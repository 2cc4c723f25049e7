"""Clear away what is over: applications nobody goes on with, old calls and challenges.

In small pieces with a commit each, so that nobody waits for the database.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.models import PasskeyChallenge, PhoneCall
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application, Closed

KEPT: Final = timedelta(days=30)  # for whoever asks what happened
BATCH: Final = 100
GoOn = Callable[[], bool]


def close_expired(session: Session, now: datetime, go_on: GoOn) -> int:
    """Close applications whose time is over; return how many.

    One whose certificate is issued stays: its holder still has to keep it somewhere.
    """
    issued = exists().where(Certificate.application_id == Application.id)
    over = (
        Application.closed_at.is_(None),
        Application.expires_at <= now,
        ~issued,
    )
    closed = 0
    wanted = select(Application.id, Application.customer_id).where(*over).limit(BATCH)
    while go_on() and (found := session.execute(wanted).all()):
        session.rollback()
        for application_id, customer_id in found:
            done = session.execute(
                update(Application)
                .where(Application.id == application_id, *over)
                .values(closed_at=now, closed_because=Closed.EXPIRED)
                .execution_options(synchronize_session=False)
            )
            if done.rowcount == 1:  # type: ignore[attr-defined]
                _record_closed(session, customer_id, now)
                closed += 1
            session.commit()
    return closed


def delete_old(session: Session, now: datetime, go_on: GoOn) -> int:
    """Delete calls and challenges that ended long ago; return how many."""
    deleted = 0
    for table in (PhoneCall, PasskeyChallenge):
        old = select(table.id).where(table.ends_at < now - KEPT).limit(BATCH)
        while go_on() and (ids := list(session.scalars(old))):
            session.rollback()
            session.execute(
                delete(table)
                .where(table.id.in_(ids))
                .execution_options(synchronize_session=False)
            )
            session.commit()
            deleted += len(ids)
    return deleted


def _record_closed(session: Session, customer_id: int, now: datetime) -> None:
    record(
        session,
        AuditEvent.APPLICATION_EXPIRED,
        actor=SYSTEM,
        customer_id=customer_id,
        at=now,
    )
