"""What is asked once more before an act for which the password is not enough.

Step-up authentication: resuming, revoking and pairing a device want a second check,
passed minutes ago in this very sign-in. Pure; suspending wants none, so that danger
waits for nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from webapp.authenticators.recent_checks import still_counts
from webapp.exceptions import AppError

CHECK_VALIDITY: Final = timedelta(minutes=10)
# Whoever knows the password can remove an app or a passkey (a lost phone goes at once).
# So long after that the password does not stand in for it; the holder hears of it.
REMOVAL_DELAY: Final = timedelta(days=1)
_AIM: Final = re.compile(
    r"(resume|revoke)\.([0-9A-Za-z_-]{1,32})|(pair)\.(device)", re.ASCII
)
PAIRING: Final = ("pair", "device")  # of no certificate


class StepUpNeededError(AppError):
    """The act wants a second check that this sign-in has not passed lately."""

    code = "step_up_needed"


class Kind(StrEnum):
    """What a check was."""

    FACTOR = "factor"  # security card, authenticator app or passkey
    PHONE = "phone"  # the centre's call, for an application or for an act
    SIGNATURE = "signature"  # a sign-in by the key of a valid certificate of theirs
    TYPED = "typed"  # the password once more, by who has neither


# What is enough only for who has nothing else to be checked by.
_ALONE: Final = frozenset({Kind.TYPED, Kind.SIGNATURE})


class Need(StrEnum):
    """What is asked for now."""

    NOTHING = "nothing"
    FACTOR = "factor"
    PHONE = "phone"  # the centre's call
    TYPED = "typed"  # the password
    COUNTER = "counter"  # the one factor was removed a moment ago


@dataclass(frozen=True, slots=True)
class Check:
    """A check that this sign-in passed."""

    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True)
class Factors:
    """What a holder can be checked by, and what happened to it.

    `changed_at` is the last change that the counter made to how the holder is checked,
    `removed_at` is when the holder last removed an app or a passkey. `is_callable`: the
    centre checks by phone, and the registered number can be called.
    """

    has_any: bool = False
    is_callable: bool = False
    any_locked: bool = False
    changed_at: datetime | None = None
    removed_at: datetime | None = None


def newest_counting(
    checks: Iterable[Check], factors: Factors, now: datetime
) -> Check | None:
    """Return the newest check that still counts; None: one is asked for.

    A typed password, or a certificate that signed in, is nothing where there is a
    factor or a phone to call, or was a factor a moment ago: who took a device with a
    certificate on it must not lift the suspension of another. What wrong answers locked
    since may have been guessed.
    """
    counts = [
        check
        for check in checks
        if still_counts(check.at, now, CHECK_VALIDITY, factors.changed_at)
        and not (check.kind is Kind.FACTOR and factors.any_locked)
        and not (check.kind in _ALONE and _without(factors, now) is not None)
    ]
    return max(counts, key=lambda check: check.at, default=None)


def need(checks: Iterable[Check], factors: Factors, now: datetime) -> Need:
    """Return what is asked for; a locked factor is still the one that is asked for."""
    if newest_counting(checks, factors, now) is not None:
        return Need.NOTHING
    return _without(factors, now) or Need.TYPED


def format_aim(action: str, certificate_id: str) -> str:
    """Return what names an act on the pages that ask: "revoke.0123abcd"."""
    return f"{action}.{certificate_id}"


def read_aim(aim: str) -> tuple[str, str] | None:
    """Return action and certificate of an aim, or PAIRING; None: it is neither."""
    match = _AIM.fullmatch(aim)
    return (match[1] or match[3], match[2] or match[4]) if match else None


def address_of(aim: str) -> str | None:
    """Return the page that an aim leads back to, always of this site."""
    act = read_aim(aim)
    if act == PAIRING:
        return "/me/devices"
    return f"/certificates/{act[1]}/{act[0]}" if act else None


def _without(factors: Factors, now: datetime) -> Need | None:
    """Return why the password is not enough, if it is not."""
    if factors.has_any:
        return Need.FACTOR
    if factors.is_callable:  # locked for the day or not: guessing opens no easier way
        return Need.PHONE
    removed = factors.removed_at
    if removed is not None and now - removed < REMOVAL_DELAY:
        return Need.COUNTER
    return None
