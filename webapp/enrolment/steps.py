"""The steps of an application and which of them is next. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from webapp.certificates.lifecycle import Purpose


class Step(StrEnum):
    """One page of the stepper, in the order in which a person meets them."""

    TERMS = "terms"
    YOU = "you"
    TYPE = "type"
    PHONE_CHECK = "phone-check"
    SECURITY_CARD = "security-card"
    APPROVAL = "approval"
    PROOF = "proof"
    KEEP = "keep"
    DONE = "done"


# The checks that one sign-in passes, by the column that says when.
CHECKS: Final[Mapping[Step, str]] = {
    Step.YOU: "identity_confirmed_at",
    Step.PHONE_CHECK: "phone_checked_at",
    Step.SECURITY_CARD: "card_checked_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredChecks:
    """Which checks a centre asks for, beside signing in and the date of birth."""

    phone_check: bool = False
    security_card: bool = False  # or what the operator allows in its place


# A renewal is proved by the old key, so nobody is asked again who they are; a new key
# for the same type needs no second choice (docs/lifecycle.md).
_LEFT_OUT = {
    Purpose.ISSUE: {Step.PROOF},
    Purpose.REISSUE: {Step.PROOF, Step.TYPE, Step.APPROVAL},
    Purpose.RENEW: {
        Step.YOU,
        Step.TYPE,
        Step.PHONE_CHECK,
        Step.SECURITY_CARD,
        Step.APPROVAL,
    },
}


def steps_of(
    purpose: Purpose, checks: RequiredChecks, *, approval: bool = False
) -> tuple[Step, ...]:
    """Return the steps of an application, in order.

    `approval` says whether the chosen type is approved at the counter.
    """
    left_out = set(_LEFT_OUT[purpose])
    if not checks.phone_check:
        left_out.add(Step.PHONE_CHECK)
    if not checks.security_card:
        left_out.add(Step.SECURITY_CARD)
    if not approval:
        left_out.add(Step.APPROVAL)
    return tuple(step for step in Step if step not in left_out)


def next_step(steps: tuple[Step, ...], passed: Collection[Step]) -> Step:
    """Return the first step that is not passed; the last one when all are."""
    return next((step for step in steps if step not in passed), steps[-1])


def may_open(step: Step, steps: tuple[Step, ...], passed: Collection[Step]) -> bool:
    """Tell whether a person may look at `step`: any up to the next, no further."""
    if step not in steps:
        return False
    return steps.index(step) <= steps.index(next_step(steps, passed))


class Return(StrEnum):
    """What a person finds who goes back to a passed step; nothing is asked twice."""

    OWN_PAGE = "own-page"  # as it was left, ticks and choice included
    PASSED = "passed"  # says that it is passed, and leads on
    CLOSED = "closed"


# Terms and consents stay given, whatever is looked at again. A type may be chosen anew:
# what was proved is about the person and stays; an approval was for the other type. Who
# somebody is, the phone, the card, an approval and the old key are shown once.
GOING_BACK = {
    Step.TERMS: Return.OWN_PAGE,
    Step.YOU: Return.PASSED,
    Step.TYPE: Return.OWN_PAGE,
    Step.PHONE_CHECK: Return.PASSED,
    Step.SECURITY_CARD: Return.PASSED,
    Step.APPROVAL: Return.PASSED,
    Step.PROOF: Return.PASSED,
    Step.KEEP: Return.CLOSED,
    Step.DONE: Return.CLOSED,
}


def step_before(step: Step, steps: tuple[Step, ...]) -> Step | None:
    """Return the step that "back" leads to from `step`; None from the first."""
    at = steps.index(step) if step in steps else 0
    return steps[at - 1] if at else None
