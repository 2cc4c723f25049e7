"""How many wrong tries are left, and from when on a page says so. Pure.

One rule for everything that can be tried and is locked by wrong tries: passwords, dates
of birth, PINs, card codes, one-time codes, the digits of a call.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TOLD_FROM: Final = 3  # wrong tries
# Where there are few at all, the first wrong one already leaves no more than these.
FEW_LEFT: Final = 4


class AfterLastTry(StrEnum):
    """What happens when none is left."""

    WAIT = "wait"  # for some minutes
    COUNTER = "counter"  # it is locked, and the counter unlocks it
    TOMORROW = "tomorrow"  # or the counter
    COLLEAGUE = "colleague"  # of an operator: another administrator helps


@dataclass(frozen=True, slots=True)
class TriesLeft:
    """What a page says: how many, what comes then, and for WAIT how many minutes."""

    left: int
    then: AfterLastTry
    minutes: int = 0


def tries_to_tell(
    wrong: int, limit: int, then: AfterLastTry, *, minutes: int = 0
) -> TriesLeft | None:
    """Return what a page says after `wrong` of `most` tries; None while it is early."""
    left = max(limit - wrong, 0)
    if wrong < 1 or (wrong < TOLD_FROM and left > FEW_LEFT):
        return None
    return TriesLeft(left, then, minutes)
