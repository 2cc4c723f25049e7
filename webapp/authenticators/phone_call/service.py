"""Who may be called, how often, and what the page of the phone check shows.

One row a call, stored before the call is placed. It belongs to the step of an
application, or to a sign-in that asks before an act; the day's limits count both. The
caller commits.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call import rules
from webapp.authenticators.phone_call.calls import counting, set_state, wrong_today
from webapp.authenticators.phone_call.rules import CallHistory, State
from webapp.values.remaining_attempts import AfterLastTry, TriesLeft, tries_to_tell

LOGIN_CALL_SHOWN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrigin:
    """What asks for a call: the step of an application, or a sign-in before an act."""

    application_id: str | None = None
    login_session_id: str | None = None

    def matches(self, call: PhoneCall) -> bool:
        """Tell whether a call was asked for here."""
        if self.application_id is not None:
            return call.application_id == self.application_id
        return call.login_session == self.login_session_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """What the page of the check shows."""

    number: str | None = None  # masked
    state: State | None = None
    digits: str | None = field(default=None, repr=False)  # while a call is open
    tried: bool = False
    left: int = 0  # seconds until this call is no longer waited for
    again_in: int = 0  # seconds until the next call may be asked for
    refused: str | None = None  # the code of why there is no next call
    tries: TriesLeft | None = None  # after wrong digits

    @property
    def waits(self) -> bool:
        """Tell whether a call is open."""
        return self.state in rules.OPEN


def phone_locked(session: Session, customer: Customer, now: datetime) -> bool:
    """Tell whether no more calls go to this customer today, unless unlocked."""
    return rules.is_locked(_history(session, customer, None, now))


def unlock_phone(
    session: Session, customer: Customer, actor: Actor, now: datetime
) -> None:
    """Let what happened today count no longer."""
    if not phone_locked(session, customer, now):
        return
    session.execute(
        update(PhoneCall)
        .where(*counting(customer.id, rules.korean_midnight(now)))
        .values(cleared_at=now)
    )
    record(
        session, AuditEvent.PHONE_UNLOCKED, customer_id=customer.id, actor=actor, at=now
    )


def request_call(
    session: Session,
    customer: Customer,
    origin: CallOrigin,
    *,
    random_below: Callable[[int], int],
    now: datetime,
) -> PhoneCall | None:
    """Store a call that is to be placed now, and return it; the customer is locked.

    `None` where the call of this origin is open already.

    Raises:
        PhoneCheckError: no number, or too many calls today, or too soon.
    """
    if rules.callable_number(customer.phone) is None:
        raise rules.NoPhoneError
    if _is_waiting(session, origin, customer, now):
        return None
    rules.require_allowed(_history(session, customer, origin, now), now)
    return _store(session, origin, customer, random_below, now)


def call_view(
    session: Session, origin: CallOrigin, customer: Customer, now: datetime
) -> CallView:
    """Return what the page shows; changes nothing."""
    number = rules.callable_number(customer.phone)
    if number is None:
        return CallView()
    history = _history(session, customer, origin, now)
    last_call = _last_call(session, origin, customer, now)
    last_view = _open_call_view(last_call, now) if last_call else CallView()
    refused = None
    try:
        rules.require_allowed(history, now)
    except rules.TooSoonError:
        pass  # the button says when
    except rules.PhoneCheckError as error:
        refused = error.code
    return CallView(
        number=rules.masked(number),
        state=last_view.state,
        digits=last_view.digits,
        tried=last_view.tried,
        left=last_view.left,
        again_in=0 if last_view.waits else rules.pause_left(history.last_ended, now),
        refused=refused,
        tries=tries_to_tell(
            history.wrong_today, rules.MAX_ERRORS_PER_DAY, AfterLastTry.TOMORROW
        ),
    )


def _is_waiting(
    session: Session, origin: CallOrigin, customer: Customer, now: datetime
) -> bool:
    """Tell whether the origin's call is open; end what another one left open."""
    call = session.scalar(
        select(PhoneCall)
        .where(PhoneCall.customer_id == customer.id, PhoneCall.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if call is None:
        return False
    if origin.matches(call) and now < call.ends_at:
        return True
    set_state(session, call, State.OVER, now)
    return False


def _store(
    session: Session,
    origin: CallOrigin,
    customer: Customer,
    random_below: Callable[[int], int],
    now: datetime,
) -> PhoneCall:
    call = PhoneCall(
        id=secrets.token_urlsafe(16),
        application_id=origin.application_id,
        login_session=origin.login_session_id,
        customer_id=customer.id,
        digits=rules.draw_digits(random_below),
        state=State.ASKED,
        asked_at=now,
        ends_at=now + rules.WAIT,
    )
    session.add(call)
    session.flush()
    record(session, AuditEvent.PHONE_CALLED, customer_id=call.customer_id, at=now)
    return call


def _last_call(
    session: Session, origin: CallOrigin, customer: Customer, now: datetime
) -> PhoneCall | None:
    conditions: tuple[ColumnElement[bool], ...]
    if origin.application_id is not None:
        conditions = (PhoneCall.application_id == origin.application_id,)
    else:  # how a call ended that was for an act of long ago is no news
        conditions = (
            PhoneCall.customer_id == customer.id,
            PhoneCall.login_session == origin.login_session_id,
            PhoneCall.asked_at > now - LOGIN_CALL_SHOWN,
        )
    return session.scalar(
        select(PhoneCall)
        .where(*conditions)
        .order_by(PhoneCall.asked_at.desc(), PhoneCall.id)
        .limit(1)
    )


def _open_call_view(call: PhoneCall, now: datetime) -> CallView:
    state = rules.state_at(State(call.state), call.ends_at, now)
    if state not in rules.OPEN:
        return CallView(state=state)
    left = (call.ends_at - now).total_seconds()
    # A clock that was set back must not let anybody wait longer.
    left = min(left, rules.WAIT.total_seconds())
    return CallView(
        state=state, digits=call.digits, tried=call.errors > 0, left=int(left)
    )


def _history(
    session: Session, customer: Customer, origin: CallOrigin | None, now: datetime
) -> CallHistory:
    today = counting(customer.id, rules.korean_midnight(now))
    of_application = None
    if origin is not None and origin.application_id is not None:
        of_application = session.scalar(
            select(func.count(PhoneCall.id)).where(
                PhoneCall.application_id == origin.application_id,
                PhoneCall.cleared_at.is_(None),
            )
        )
    # One that nobody ended was over when its time was.
    last_ended = select(
        func.max(func.coalesce(PhoneCall.ended_at, PhoneCall.ends_at))
    ).where(
        PhoneCall.customer_id == customer.id,
        func.coalesce(PhoneCall.ended_at, PhoneCall.ends_at) <= now,
    )
    return CallHistory(
        of_application=of_application or 0,
        today=session.scalar(select(func.count(PhoneCall.id)).where(*today)) or 0,
        wrong_today=wrong_today(session, customer.id, now),
        last_ended=session.scalar(last_ended),
    )
