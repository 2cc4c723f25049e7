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
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call import rules
from webapp.authenticators.phone_call.rules import Event, State, VoicePrompt
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
    session: Session, call: PhoneCall, gateway_id: str, *, rings: bool, now: datetime
) -> None:
    """Store under which name the gateway knows a call."""
    _lock(session, call)
    call.gateway_id = gateway_id[:64]
    if rings:
        apply_event(session, call, Event.RINGS, now)


def mark_not_placed(session: Session, call: PhoneCall, now: datetime) -> None:
    """End a call that the gateway refused; one that rings nevertheless goes on."""
    _lock(session, call)
    if call.state == State.ASKED:
        apply_event(session, call, Event.BROKE, now)


def find_call(session: Session, call_id: str, gateway_id: str) -> PhoneCall:
    """Return the call that a webhook is about.

    Raises:
        VoiceRefusedError: there is none, or the gateway means another one.
    """
    call = session.get(PhoneCall, call_id)
    if call is None or call.gateway_id not in (None, gateway_id):
        raise rules.VoiceRefusedError
    return call


def find_by_gateway_id(session: Session, gateway_id: str) -> PhoneCall:
    """Return a call by the gateway's name of it.

    Raises:
        UnknownCallError: there is none.
    """
    call = session.scalar(select(PhoneCall).where(PhoneCall.gateway_id == gateway_id))
    if call is None:
        raise rules.UnknownCallError
    return call


def find_ringing(session: Session, now: datetime) -> PhoneCall | None:
    """Return the newest call that is still open and was placed."""
    return session.scalar(
        select(PhoneCall)
        .where(
            PhoneCall.ended_at.is_(None),
            PhoneCall.ends_at > now,
            PhoneCall.gateway_id.is_not(None),
        )
        .order_by(PhoneCall.asked_at.desc())
        .limit(1)
    )


def answer(session: Session, call: PhoneCall, now: datetime) -> VoicePrompt:
    """Note that somebody took the call, and return what to say."""
    state = apply_event(session, call, Event.ANSWERED, now)
    return VoicePrompt.ASK if state == State.IN_PROGRESS else VoicePrompt.OVER


def apply_event(
    session: Session, call: PhoneCall, event: Event, now: datetime
) -> State:
    """Let something happen to a call; what comes late changes nothing."""
    _lock(session, call)
    before = State(call.state)
    state = rules.after(rules.state_at(before, call.ends_at, now), event)
    if state != before:
        set_state(session, call, state, now)
    return state


def submit_digits(
    session: Session, call: PhoneCall, digits: str, now: datetime
) -> VoicePrompt:
    """Compare what was keyed in with the two digits on the page.

    Raises:
        NotAnsweredError: nobody has answered this call yet.
    """
    _lock(session, call)
    state = rules.state_at(State(call.state), call.ends_at, now)
    if state not in rules.OPEN:
        return VoicePrompt.THANK if state == State.RIGHT else VoicePrompt.OVER
    if state != State.IN_PROGRESS:
        raise rules.NotAnsweredError
    pair = rules.parse_digits(digits)
    if pair is None:
        return VoicePrompt.ASK
    if hmac.compare_digest(pair, call.digits):
        return _accept(session, call, now)
    return _reject(session, call, now)


def set_state(session: Session, call: PhoneCall, state: State, now: datetime) -> None:
    """Change a call whose customer is locked."""
    call.state = state
    call.ended_at = None if state in rules.OPEN else min(now, call.ends_at)
    session.flush()


def wrong_today(session: Session, customer_id: int, now: datetime) -> int:
    """Return how many wrong pairs of a customer count today."""
    today = counting(customer_id, rules.korean_midnight(now))
    return session.scalar(select(func.sum(PhoneCall.errors)).where(*today)) or 0


def counting(customer_id: int, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Name the calls of a customer that count today."""
    return (
        PhoneCall.customer_id == customer_id,
        PhoneCall.asked_at >= since,
        PhoneCall.cleared_at.is_(None),
    )


def _accept(session: Session, call: PhoneCall, now: datetime) -> VoicePrompt:
    """Pass the check, unless the application that asked for it is over."""
    if call.application_id is not None and not all(
        requester.complete_check(session, call.application_id, now)
        for requester in _REQUESTERS
    ):
        apply_event(session, call, Event.ENDED, now)
        return VoicePrompt.OVER
    set_state(session, call, State.RIGHT, now)
    record(session, AuditEvent.PHONE_CHECKED, customer_id=call.customer_id, at=now)
    return VoicePrompt.THANK


def _reject(session: Session, call: PhoneCall, now: datetime) -> VoicePrompt:
    """Count a wrong pair."""
    today = wrong_today(session, call.customer_id, now) + 1
    call.errors += 1
    is_last = rules.ends_call(call.errors, today)
    set_state(session, call, State.WRONG if is_last else State.IN_PROGRESS, now)
    is_locked = today >= rules.MAX_ERRORS_PER_DAY
    event = AuditEvent.PHONE_LOCKED if is_locked else AuditEvent.PHONE_REFUSED
    record(session, event, customer_id=call.customer_id, at=now)
    return VoicePrompt.REFUSE if is_last else VoicePrompt.ASK_AGAIN


def _lock(session: Session, call: PhoneCall) -> None:
    lock(session, session.get_one(Customer, call.customer_id))
    if call.application_id is not None:
        for requester in _REQUESTERS:
            requester.lock(session, call.application_id)
    lock(session, call)
