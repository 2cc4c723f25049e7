"""The steps of an application and which of them is next. Pure."""

from collections.abc import Collection
from enum import StrEnum


class Step(StrEnum):
    """One page of the stepper, in the order in which a person meets them."""

    TERMS = "terms"
    YOU = "you"
    TYPE = "type"
    PHONE_CHECK = "phone-check"
    SECURITY_CARD = "security-card"
    KEEP = "keep"
    DONE = "done"


def steps_of_centre(*, phone_check: bool, security_card: bool) -> tuple[Step, ...]:
    """Return the steps that a centre so configured asks for, in order."""
    left_out = set()
    if not phone_check:
        left_out.add(Step.PHONE_CHECK)
    if not security_card:
        left_out.add(Step.SECURITY_CARD)
    return tuple(step for step in Step if step not in left_out)


def next_step(steps: tuple[Step, ...], passed: Collection[Step]) -> Step:
    """Return the first step that is not passed; the last one when all are."""
    return next((step for step in steps if step not in passed), steps[-1])


def may_open(step: Step, steps: tuple[Step, ...], passed: Collection[Step]) -> bool:
    """Tell whether a person may look at `step`: any up to the next, no further."""
    if step not in steps:
        return False
    return steps.index(step) <= steps.index(next_step(steps, passed))
