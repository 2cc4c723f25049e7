"""What a holder can do with a certificate: offered only where it is not refused."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.applications.steps import Purpose
from webapp.certificates.actions import Action, possible
from webapp.certificates.life import (
    Life,
    Party,
    State,
    renewal_opens,
    suspension_ends,
)

END = datetime(2027, 11, 22, 14, 59, 59, tzinfo=UTC)
NOW = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALWAYS = {Action.SUSPEND, Action.REISSUE, Action.REVOKE, Action.HELP}


def life(state=State.VALID, *, since=None, by=None):
    return Life(state=state, not_after=END, suspended_at=since, suspended_by=by)


def now_possible(wanted, now=NOW, *, replaced=(), renewable=True):
    return possible(wanted, now, replaced=replaced, renewable=renewable)


def test_a_usable_one_can_be_sent_suspended_issued_anew_and_revoked():
    assert now_possible(life()) == ALWAYS | {Action.SEND}


@pytest.mark.parametrize(
    ("now", "can"),
    [
        (renewal_opens(END) - SECOND, False),
        (renewal_opens(END), True),
        (END, True),
        (END + SECOND, False),
    ],
)
def test_renewing_is_offered_in_the_last_thirty_days_only(now, can):
    assert (Action.RENEW in now_possible(life(), now)) is can


def test_what_was_renewed_or_is_no_longer_offered_is_not_renewed():
    now = END - timedelta(days=3)

    assert Action.RENEW not in now_possible(life(), now, replaced=[Purpose.RENEW])
    assert Action.RENEW not in now_possible(life(), now, renewable=False)
    assert Action.REISSUE in now_possible(life(), now, replaced=[Purpose.RENEW])


def test_what_the_holder_suspended_the_holder_resumes_within_six_months():
    held = life(State.SUSPENDED, since=NOW, by=Party.HOLDER)

    assert now_possible(held) == {
        Action.RESUME,
        Action.REISSUE,
        Action.REVOKE,
        Action.HELP,
    }
    assert Action.RESUME in now_possible(held, suspension_ends(NOW))
    assert not now_possible(held, suspension_ends(NOW) + SECOND)


def test_what_the_counter_suspended_can_only_be_revoked():
    held = life(State.SUSPENDED, since=NOW, by=Party.COUNTER)

    assert now_possible(held) == {Action.REVOKE, Action.HELP}


@pytest.mark.parametrize(
    ("wanted", "now"),
    [(life(State.REVOKED), NOW), (life(), END + SECOND)],
)
def test_nothing_can_be_done_with_what_is_over(wanted, now):
    assert not now_possible(wanted, now)
