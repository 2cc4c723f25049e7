"""Clear away what is over: applications nobody goes on with, old calls and challenges,
requests of institutions that nobody approved, and what institutions were told.

A batch at a time, so that nobody waits for the database.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.models import PasskeyChallenge, PhoneCall
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application, CloseReason
from webapp.relying.asking.documents.models import AskingDocument
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.rules import State
from webapp.relying.deliveries.models import Delivery
from webapp.relying.signing.models import SigningRequest

RETENTION: Final = timedelta(days=30)  # for whoever asks what happened
BATCH: Final = 100


def close_expired(session: Session, now: datetime) -> int:
    """Close a batch of applications whose time is over; return how many.

    One whose certificate is issued stays: its holder still has to keep it somewhere.
    """
    issued = exists().where(Certificate.application_id == Application.id)
    expired = (
        Application.closed_at.is_(None),
        Application.expires_at <= now,
        ~issued,
    )
    batch = select(Application.id).where(*expired).order_by(Application.id).limit(BATCH)
    closed = session.execute(
        update(Application)
        .where(Application.id.in_(session.scalars(batch).all()), *expired)
        .values(closed_at=now, closed_because=CloseReason.EXPIRED)
        .returning(Application.customer_id)
        .execution_options(synchronize_session=False)
    ).all()
    for (customer_id,) in closed:
        _record_closed(session, customer_id, now)
    return len(closed)


def delete_old(session: Session, now: datetime) -> int:
    """Delete a batch of calls and challenges that ended long ago; return how many."""
    deleted = 0
    for table in (PhoneCall, PasskeyChallenge):
        old = select(table.id).where(table.ends_at < now - RETENTION).limit(BATCH)
        ids = session.scalars(old).all()
        session.execute(
            delete(table)
            .where(table.id.in_(ids))
            .execution_options(synchronize_session=False)
        )
        deleted += len(ids)
    return deleted


def delete_unapproved(session: Session, now: datetime) -> int:
    """Delete a batch of requests that ended long ago without an approval.

    An approved one stays, with its signatures: they prove what was agreed to.
    """
    old = (
        select(AskingRequest.id)
        .where(
            AskingRequest.state.in_([one for one in State if one != State.APPROVED]),
            AskingRequest.expires_at < now - RETENTION,
        )
        .limit(BATCH)
    )
    ids = session.scalars(old).all()
    for key in (AskingDocument.request_id, SigningRequest.id):
        session.execute(
            delete(key.class_)
            .where(key.in_(ids))
            .execution_options(synchronize_session=False)
        )
    session.execute(
        delete(AskingRequest)
        .where(AskingRequest.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def delete_delivered(session: Session, now: datetime) -> int:
    """Delete a batch of deliveries that ended long ago; return how many."""
    old = select(Delivery.id).where(Delivery.done_at < now - RETENTION).limit(BATCH)
    ids = session.scalars(old).all()
    session.execute(
        delete(Delivery)
        .where(Delivery.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _record_closed(session: Session, customer_id: int, now: datetime) -> None:
    record(
        session,
        AuditEvent.APPLICATION_EXPIRED,
        actor=SYSTEM,
        customer_id=customer_id,
        at=now,
    )
