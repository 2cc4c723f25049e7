"""A call of the phone check from its being placed to its end. The caller commits.

Webhooks and pages meet here, maybe in several workers: a call changes under the lock of
whose it is and of the application that asked for it. What comes late, twice or out of
order changes nothing.
"""

import hmac
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.models import Call
from webapp.authenticators.phone_call import rules
from webapp.authenticators.phone_call.rules import Event, Reply, State
from webapp.db import lock


class CallRequester(Protocol):
    """The step of an application that asks for calls, which enrolment registers."""

    def lock(self, session: Session, application_id: str) -> None:
        """Lock an application whose customer is locked."""
        ...

    def complete_check(
        self, session: Session, application_id: str, now: datetime
    ) -> bool:
        """Pass the phone check of an application; False where it is over."""
        ...


_REQUESTERS: Final[list[CallRequester]] = []


def register_requester(requester: CallRequester) -> None:
    """Have the step of an application told of the calls that it asked for."""
    _REQUESTERS[:] = [requester]


def mark_placed(
    session: Session, call: Call, gateway_id: str, *, rings: bool, now: datetime
) -> None:
    """Store under which name the gateway knows a call."""
    _lock(session, call)
    call.gateway_id = gateway_id[:64]
    if rings:
        apply_event(session, call, Event.RINGS, now)


def mark_not_placed(session: Session, call: Call, now: datetime) -> None:
    """End a call that the gateway refused; one that rings nevertheless goes on."""
    _lock(session, call)
    if call.state == State.ASKED:
        apply_event(session, call, Event.BROKE, now)


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


def answer(session: Session, call: Call, now: datetime) -> Reply:
    """Note that somebody took the call, and return what to say."""
    state = apply_event(session, call, Event.ANSWERED, now)
    return Reply.ASK if state == State.IN_PROGRESS else Reply.OVER


def apply_event(session: Session, call: Call, event: Event, now: datetime) -> State:
    """Let something happen to a call; what comes late changes nothing."""
    _lock(session, call)
    before = State(call.state)
    state = rules.after(rules.seen(before, call.ends_at, now), event)
    if state != before:
        set_state(session, call, state, now)
    return state


def submit_digits(session: Session, call: Call, digits: str, now: datetime) -> Reply:
    """Compare what was keyed in with the two digits on the page.

    Raises:
        NotAnsweredError: nobody has answered this call yet.
    """
    _lock(session, call)
    state = rules.seen(State(call.state), call.ends_at, now)
    if state not in rules.OPEN:
        return Reply.THANK if state == State.RIGHT else Reply.OVER
    if state != State.IN_PROGRESS:
        raise rules.NotAnsweredError
    pair = rules.keyed(digits)
    if pair is None:
        return Reply.ASK
    if hmac.compare_digest(pair, call.digits):
        return _accept(session, call, now)
    return _reject(session, call, now)


def set_state(session: Session, call: Call, state: State, now: datetime) -> None:
    """Change a call whose customer is locked."""
    call.state = state
    call.ended_at = None if state in rules.OPEN else min(now, call.ends_at)
    session.flush()


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


def _accept(session: Session, call: Call, now: datetime) -> Reply:
    """Pass the check, unless the application that asked for it is over."""
    if call.application_id is not None and not all(
        requester.complete_check(session, call.application_id, now)
        for requester in _REQUESTERS
    ):
        apply_event(session, call, Event.ENDED, now)
        return Reply.OVER
    set_state(session, call, State.RIGHT, now)
    record(session, AuditEvent.PHONE_CHECKED, customer_id=call.customer_id, at=now)
    return Reply.THANK


def _reject(session: Session, call: Call, now: datetime) -> Reply:
    """Count a wrong pair."""
    today = wrong_today(session, call.customer_id, now) + 1
    call.errors += 1
    is_last = rules.ends_call(call.errors, today)
    set_state(session, call, State.WRONG if is_last else State.IN_PROGRESS, now)
    is_locked = today >= rules.WRONG_A_DAY
    event = AuditEvent.PHONE_LOCKED if is_locked else AuditEvent.PHONE_REFUSED
    record(session, event, customer_id=call.customer_id, at=now)
    return Reply.REFUSE if is_last else Reply.ASK_AGAIN


def _lock(session: Session, call: Call) -> None:
    lock(session, session.get_one(Customer, call.customer_id))
    if call.application_id is not None:
        for requester in _REQUESTERS:
            requester.lock(session, call.application_id)
    lock(session, call)
