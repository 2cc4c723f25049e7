"""What a holder can do with a certificate now: only what would not be refused. Pure."""

from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum

from webapp.applications.steps import Purpose
from webapp.certificates import life
from webapp.certificates.errors import LifeError
from webapp.certificates.life import Life, Party, Status


class Action(StrEnum):
    """A door that stands open."""

    SEND = "send"
    RENEW = "renew"
    RESUME = "resume"
    SUSPEND = "suspend"
    REISSUE = "reissue"
    REVOKE = "revoke"
    HELP = "help"  # "something happened?"


def possible(
    wanted: Life, now: datetime, *, replaced: Collection[str] = (), renewable: bool
) -> frozenset[Action]:
    """Return what the holder can do at `now`.

    `replaced` holds the purposes of what was issued in this one's place already;
    `renewable` says whether the centre still offers the type.
    """
    found = {action for action, rule in _RULES.items() if _holds(rule, wanted, now)}
    if life.status(wanted, now) is Status.VALID:
        found.add(Action.SEND)
    if Purpose.RENEW in replaced or not renewable:
        found.discard(Action.RENEW)
    if Purpose.REISSUE in replaced:
        found.discard(Action.REISSUE)
    if Action.REVOKE in found:
        found.add(Action.HELP)
    return frozenset(found)


_RULES: dict[Action, Callable[[Life, datetime], None]] = {
    Action.RENEW: life.require_renewable,
    Action.RESUME: lambda wanted, now: life.require_resumable(
        wanted, now, Party.HOLDER
    ),
    Action.SUSPEND: life.require_suspendable,
    Action.REISSUE: life.require_reissuable,
    Action.REVOKE: life.require_revocable,
}


def _holds(rule: Callable[[Life, datetime], None], wanted: Life, now: datetime) -> bool:
    try:
        rule(wanted, now)
    except LifeError:
        return False
    return True
