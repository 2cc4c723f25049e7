"""The printed table of a request's life is the whole of it."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from webapp.relying.asking import errors
from webapp.relying.asking.rules import TRANSITIONS, Event, State, next_state, state_at

END = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
REFUSALS = {
    State.MADE: errors.RequestUnseenError,
    State.APPROVED: errors.RequestApprovedError,
    State.DECLINED: errors.RequestDeclinedError,
    State.EXPIRED: errors.RequestExpiredError,
    State.WITHDRAWN: errors.RequestWithdrawnError,
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_each_event_moves_on_or_says_what_the_request_is(state, event):
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(REFUSALS[state]):
        next_state(state, event)


def test_request_ends_once():
    ended = [state for state in State if not state.is_open]

    assert len(ended) == 4
    assert not any(state in ended for state, _event in TRANSITIONS)


def test_unseen_request_is_not_answered():
    assert (State.MADE, Event.APPROVE) not in TRANSITIONS
    assert (State.MADE, Event.DECLINE) not in TRANSITIONS


@pytest.mark.parametrize("state", list(State))
def test_open_request_expires_in_the_second_of_its_end(state):
    before = state_at(state, END, END - timedelta(seconds=1))
    at_end = state_at(state, END, END)

    assert before is state
    assert at_end is (State.EXPIRED if state.is_open else state)
