"""The steps come in one order, and what is not asked for is not there."""

from itertools import pairwise

import pytest

from webapp.enrolment.steps import (
    GOING_BACK,
    Purpose,
    RequiredChecks,
    Return,
    Step,
    may_open,
    next_step,
    step_before,
    steps_of,
)

SHORT = steps_of(Purpose.ISSUE, RequiredChecks())
WHOLE = steps_of(Purpose.ISSUE, RequiredChecks(phone_check=True, security_card=True))


@pytest.mark.parametrize(
    ("phone_check", "security_card", "left_out"),
    [
        (False, False, {Step.PHONE_CHECK, Step.SECURITY_CARD}),
        (True, False, {Step.SECURITY_CARD}),
        (False, True, {Step.PHONE_CHECK}),
        (True, True, set()),
    ],
)
def test_a_centre_shows_the_steps_it_asks_for_in_one_order(
    phone_check, security_card, left_out
):
    checks = RequiredChecks(phone_check=phone_check, security_card=security_card)
    steps = steps_of(Purpose.ISSUE, checks)

    left_out = left_out | {Step.APPROVAL, Step.PROOF}
    assert steps == tuple(step for step in Step if step not in left_out)
    assert (steps[0], steps[-2:]) == (Step.TERMS, (Step.KEEP, Step.DONE))


@pytest.mark.parametrize("steps", [SHORT, WHOLE])
def test_the_next_step_is_the_first_that_is_not_passed(steps):
    for number, step in enumerate(steps):
        assert next_step(steps, set(steps[:number])) is step


def test_a_step_passed_early_does_not_let_anybody_skip_one():
    assert next_step(SHORT, {Step.TYPE, Step.KEEP}) is Step.TERMS
    assert not may_open(Step.TYPE, SHORT, {Step.TYPE, Step.KEEP})


def test_when_all_is_passed_the_last_step_stays_open():
    assert next_step(SHORT, set(SHORT)) is Step.DONE


def test_any_step_up_to_the_next_may_be_looked_at_and_none_after():
    passed = {Step.TERMS, Step.YOU}

    assert [step for step in SHORT if may_open(step, SHORT, passed)] == [
        Step.TERMS,
        Step.YOU,
        Step.TYPE,
    ]


def test_a_step_this_centre_does_not_ask_for_cannot_be_opened():
    assert not may_open(Step.PHONE_CHECK, SHORT, set(Step))


def test_back_leads_to_the_step_before_and_from_the_first_to_none():
    assert step_before(Step.TERMS, WHOLE) is None
    for before, step in pairwise(WHOLE):
        assert step_before(step, WHOLE) is before


def test_what_was_proved_is_never_asked_for_twice_and_what_was_chosen_may_change():
    assert {*GOING_BACK} == {*Step}
    own = {step for step, shown in GOING_BACK.items() if shown is Return.OWN_PAGE}
    closed = {step for step, shown in GOING_BACK.items() if shown is Return.CLOSED}
    assert own == {Step.TERMS, Step.TYPE}
    assert closed == {Step.KEEP, Step.DONE}
