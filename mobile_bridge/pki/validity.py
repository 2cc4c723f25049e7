"""Whether a certificate counts now, from all that is known of it. Pure.

Twin of frontend/certificates/validity.js: only the centre's word makes a certificate
usable, and time is the centre's where it said what time it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

DAY: Final = timedelta(days=1)


class State(StrEnum):
    """What is shown; `unknown` is another centre's, `unchecked` was not answered."""

    USABLE = "usable"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    UNCHECKED = "unchecked"


_WORDS: Final = {
    "good": State.USABLE,
    "suspended": State.SUSPENDED,
    "revoked": State.REVOKED,
    "expired": State.EXPIRED,
    "unknown": State.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Validity:
    """A state, and the centre's time where it is known."""

    state: State
    centre_time: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nobody accepts it ever again."""
        return self.state in (State.REVOKED, State.EXPIRED)

    def is_clock_wrong(self, device_time: datetime) -> bool:
        """Tell whether this computer's clock is wrong by over a day."""
        reported = self.centre_time
        return reported is not None and abs(reported - device_time) > DAY


UNCHECKED: Final = Validity(State.UNCHECKED)


def read_validity(answer: Mapping[str, Any], not_after: datetime) -> Validity:
    """Judge one certificate by the centre's answer to /pki/status."""
    try:
        (certificate,) = answer["certificates"]
        state = _WORDS[certificate["status"]]
        centre_time = datetime.fromisoformat(answer["now"])
        is_past = not_after < centre_time
    except (KeyError, TypeError, ValueError):
        return UNCHECKED
    if is_past and state is not State.REVOKED:
        state = State.EXPIRED
    return Validity(state, centre_time)
