"""A call of the phone check from its being placed to its end.

Webhooks and pages meet here, maybe in several workers: a call changes under the lock of
whose it is, and only from the state that was read. What comes late, twice or out of
order changes nothing.
"""

import hmac
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.models import Call
from webapp.authenticators.phone_call import rules
from webapp.authenticators.phone_call.rules import Event, Reply, State
from webapp.db import lock
from webapp.enrolment.errors import ApplicationError
from webapp.enrolment.guards import move_on, require_alive
from webapp.enrolment.models import Application


def placed(
    session: Session, call: Call, gateway_id: str, *, rings: bool, now: datetime
) -> None:
    """Keep under which name the gateway knows a call."""
    call.gateway_id = gateway_id[:64]
    session.commit()
    if rings:
        happened(session, call, Event.RINGS, now)


def not_placed(session: Session, call: Call, now: datetime) -> None:
    """End a call that the gateway refused; one that rings nevertheless goes on."""
    session.refresh(call)
    if call.state == State.ASKED:
        happened(session, call, Event.BROKE, now)


def find_call(session: Session, call_id: str, gateway_id: str) -> Call:
    """Return the call that a webhook is about.

    Raises:
        VoiceRefusedError: there is none, or the gateway means another one.
    """
    call = session.get(Call, call_id)
    if call is None or call.gateway_id not in (None, gateway_id):
        raise rules.VoiceRefusedError
    return call


def find_rung(session: Session, gateway_id: str) -> Call:
    """Return a call by the gateway's name of it.

    Raises:
        UnknownCallError: there is none.
    """
    call = session.scalar(select(Call).where(Call.gateway_id == gateway_id))
    if call is None:
        raise rules.UnknownCallError
    return call


def find_ringing(session: Session, now: datetime) -> Call | None:
    """Return the newest call that is still open and was placed."""
    return session.scalar(
        select(Call)
        .where(
            Call.ended_at.is_(None), Call.ends_at > now, Call.gateway_id.is_not(None)
        )
        .order_by(Call.asked_at.desc())
        .limit(1)
    )


def answered(session: Session, call: Call, now: datetime) -> Reply:
    """Note that somebody took the call, and return what to say."""
    state = happened(session, call, Event.ANSWERED, now)
    return Reply.ASK if state == State.IN_PROGRESS else Reply.OVER


def happened(session: Session, call: Call, event: Event, now: datetime) -> State:
    """Let something happen to a call; what comes late changes nothing."""
    _lock(session, call)
    while True:
        before = State(call.state)
        wanted = rules.after(rules.seen(before, call.ends_at, now), event)
        if wanted == before:
            return before
        if move(session, call, wanted, now):
            session.commit()
            return wanted
        _read_again(session, call)


def key_in(session: Session, call: Call, typed: str, now: datetime) -> Reply:
    """Compare what was keyed in with the two digits on the page.

    Raises:
        NotAnsweredError: nobody has answered this call yet.
    """
    _lock(session, call)
    while True:
        state = rules.seen(State(call.state), call.ends_at, now)
        if state not in rules.OPEN:
            return Reply.THANK if state == State.RIGHT else Reply.OVER
        if state != State.IN_PROGRESS:
            raise rules.NotAnsweredError
        pair = rules.keyed(typed)
        if pair is None:
            return Reply.ASK
        compare = _right if hmac.compare_digest(pair, call.digits) else _wrong
        reply = compare(session, call, now)
        if reply is not None:
            return reply
        _read_again(session, call)


def move(
    session: Session,
    call: Call,
    wanted: State,
    now: datetime,
    *,
    errors: int | None = None,
) -> bool:
    """Change a call if it still is as it was read; no commit."""
    ended = None if wanted in rules.OPEN else min(now, call.ends_at)
    moved = session.scalar(
        update(Call)
        .where(Call.id == call.id, Call.state == call.state, Call.errors == call.errors)
        .values(
            state=wanted,
            errors=call.errors if errors is None else errors,
            ended_at=ended,
        )
        .returning(Call.id)
    )
    return moved is not None


def wrong_today(session: Session, customer_id: int, now: datetime) -> int:
    """Return how many wrong pairs of a customer count today."""
    today = counting(customer_id, rules.day_began(now))
    return session.scalar(select(func.sum(Call.errors)).where(*today)) or 0


def counting(customer_id: int, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Name the calls of a customer that count today."""
    return (
        Call.customer_id == customer_id,
        Call.asked_at >= since,
        Call.cleared_at.is_(None),
    )


def _right(session: Session, call: Call, now: datetime) -> Reply | None:
    """Pass the check; `None` where somebody else changed the call meanwhile."""
    application = _application_of(session, call)
    if application is None:
        if not move(session, call, State.RIGHT, now):
            return None
        record(session, AuditEvent.PHONE_CHECKED, customer_id=call.customer_id, at=now)
        session.commit()
        return Reply.THANK
    try:
        require_alive(session, application, now)
    except ApplicationError:
        happened(session, call, Event.ENDED, now)
        return Reply.OVER
    if not move(session, call, State.RIGHT, now):
        return None
    if application.phone_checked_at is None:
        application.phone_checked_at = now
    record(session, AuditEvent.PHONE_CHECKED, customer_id=call.customer_id, at=now)
    move_on(session, application, now)
    session.commit()
    return Reply.THANK


def _wrong(session: Session, call: Call, now: datetime) -> Reply | None:
    """Count a wrong pair; `None` where somebody else changed the call meanwhile."""
    errors = call.errors + 1
    today = wrong_today(session, call.customer_id, now) + 1
    ends = rules.ends_call(errors, today)
    wanted = State.WRONG if ends else State.IN_PROGRESS
    if not move(session, call, wanted, now, errors=errors):
        return None
    locked = today >= rules.WRONG_A_DAY
    event = AuditEvent.PHONE_LOCKED if locked else AuditEvent.PHONE_REFUSED
    record(session, event, customer_id=call.customer_id, at=now)
    session.commit()
    return Reply.REFUSE if ends else Reply.ASK_AGAIN


def _read_again(session: Session, call: Call) -> None:
    session.rollback()
    _lock(session, call)


def _lock(session: Session, call: Call) -> None:
    customer = session.get_one(Customer, call.customer_id)
    application = _application_of(session, call)
    lock(session, customer, *([application] if application else []), call)


def _application_of(session: Session, call: Call) -> Application | None:
    """Return whose step asked for a call; None: a sign-in did, before an act."""
    if call.application_id is None:
        return None
    return session.get_one(Application, call.application_id)
