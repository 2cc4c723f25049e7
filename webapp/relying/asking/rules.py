"""The life of a request. Pure.

A request is made, seen on a device, and ends once: approved, declined, expired or
withdrawn. Whether its time is over is a matter of the clock, not of what is stored.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.relying.asking.errors import (
    AskingError,
    RequestApprovedError,
    RequestDeclinedError,
    RequestExpiredError,
    RequestUnseenError,
    RequestWithdrawnError,
)


class State(StrEnum):
    """What a request is at a moment."""

    MADE = "made"
    SEEN = "seen"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered."""
        return self in (State.MADE, State.SEEN)


class Event(StrEnum):
    """What happens to a request."""

    OPEN = "open"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = MappingProxyType(
    {
        (State.MADE, Event.OPEN): State.SEEN,  # a device was shown what is asked for
        (State.SEEN, Event.OPEN): State.SEEN,  # it reloads, or another browser of it
        (State.SEEN, Event.APPROVE): State.APPROVED,
        (State.SEEN, Event.DECLINE): State.DECLINED,
        (State.MADE, Event.WITHDRAW): State.WITHDRAWN,
        (State.SEEN, Event.WITHDRAW): State.WITHDRAWN,
        (State.MADE, Event.EXPIRE): State.EXPIRED,
        (State.SEEN, Event.EXPIRE): State.EXPIRED,
    }
)
_REFUSALS: Final[Mapping[State, type[AskingError]]] = MappingProxyType(
    {
        State.MADE: RequestUnseenError,
        State.APPROVED: RequestApprovedError,
        State.DECLINED: RequestDeclinedError,
        State.EXPIRED: RequestExpiredError,
        State.WITHDRAWN: RequestWithdrawnError,
    }
)


def state_at(stored: State, expires_at: datetime, now: datetime) -> State:
    """Return what a request is at `now`; in the second of its end it is over."""
    if stored.is_open and now >= expires_at:
        return TRANSITIONS[stored, Event.EXPIRE]
    return stored


def next_state(state: State, event: Event) -> State:
    """Return what a request becomes.

    Raises:
        AskingError: of the kind that says what the request is instead.
    """
    if (state, event) not in TRANSITIONS:
        raise _REFUSALS[state]
    return TRANSITIONS[state, event]
