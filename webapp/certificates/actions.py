"""What may be done with a certificate now, and if not, why: the only answer. Pure.

List, certificate page, action pages, refusals and the counter ask here, so that nothing
is offered that is refused a moment later. `action_facts` reads the facts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from webapp.ca.certificate_types import CertificateType
from webapp.certificates import lifecycle as life
from webapp.certificates.errors import (
    AlreadyReplacedError,
    CertificateExpiredError,
    CertificateRevokedError,
    CertificateSuspendedError,
    LifecycleError,
    NotSuspendedError,
    RenewalTooEarlyError,
    ResumedTooOftenError,
    SuspendedByOtherError,
    SuspensionOverError,
    TypeNotOfferedError,
)
from webapp.certificates.lifecycle import (
    CertificateStatus,
    Initiator,
    LifecycleFacts,
    Purpose,
    StoredState,
)

MAX_RESUMPTIONS: Final = 5  # by the holder, within RESUMPTION_WINDOW
RESUMPTION_WINDOW: Final = timedelta(days=1)


class Action(StrEnum):
    """What a holder or an operator does with a certificate."""

    SEND = "send"
    RENEW = "renew"
    RESUME = "resume"
    SUSPEND = "suspend"
    REISSUE = "reissue"
    REVOKE = "revoke"
    HELP = "help"  # the question what happened, which leads to one of the others


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFacts:
    """What the rules look at; moments are aware.

    `replaced_for` holds the purposes of what was reserved or issued in its place;
    `cert_type` is None where the types file no longer has the type;
    `resumed_at` are the holder's resumptions within RESUMPTION_WINDOW, newest first.
    """

    lifecycle: LifecycleFacts
    replaced_for: frozenset[Purpose] = frozenset()
    cert_type: CertificateType | None = None
    resumed_at: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedActions:
    """What may be done now, and the refusal for each action that may not.

    `"renew" in actions` asks for one; none is allowed where `actions` is false.
    """

    status: CertificateStatus
    allowed: frozenset[Action]
    denial_reasons: Mapping[Action, LifecycleError]

    def __contains__(self, action: object) -> bool:
        """Tell whether an action, or one of that name, is allowed."""
        return action in self.allowed

    def __bool__(self) -> bool:
        """Tell whether anything is allowed."""
        return bool(self.allowed)

    def denial_code(self, action: str) -> str | None:
        """Return the code of the refusal of an action; None where it is allowed."""
        denial = self.denial_reasons.get(Action(action))
        return denial.code if denial else None


def allowed_actions(
    facts: ActionFacts, now: datetime, initiator: Initiator = Initiator.HOLDER
) -> AllowedActions:
    """Return what `initiator` may do at `now`: the holder, or the counter."""
    denial_reasons = {}
    for action in INITIATED_BY[initiator]:
        try:
            require_allowed(action, facts, now, initiator)
        except LifecycleError as denial:
            denial_reasons[action] = denial
    return AllowedActions(
        status=life.status_at(facts.lifecycle, now),
        allowed=INITIATED_BY[initiator] - denial_reasons.keys(),
        denial_reasons=denial_reasons,
    )


def require_allowed(
    action: Action,
    facts: ActionFacts,
    now: datetime,
    initiator: Initiator = Initiator.HOLDER,
) -> None:
    """Refuse an action that may not be done at `now`.

    What no waiting mends is said first.

    Raises:
        CertificateRevokedError, CertificateExpiredError: it is over.
        SuspensionOverError: so is the time in which it could be resumed.
        AlreadyReplacedError: it was re-issued or renewed before.
        TypeNotOfferedError: the centre no longer has, or no longer renews, the type.
        CertificateSuspendedError: it has to be resumed first, or is suspended already.
        SuspendedByOtherError: whoever placed the hold lifts it.
        NotSuspendedError: there is nothing to resume.
        RenewalTooEarlyError: its last 30 days have not begun.
        ResumedTooOftenError: the holder resumed it as often as may be in a day.
    """
    _RULES[action](facts, now, initiator)


def _require_sendable(facts: ActionFacts, now: datetime, _initiator: Initiator) -> None:
    _require_valid(facts, now)


def _require_suspendable(
    facts: ActionFacts, now: datetime, _initiator: Initiator
) -> None:
    _require_valid(facts, now)


def _require_revocable(
    facts: ActionFacts, now: datetime, _initiator: Initiator
) -> None:
    _require_not_over(facts, now)


def _require_reissuable(
    facts: ActionFacts, now: datetime, _initiator: Initiator
) -> None:
    """A hold that the holder placed is no obstacle: the old certificate ends anyway."""
    status = _require_not_over(facts, now)
    if Purpose.REISSUE in facts.replaced_for:
        raise AlreadyReplacedError
    if facts.cert_type is None:
        raise TypeNotOfferedError
    if (
        status is CertificateStatus.SUSPENDED
        and facts.lifecycle.suspended_by != Initiator.HOLDER
    ):
        raise SuspendedByOtherError


def _require_renewable(
    facts: ActionFacts, now: datetime, _initiator: Initiator
) -> None:
    _require_not_over(facts, now)
    if Purpose.RENEW in facts.replaced_for:
        raise AlreadyReplacedError
    if facts.cert_type is None or not facts.cert_type.offered:
        raise TypeNotOfferedError
    _require_valid(facts, now)
    if now < life.renewal_window_start(facts.lifecycle.not_after):
        raise RenewalTooEarlyError


def _require_resumable(facts: ActionFacts, now: datetime, initiator: Initiator) -> None:
    lifecycle = facts.lifecycle
    if _is_overdue(lifecycle, now):
        raise SuspensionOverError
    if _require_not_over(facts, now) is not CertificateStatus.SUSPENDED:
        raise NotSuspendedError
    if lifecycle.suspended_by != initiator:
        raise SuspendedByOtherError
    # Only what was resumed is suspended again, so this bounds a holder's changes to
    # the revocation list; suspending stays possible.
    if initiator == Initiator.HOLDER and len(facts.resumed_at) >= MAX_RESUMPTIONS:
        oldest = facts.resumed_at[MAX_RESUMPTIONS - 1]
        raise ResumedTooOftenError(oldest + RESUMPTION_WINDOW)


def _is_overdue(lifecycle: LifecycleFacts, now: datetime) -> bool:
    is_held = lifecycle.state == StoredState.SUSPENDED
    return is_held and now > life.suspension_deadline(life.suspended_since(lifecycle))


def _require_valid(facts: ActionFacts, now: datetime) -> None:
    if _require_not_over(facts, now) is CertificateStatus.SUSPENDED:
        raise CertificateSuspendedError


def _require_not_over(facts: ActionFacts, now: datetime) -> CertificateStatus:
    status = life.status_at(facts.lifecycle, now)
    if status is CertificateStatus.REVOKED:
        raise CertificateRevokedError
    if status is CertificateStatus.EXPIRED:
        raise CertificateExpiredError
    return status


_RULES: Final[Mapping[Action, Callable[[ActionFacts, datetime, Initiator], None]]] = {
    Action.SEND: _require_sendable,
    Action.RENEW: _require_renewable,
    Action.RESUME: _require_resumable,
    Action.SUSPEND: _require_suspendable,
    Action.REISSUE: _require_reissuable,
    Action.REVOKE: _require_revocable,
    Action.HELP: _require_revocable,
}
INITIATED_BY: Final[Mapping[Initiator, frozenset[Action]]] = {
    Initiator.HOLDER: frozenset(Action),
    Initiator.COUNTER: frozenset({Action.SUSPEND, Action.RESUME, Action.REVOKE}),
}
