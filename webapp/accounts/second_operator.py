"""When a change at the counter holds certificates back until a second operator agrees.

Whoever hands out passwords and cards could take a certificate in anybody's name. So for
a day after such a change, and for a new customer at all, one operator is not enough.
Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from webapp.accounts.change_kinds import ChangeKind
from webapp.exceptions import AppError

TOLD: Final = "told"  # a notice of the change was sent
UNTOLD: Final = "untold"  # none could be


class SecondOperatorNeededError(AppError):
    """Something was changed at the counter, and nobody else there has agreed to it."""

    code = "second_operator_needed"

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.details: Mapping[str, object] = {"until": until}


class RegistrationUnconfirmedError(AppError):
    """Only the operator who registered this customer has said who they are."""

    code = "registration_unconfirmed"


class ChangeUntoldError(AppError):
    """The person could not be told of a change, so it does not end by itself."""

    code = "change_untold"


class Change(Protocol):
    """What is asked of a change."""

    kind: str
    made_at: datetime
    operator_id: int | None
    agreed_at: datetime | None
    told: str | None  # TOLD or UNTOLD; none while a notice waits


@dataclass(frozen=True, slots=True)
class SecondOperatorRule:
    """For how long a change holds certificates back; 0 hours: never."""

    hours: int = 24
    new_customers: bool = True  # they are held until somebody agrees

    def holds(self, change: Change, now: datetime) -> bool:
        """Tell whether a change holds certificates back at `now`."""
        if not self.hours or change.agreed_at or change.operator_id is None:
            return False
        if not ChangeKind(change.kind).holds:
            return False
        until = self.until(change, now)
        return until is None or now < until

    def until(self, change: Change, now: datetime) -> datetime | None:
        """Return when a change ends to hold; None: not by itself.

        One of which its person was not told never does: they could not object.
        """
        end = change.made_at + timedelta(hours=self.hours)
        if change.kind == ChangeKind.REGISTERED:
            return None if self.new_customers else end
        may_be_told = change.told is None and now < end
        return end if change.told == TOLD or may_be_told else None

    def require_free(self, changes: Iterable[Change], now: datetime) -> None:
        """Refuse a certificate while a change holds it back.

        Raises:
            RegistrationUnconfirmedError, ChangeUntoldError, SecondOperatorNeededError
        """
        ends = [
            (change.kind, self.until(change, now))
            for change in changes
            if self.holds(change, now)
        ]
        endless = {kind for kind, end in ends if end is None}
        if "registered" in endless:
            raise RegistrationUnconfirmedError
        if endless:
            raise ChangeUntoldError
        if ends:
            raise SecondOperatorNeededError(max(end for _, end in ends if end))
