"""The ways in which somebody can show who they are, and which of them comes first."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.identity.card_service import card_of
from webapp.identity.one_time_service import one_time_of
from webapp.identity.passkey_service import passkeys_of
from webapp.refusals import RefusedError

BY_PASSKEY = "by_passkey"  # in the cookie of a session that a passkey opened


class ProofNeededError(RefusedError):
    """A new way is set up only by who just passed an older one."""

    code = "proof_needed"


class LastFactorError(RefusedError):
    """The centre requires a second factor, and this is the only one left."""

    code = "last_factor"


class Way(StrEnum):
    """One way; the names are those of CERTFERRY_SECOND_CHECKS."""

    CARD = "card"
    ONE_TIME = "one-time-code"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class Had:
    """A way that somebody has; locked, it helps nobody until the counter unlocks."""

    way: Way
    locked: bool = False


def ways_of(
    session: Session, holder: AccountHolder, allowed: Collection[str]
) -> tuple[Had, ...]:
    """Return what the holder has of what is allowed, in the order of `allowed`."""
    card = card_of(session, holder) if isinstance(holder, Customer) else None
    app = one_time_of(session, holder)
    has: dict[Way, Had] = {}
    if card is not None:
        has[Way.CARD] = Had(Way.CARD, card.locked_at is not None)
    if app is not None and app.confirmed_at is not None:
        has[Way.ONE_TIME] = Had(Way.ONE_TIME, app.locked_at is not None)
    if passkeys_of(session, holder):
        has[Way.PASSKEY] = Had(Way.PASSKEY)
    return tuple(has[Way(each)] for each in allowed if Way(each) in has)


def choose(ways: tuple[Had, ...], wanted: str | None) -> Had | None:
    """Return the way that is wanted, else the first that is not locked, else any."""
    usable = [each for each in ways if not each.locked]
    asked = [each for each in ways if each.way == wanted]
    return next(iter([*asked, *usable, *ways]), None)
