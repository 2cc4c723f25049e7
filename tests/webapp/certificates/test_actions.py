"""What may be done with a certificate: offered only where it is not refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.ca.certificate_types import packaged_types
from webapp.certificates.actions import (
    MAX_RESUMPTIONS,
    RESUMPTION_WINDOW,
    Action,
    ActionFacts,
    allowed_actions,
    require_allowed,
)
from webapp.certificates.errors import LifecycleError
from webapp.certificates.lifecycle import (
    Initiator,
    LifecycleFacts,
    Purpose,
    StoredState,
    renewal_window_start,
    suspension_deadline,
)

END = datetime(2027, 11, 22, 14, 59, 59, tzinfo=UTC)
NOW = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TYPE = packaged_types()["personal-sign"]
NOT_OFFERED = replace(TYPE, offered=False)
ALWAYS = {Action.SUSPEND, Action.REISSUE, Action.REVOKE, Action.HELP}


def life(state=StoredState.VALID, *, since=None, initiator=None):
    return LifecycleFacts(
        state=state, not_after=END, suspended_at=since, suspended_by=initiator
    )


def now_allowed(lifecycle, now=NOW, *, initiator=Initiator.HOLDER, **facts):
    facts = {"cert_type": TYPE, **facts}
    return allowed_actions(ActionFacts(lifecycle=lifecycle, **facts), now, initiator)


def test_a_usable_one_can_be_sent_suspended_issued_anew_and_revoked():
    assert now_allowed(life()).allowed == ALWAYS | {Action.SEND}


@pytest.mark.parametrize(
    ("now", "can"),
    [
        (renewal_window_start(END) - SECOND, False),
        (renewal_window_start(END), True),
        (END, True),
        (END + SECOND, False),
    ],
)
def test_renewing_is_offered_in_the_last_thirty_days_only(now, can):
    assert (Action.RENEW in now_allowed(life(), now)) is can


def test_what_was_renewed_or_is_no_longer_offered_is_not_renewed():
    now = END - timedelta(days=3)

    renewed = now_allowed(life(), now, replaced_for=frozenset({Purpose.RENEW}))
    assert renewed.denial_code("renew") == "already_replaced"
    assert Action.REISSUE in renewed
    no_longer = now_allowed(life(), now, cert_type=NOT_OFFERED)
    assert no_longer.denial_code("renew") == "type_not_offered"
    assert Action.REISSUE in no_longer


def test_a_type_taken_out_of_the_file_is_neither_renewed_nor_issued_anew():
    allowed = now_allowed(life(), END, cert_type=None)

    assert allowed.allowed == ALWAYS - {Action.REISSUE} | {Action.SEND}
    for action in ("renew", "reissue"):
        assert allowed.denial_code(action) == "type_not_offered"


def test_a_holder_resumes_five_times_a_day_and_the_counter_as_it_has_to():
    moments = [NOW - timedelta(hours=hours) for hours in range(MAX_RESUMPTIONS)]

    for actor in (Initiator.HOLDER, Initiator.COUNTER):
        held = life(StoredState.SUSPENDED, since=NOW, initiator=actor)
        allowed = now_allowed(held, resumed_at=moments, initiator=actor)
        assert (Action.RESUME in allowed) is (actor == Initiator.COUNTER)
        assert Action.RESUME in now_allowed(
            held, resumed_at=moments[1:], initiator=actor
        )
    denial = now_allowed(
        life(StoredState.SUSPENDED, since=NOW, initiator=Initiator.HOLDER),
        resumed_at=moments,
    ).denial_reasons[Action.RESUME]
    assert denial.details == {"until": moments[-1] + RESUMPTION_WINDOW}


@pytest.mark.parametrize(
    "state", [StoredState.VALID, StoredState.SUSPENDED, StoredState.REVOKED]
)
@pytest.mark.parametrize("suspended_by", [Initiator.HOLDER, Initiator.COUNTER])
@pytest.mark.parametrize("initiator", [Initiator.HOLDER, Initiator.COUNTER])
@pytest.mark.parametrize("now", [NOW, END, END + SECOND])
def test_what_is_allowed_is_what_is_not_refused(state, suspended_by, initiator, now):
    facts = ActionFacts(
        lifecycle=life(state, since=END - timedelta(days=20), initiator=suspended_by),
        cert_type=TYPE,
    )
    allowed = allowed_actions(facts, now, initiator)

    for action in allowed.allowed:
        require_allowed(action, facts, now, initiator)
    for action, denial in allowed.denial_reasons.items():
        with pytest.raises(LifecycleError) as refused:
            require_allowed(action, facts, now, initiator)
        assert refused.value.code == denial.code


def test_the_counter_suspends_resumes_and_revokes_and_no_more():
    held = life(StoredState.SUSPENDED, since=NOW, initiator=Initiator.COUNTER)

    assert now_allowed(life(), initiator=Initiator.COUNTER).allowed == {
        Action.SUSPEND,
        Action.REVOKE,
    }
    assert now_allowed(held, initiator=Initiator.COUNTER).allowed == {
        Action.RESUME,
        Action.REVOKE,
    }


def test_what_the_holder_suspended_the_holder_resumes_within_six_months():
    held = life(StoredState.SUSPENDED, since=NOW, initiator=Initiator.HOLDER)

    assert now_allowed(held).allowed == {
        Action.RESUME,
        Action.REISSUE,
        Action.REVOKE,
        Action.HELP,
    }
    assert Action.RESUME in now_allowed(held, suspension_deadline(NOW))
    assert not now_allowed(held, suspension_deadline(NOW) + SECOND)


def test_what_the_counter_suspended_can_only_be_revoked():
    held = life(StoredState.SUSPENDED, since=NOW, initiator=Initiator.COUNTER)

    assert now_allowed(held).allowed == {Action.REVOKE, Action.HELP}


@pytest.mark.parametrize(
    ("facts", "now"),
    [(life(StoredState.REVOKED), NOW), (life(), END + SECOND)],
)
def test_nothing_can_be_done_with_what_is_over(facts, now):
    assert not now_allowed(facts, now)
