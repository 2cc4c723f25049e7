"""The moment between an operator's password and their second factor. Pure.

It stands in the session cookie, grants nothing, and is over after a few minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

SIGN_IN_TTL: Final = timedelta(minutes=5)
OFFER_INTERVAL: Final = timedelta(days=30)  # after a "later"


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """Whose password was right, under which session key, and when (since 1970)."""

    operator_id: int
    mark: str
    began: int

    def as_list(self) -> list[int | str]:
        """Return what the cookie holds."""
        return [self.operator_id, self.mark, self.began]

    def is_over(self, now: datetime) -> bool:
        """Tell whether the password has to be typed again."""
        return (
            not 0 <= now.timestamp() - self.began + 1 < SIGN_IN_TTL.total_seconds() + 1
        )


def begin_pending(operator_id: int, session_key: str, now: datetime) -> PendingSignIn:
    """Return what begins with a right password."""
    return PendingSignIn(operator_id, session_mark(session_key), int(now.timestamp()))


def parse_pending(kept: object) -> PendingSignIn | None:
    """Return what a cookie holds; None where it is nothing of the kind."""
    match kept:
        case [int(operator_id), str(mark), int(began)]:
            return PendingSignIn(operator_id, mark, began)
    return None


def session_mark(session_key: str) -> str:
    """Return what tells one session key from another without being one."""
    return sha256(b"pending sign-in:" + session_key.encode()).hexdigest()[:32]


def is_offered(mode: str, postponed_at: datetime | None, now: datetime) -> bool:
    """Tell whether an operator without a second factor is offered one now."""
    if mode != "offered":
        return False
    return postponed_at is None or postponed_at + OFFER_INTERVAL <= now
