"""The rules of the phone check: how a call goes, how often one may be asked for. Pure.

The page shows two digits, the registered phone rings, and its owner keys them in. There
are only 100 values, so that wrong ones are counted for each customer and day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mobile_bridge.formats.korean_time import day_start, korean_date
from webapp.exceptions import AppError

WAIT = timedelta(seconds=90)  # how long the page waits, from asking on
RING = timedelta(seconds=40)  # before nobody answers; part of the wait
PAUSE = timedelta(seconds=20)  # between the end of a call and the next
MAX_CALLS_PER_APPLICATION = 5
MAX_CALLS_PER_DAY = 10
MAX_ERRORS_PER_CALL = 2
MAX_ERRORS_PER_DAY = 5

_KOREAN = re.compile(r"\+82(2|\d{2})(\d{3,4})(\d{4})")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


class State(StrEnum):
    """How a call stands."""

    ASKED = "asked"
    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    RIGHT = "right"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    HUNG_UP = "hung_up"
    FAILED = "failed"
    OVER = "over"


class Event(StrEnum):
    """What happens to a call."""

    RINGS = "rings"
    ANSWERED = "answered"
    KEYED_RIGHT = "keyed_right"
    KEYED_WRONG = "keyed_wrong"  # for the last time
    NOBODY = "nobody"
    LINE_BUSY = "line_busy"
    ENDED = "ended"  # whoever put the phone down
    BROKE = "broke"
    TIME_PASSED = "time_passed"


OPEN: Final = (State.ASKED, State.RINGING, State.IN_PROGRESS)

# What is not listed changes nothing: webhooks come late, twice and out of order.
TRANSITIONS: Final = {
    (State.ASKED, Event.RINGS): State.RINGING,
    (State.ASKED, Event.ANSWERED): State.IN_PROGRESS,
    (State.ASKED, Event.NOBODY): State.NO_ANSWER,
    (State.ASKED, Event.LINE_BUSY): State.BUSY,
    (State.ASKED, Event.ENDED): State.HUNG_UP,
    (State.ASKED, Event.BROKE): State.FAILED,
    (State.ASKED, Event.TIME_PASSED): State.OVER,
    (State.RINGING, Event.ANSWERED): State.IN_PROGRESS,
    (State.RINGING, Event.NOBODY): State.NO_ANSWER,
    (State.RINGING, Event.LINE_BUSY): State.BUSY,
    (State.RINGING, Event.ENDED): State.HUNG_UP,
    (State.RINGING, Event.BROKE): State.FAILED,
    (State.RINGING, Event.TIME_PASSED): State.OVER,
    (State.IN_PROGRESS, Event.KEYED_RIGHT): State.RIGHT,
    (State.IN_PROGRESS, Event.KEYED_WRONG): State.WRONG,
    (State.IN_PROGRESS, Event.ENDED): State.HUNG_UP,
    (State.IN_PROGRESS, Event.BROKE): State.FAILED,
    (State.IN_PROGRESS, Event.TIME_PASSED): State.OVER,
}

# What a gateway that speaks TwiML says of a call, `CallStatus`.
GATEWAY_EVENTS: Final = {
    "ringing": Event.RINGS,
    "in-progress": Event.ANSWERED,
    "completed": Event.ENDED,
    "busy": Event.LINE_BUSY,
    "no-answer": Event.NOBODY,
    "failed": Event.BROKE,
    "canceled": Event.BROKE,
}


class PhoneCheckError(AppError):
    """The phone check refused something."""

    code = "phone_refused"
    keeps_changes = True  # what another tab left open has ended


class NoPhoneError(PhoneCheckError):
    """No number is registered that could be called."""

    code = "phone_not_registered"


class PhoneLockedError(PhoneCheckError):
    """The digits were wrong too often today."""

    code = "phone_locked"


class DayUsedUpError(PhoneCheckError):
    """There were too many calls today."""

    code = "phone_day_used_up"


class ApplicationUsedUpError(PhoneCheckError):
    """There were too many calls for this application."""

    code = "phone_application_used_up"


class TooSoonError(PhoneCheckError):
    """The last call ended only a moment ago."""

    code = "phone_too_soon"


class NotAnsweredError(PhoneCheckError):
    """Digits came of a call that nobody has answered."""

    code = "call_not_answered"


class UnknownCallError(PhoneCheckError):
    """There is no such call at this address."""

    code = "unknown_call"


class VoiceRefusedError(PhoneCheckError):
    """Whoever asked is not the voice gateway, or means no call of ours."""

    code = "voice_refused"


class VoicePrompt(StrEnum):
    """What the voice on the phone says next."""

    ASK = "ask"
    ASK_AGAIN = "ask_again"  # the digits were wrong, once more is left
    THANK = "thank"
    REFUSE = "refuse"
    OVER = "over"  # this call is no longer waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHistory:
    """What counts when a customer asks for a call."""

    of_application: int
    today: int
    wrong_today: int
    last_ended: datetime | None


def after(state: State, event: Event) -> State:
    """Return the state that `event` leaves."""
    return TRANSITIONS.get((state, event), state)


def state_at(state: State, ends_at: datetime, now: datetime) -> State:
    """Return how a call stands at a moment, whether or not anybody said so."""
    return after(state, Event.TIME_PASSED) if now >= ends_at else state


def draw_digits(random_below: Callable[[int], int]) -> str:
    """Return two digits, each pair as likely as any other.

    `random_below` is `secrets.randbelow`, or what a test puts in its place.
    """
    return f"{random_below(100):02d}"


def parse_digits(typed: str) -> str | None:
    """Return two digits as a gateway sends them; what is no such pair is no try."""
    return typed if re.fullmatch(r"[0-9]{2}", typed) else None


def ends_call(errors: int, wrong_today: int) -> bool:
    """Tell whether a wrong pair was the last that may be tried; both include it."""
    return errors >= MAX_ERRORS_PER_CALL or wrong_today >= MAX_ERRORS_PER_DAY


def is_locked(history: CallHistory) -> bool:
    """Tell whether nothing more happens today unless the counter unlocks."""
    return (
        history.wrong_today >= MAX_ERRORS_PER_DAY or history.today >= MAX_CALLS_PER_DAY
    )


def require_allowed(history: CallHistory, now: datetime) -> None:
    """Refuse one call more than there may be.

    Raises:
        PhoneLockedError, DayUsedUpError, ApplicationUsedUpError, TooSoonError
    """
    if history.wrong_today >= MAX_ERRORS_PER_DAY:
        raise PhoneLockedError
    if history.today >= MAX_CALLS_PER_DAY:
        raise DayUsedUpError
    if history.of_application >= MAX_CALLS_PER_APPLICATION:
        raise ApplicationUsedUpError
    if pause_left(history.last_ended, now):
        raise TooSoonError


def pause_left(last_ended: datetime | None, now: datetime) -> int:
    """Return in how many whole seconds the next call may be asked for."""
    if last_ended is None:
        return 0
    left = (last_ended + PAUSE - now).total_seconds()
    # A clock that was set back must not make anybody wait for hours.
    return min(max(0, -int(-left // 1)), int(PAUSE.total_seconds()))


def korean_midnight(now: datetime) -> datetime:
    """Return the Korean midnight before `now`."""
    return day_start(korean_date(now))


def callable_number(phone: str | None) -> str | None:
    """Return a registered number that can be called: E.164."""
    return phone if phone and _E164.fullmatch(phone) else None


def masked(phone: str) -> str:
    """Return a number so that its owner knows it and nobody else learns it."""
    korean = _KOREAN.fullmatch(phone)
    if korean:
        return f"0{korean[1]}-{'*' * len(korean[2])}-{korean[3]}"
    return f"****-{phone[-4:]}"
