"""Which acts wait for a second operator, and who that may be. Pure.

The setting CERTFERRY_FOUR_EYES names groups of acts. The second operator is the same
as for changes that hold certificates back (`second_person`).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Protocol

from webapp.ra.approvals.acts import REMOVAL, Act
from webapp.ra.errors import (
    ActDecidedError,
    ActExpiredError,
    CredentialIssuerError,
    LockedSinceError,
)

APPROVAL_TTL: Final = timedelta(hours=24)  # asked for, and once more when agreed
INSTITUTIONS: Final = "institutions"  # to register one, and to change it
FACTORS: Final = "checks"  # the group of what takes a second factor away
GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Act.CARD: "cards",
        Act.PASSWORD: "passwords",
        Act.CONTACT: "contacts",
        Act.REVOKE: "revocations",
        Act.WAIVE: "charges",
        Act.APPROVE: "approvals",
    }
)
# Something secret comes of them: it is made by the one who hands it over.
SECRET: Final = frozenset({Act.CARD, Act.PASSWORD})
# They give somebody a way in, so not once the sign-in was locked.
GIVE_ACCESS: Final = frozenset({*SECRET, Act.CONTACT, Act.APPROVE})
# Whoever made the newest of these could be the customer.
HANDED_OUT: Final = frozenset(
    {
        "registered",
        "password_reset",
        "card_issued",
        "phone_changed",
        "contact_changed",
    }
)


class Change(Protocol):
    """What is asked of a change at the counter."""

    kind: str
    operator_id: int | None


class ApprovableAct(Protocol):
    """What is asked of an act that waits."""

    act: str
    state: str
    asked_at: datetime
    expires_at: datetime


def needs_second_operator(act: str, groups: Collection[str]) -> bool:
    """Tell whether an act waits for a second operator."""
    group = FACTORS if act.startswith(REMOVAL) else GROUPS.get(act)
    return group in groups


def require_state(held: ApprovableAct, state: str, now: datetime) -> None:
    """Refuse an act that is no longer, or not yet, in this state.

    Raises:
        ActDecidedError, ActExpiredError
    """
    if held.state != state:
        raise ActDecidedError
    if held.expires_at <= now:
        raise ActExpiredError


def require_unlocked(held: ApprovableAct, locked_at: datetime | None) -> None:
    """Refuse to give access to an account that was locked after it was asked for.

    Raises:
        LockedSinceError
    """
    is_locked = locked_at is not None and locked_at >= held.asked_at
    if is_locked and held.act in GIVE_ACCESS:
        raise LockedSinceError


def require_other_hands(own: Collection[int], changes: Iterable[Change]) -> None:
    """Refuse whoever holds in hand what the customer identifies themselves with.

    `own` are the operators that are no second person; `changes` are the customer's,
    the newest last.

    Raises:
        CredentialIssuerError
    """
    newest = {change.kind: change for change in changes if change.kind in HANDED_OUT}
    if any(change.operator_id in own for change in newest.values()):
        raise CredentialIssuerError
