"""For how long a change at the counter holds certificates back. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.second_operator import (
    ChangeUntoldError,
    RegistrationUnconfirmedError,
    SecondOperatorNeededError,
    SecondOperatorRule,
)

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNLOCKS = {kind for kind in ChangeKind if kind.endswith("_unlocked")}
HOLDING_KINDS = {kind for kind in ChangeKind if kind.holds}


@dataclass
class Change:
    kind: str
    made_at: datetime = NOW
    operator_id: int | None = 1
    agreed_at: datetime | None = None
    told: str | None = "told"


def test_every_kind_but_an_unlock_holds():
    assert set(ChangeKind) - UNLOCKS == HOLDING_KINDS


@pytest.mark.parametrize("kind", sorted(HOLDING_KINDS - {"registered"}))
def test_a_change_holds_for_a_day_and_says_until_when(kind):
    rule, change = SecondOperatorRule(), Change(kind)

    with pytest.raises(SecondOperatorNeededError) as refused:
        rule.require_free([change], NOW + 24 * HOUR - timedelta(seconds=1))
    assert refused.value.details == {"until": NOW + 24 * HOUR}
    rule.require_free([change], NOW + 24 * HOUR)


def test_of_several_changes_the_last_to_end_is_said():
    changes = [Change("card_issued"), Change("password_reset", NOW + HOUR)]

    with pytest.raises(SecondOperatorNeededError) as refused:
        SecondOperatorRule().require_free(changes, NOW + 2 * HOUR)

    assert refused.value.details == {"until": NOW + 25 * HOUR}


def test_a_new_customer_is_held_until_somebody_agrees():
    rule, change = SecondOperatorRule(), Change("registered")

    with pytest.raises(RegistrationUnconfirmedError):
        rule.require_free([change, Change("card_issued")], NOW + 9999 * HOUR)
    change.agreed_at = NOW
    rule.require_free([change], NOW)


def test_a_centre_may_hold_new_customers_as_long_as_others():
    rule = SecondOperatorRule(new_customers=False)

    rule.require_free([Change("registered")], NOW + 24 * HOUR)
    with pytest.raises(SecondOperatorNeededError):
        rule.require_free([Change("registered")], NOW)


def test_no_hours_hold_nothing_and_neither_does_the_machines_own_command():
    SecondOperatorRule(hours=0).require_free([Change("registered")], NOW)
    SecondOperatorRule().require_free([Change("password_reset", NOW, None)], NOW)


def test_a_change_of_which_nobody_could_be_told_holds_until_somebody_agrees():
    rule, change = SecondOperatorRule(), Change("card_issued", told="untold")

    for hours in (0, 24, 9999):
        with pytest.raises(ChangeUntoldError):
            rule.require_free([change, Change("phone_changed")], NOW + hours * HOUR)
    change.agreed_at = NOW
    rule.require_free([change], NOW)
    SecondOperatorRule(hours=0).require_free([Change("card_issued", told=None)], NOW)


def test_a_notice_that_still_waits_at_the_end_holds_on():
    rule, change = SecondOperatorRule(), Change("card_issued", told=None)

    with pytest.raises(SecondOperatorNeededError):
        rule.require_free([change], NOW + 23 * HOUR)
    with pytest.raises(ChangeUntoldError):
        rule.require_free([change], NOW + 24 * HOUR)
