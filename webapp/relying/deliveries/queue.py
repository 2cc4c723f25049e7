"""The queue of posts: put in with what they tell of, claimed by one, done once.

Of one kind, institution and subject only the oldest that is not done is claimed, so
that an institution reads them in the order in which they became true. What a dead
worker claimed is free again when its lease is over: it may be sent twice then.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from webapp.db import announce
from webapp.relying.deliveries.errors import DeliveryUnknownError
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import (
    GIVEN_UP_AFTER,
    MAX_RESULT,
    Outcome,
    Verdict,
    next_try,
)

LEASE: Final = timedelta(seconds=60)  # longer than a try may last
SHOWN: Final = 20  # at the counter
_OPEN: Final = Delivery.done_at.is_(None)


def enqueue(
    session: Session,
    *,
    kind: str,
    institution_id: str,
    address: str,
    subject: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> Delivery:
    """Have an institution told, right after the caller commits.

    Those of one kind, institution and `subject` are told in order. `payload` is what
    its kind makes the post of, as JSON; no secret stands in it.
    """
    delivery = Delivery(
        kind=kind,
        institution_id=institution_id,
        subject=subject,
        address=address,
        payload=json.dumps(dict(payload), ensure_ascii=False, sort_keys=True),
        made_at=now,
        due_at=now,
        expires_at=now + GIVEN_UP_AFTER,
        tries=0,
        is_resting=False,
        outcome=Outcome.WAITING,
        result="",
    )
    session.add(delivery)
    session.flush()
    announce(session)
    return delivery


def list_due(
    session: Session, now: datetime, limit: int, *, busy: Collection[str] = ()
) -> Sequence[tuple[int, str]]:
    """Return id and address of what may be sent at `now`, the longest waiting first.

    Nothing for addresses that are `busy`.
    """
    earlier = aliased(Delivery)
    is_first = ~(
        select(earlier.id)
        .where(
            earlier.institution_id == Delivery.institution_id,
            earlier.kind == Delivery.kind,
            earlier.subject == Delivery.subject,
            earlier.id < Delivery.id,
            earlier.done_at.is_(None),
        )
        .exists()
    )
    stmt = (
        select(Delivery.id, Delivery.address)
        .where(
            _OPEN,
            Delivery.due_at <= now,
            _is_free(now),
            Delivery.address.not_in(busy),
            is_first,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
    )
    return [(row.id, row.address) for row in session.execute(stmt)]


def next_due(session: Session) -> datetime | None:
    """Return when the next of what waits is due; None where nothing waits."""
    return session.scalar(
        select(func.min(func.coalesce(Delivery.claimed_until, Delivery.due_at))).where(
            _OPEN
        )
    )


def claim(
    session: Session, delivery_id: int, *, claimant: str, now: datetime
) -> Delivery | None:
    """Claim a delivery for LEASE; None where another worker was faster."""
    claimed = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, _OPEN, Delivery.due_at <= now, _is_free(now))
        .values(claimed_by=claimant, claimed_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return session.get(Delivery, delivery_id, populate_existing=True)


def finish(
    session: Session, delivery: Delivery, verdict: Verdict, now: datetime
) -> bool:
    """Store what came of a try; tell whether the claim still was ours.

    Where nobody answered at an address, all that waits for it rests as long as this
    one; where somebody did, all of it is due.
    """
    failures = delivery.tries + 1
    due_at = next_try(failures, now)
    if verdict.outcome is not Outcome.WAITING:
        values: dict[str, Any] = {"done_at": now, "outcome": verdict.outcome}
    elif due_at > delivery.expires_at:
        values = {"done_at": now, "outcome": Outcome.EXPIRED, "tries": failures}
    else:
        values = {"due_at": due_at, "tries": failures, "is_resting": verdict.is_away}
    finished = session.execute(
        update(Delivery)
        .where(
            Delivery.id == delivery.id,
            Delivery.claimed_by == delivery.claimed_by,
            _OPEN,
        )
        .values(
            claimed_by=None,
            claimed_until=None,
            result=verdict.result[:MAX_RESULT],
            **values,
        )
        .execution_options(synchronize_session=False)
    )
    if finished.rowcount != 1:  # type: ignore[attr-defined]
        return False
    if verdict.outcome is Outcome.DELIVERED:
        _wake_address(session, delivery, now)
    elif verdict.is_away:
        _rest_address(session, delivery, failures, due_at)
    return True


def list_recent(session: Session, institution_id: str) -> Sequence[Delivery]:
    """Return the newest SHOWN deliveries of an institution, the newest first."""
    stmt = (
        select(Delivery)
        .where(Delivery.institution_id == institution_id)
        .order_by(Delivery.id.desc())
        .limit(SHOWN)
    )
    return session.scalars(stmt).all()


def send_again(
    session: Session, institution_id: str, delivery_id: int, now: datetime
) -> Delivery:
    """Have a delivery of an institution sent once more, for a day again.

    Raises:
        DeliveryUnknownError: it has none of that number.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.institution_id != institution_id:
        raise DeliveryUnknownError
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, _is_free(now))
        .values(
            due_at=now,
            expires_at=now + GIVEN_UP_AFTER,
            tries=0,
            is_resting=False,
            done_at=None,
            outcome=Outcome.WAITING,
        )
        .execution_options(synchronize_session=False)
    )
    session.expire(delivery)
    announce(session)
    return delivery


def move(
    session: Session, institution_id: str, kind: str, address: str, now: datetime
) -> None:
    """Have what waits of a kind go to another address; to none it is dropped."""
    values: dict[str, Any] = {
        "address": address,
        "due_at": now,
        "tries": 0,
        "is_resting": False,
    }
    if not address:
        values = {"done_at": now, "outcome": Outcome.DROPPED, "result": ""}
    session.execute(
        update(Delivery)
        .where(Delivery.institution_id == institution_id, Delivery.kind == kind, _OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    announce(session)


def _is_free(now: datetime) -> ColumnElement[bool]:
    # Where the clock was set back, what lies far ahead counts as over.
    return or_(
        Delivery.claimed_until.is_(None),
        Delivery.claimed_until <= now,
        Delivery.claimed_until > now + 2 * LEASE,
    )


def _of_address(delivery: Delivery) -> tuple[ColumnElement[bool], ...]:
    return (
        _OPEN,
        Delivery.institution_id == delivery.institution_id,
        Delivery.address == delivery.address,
        Delivery.claimed_until.is_(None),
    )


def _wake_address(session: Session, delivery: Delivery, now: datetime) -> None:
    session.execute(
        update(Delivery)
        .where(*_of_address(delivery), Delivery.is_resting)
        .values(due_at=now, tries=0, is_resting=False)
        .execution_options(synchronize_session=False)
    )


def _rest_address(
    session: Session, delivery: Delivery, failures: int, due_at: datetime
) -> None:
    """Have what waits for the same address wait as long: one of them asks for all."""
    session.execute(
        update(Delivery)
        .where(*_of_address(delivery), Delivery.due_at < due_at)
        .values(
            due_at=due_at,
            is_resting=True,
            tries=case((Delivery.tries < failures, failures), else_=Delivery.tries),
        )
        .execution_options(synchronize_session=False)
    )
