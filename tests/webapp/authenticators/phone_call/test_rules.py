"""The rules of the phone check, by table and at their edges."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from webapp.authenticators.phone_call import rules
from webapp.authenticators.phone_call.rules import CallHistory, Event, State

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # in Korea
NOTHING = {"of_application": 0, "today": 0, "wrong_today": 0, "last_ended": None}
ENDED = [state for state in State if state not in rules.OPEN]


def test_a_call_goes_from_asking_over_ringing_and_answering_to_the_right_digits():
    state = State.ASKED
    for event in (Event.RINGS, Event.ANSWERED, Event.KEYED_RIGHT):
        state = rules.after(state, event)

    assert state is State.RIGHT


@pytest.mark.parametrize(("state", "event"), [*product(ENDED, Event)])
def test_an_ended_call_stays_as_it_ended_whatever_comes_late(state, event):
    assert rules.after(state, event) is state


@pytest.mark.parametrize("state", [State.ASKED, State.RINGING])
@pytest.mark.parametrize("event", [Event.KEYED_RIGHT, Event.KEYED_WRONG])
def test_digits_count_only_in_a_call_that_was_answered(state, event):
    assert rules.after(state, event) is state


@pytest.mark.parametrize("event", [Event.RINGS, Event.NOBODY, Event.LINE_BUSY])
def test_an_answered_call_neither_rings_nor_goes_unanswered_any_more(event):
    assert rules.after(State.IN_PROGRESS, event) is State.IN_PROGRESS


@pytest.mark.parametrize("state", rules.OPEN)
def test_every_open_call_ends_with_its_time(state):
    ends = NOON + rules.WAIT

    assert rules.state_at(state, ends, ends - timedelta(seconds=1)) is state
    assert rules.state_at(state, ends, ends) is State.OVER
    assert rules.state_at(State.RIGHT, ends, ends) is State.RIGHT


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("queued", State.ASKED),
        ("initiated", State.ASKED),
        ("ringing", State.RINGING),
        ("in-progress", State.IN_PROGRESS),
        ("completed", State.HUNG_UP),
        ("busy", State.BUSY),
        ("no-answer", State.NO_ANSWER),
        ("failed", State.FAILED),
        ("canceled", State.FAILED),
    ],
)
def test_every_status_of_a_gateway_has_its_state(word, state):
    event = rules.GATEWAY_EVENTS.get(word)

    assert (rules.after(State.ASKED, event) if event else State.ASKED) is state


def test_digits_are_any_of_a_hundred_pairs():
    pairs = {rules.draw_digits(lambda limit, n=n: n % limit) for n in range(100)}

    assert len(pairs) == 100
    assert {"00", "07", "99"} <= pairs


@pytest.mark.parametrize("typed", ["", "4", "421", "4*", "٤٢", " 42", "4２"])
def test_what_is_no_pair_of_digits_is_no_try(typed):
    assert rules.parse_digits(typed) is None


def test_a_call_gives_two_tries_unless_the_day_has_fewer_left():
    assert not rules.ends_call(1, 1)
    assert rules.ends_call(2, 2)
    assert rules.ends_call(1, rules.MAX_ERRORS_PER_DAY)


@pytest.mark.parametrize(
    ("past", "refusal"),
    [
        ({"wrong_today": 4}, None),
        ({"wrong_today": 5}, rules.PhoneLockedError),
        ({"today": 9}, None),
        ({"today": 10}, rules.DayUsedUpError),
        ({"of_application": 4}, None),
        ({"of_application": 5}, rules.ApplicationUsedUpError),
        ({"last_ended": NOON - timedelta(seconds=19)}, rules.TooSoonError),
        ({"last_ended": NOON - timedelta(seconds=20)}, None),
    ],
)
def test_one_call_more_than_allowed_is_refused(past, refusal):
    past = CallHistory(**NOTHING | past)

    if refusal is None:
        rules.require_allowed(past, NOON)
    else:
        with pytest.raises(refusal):
            rules.require_allowed(past, NOON)


def test_the_lock_of_a_day_is_by_wrong_digits_or_by_calls():
    for past, locked in (
        ({"wrong_today": 5}, True),
        ({"today": 10}, True),
        ({}, False),
    ):
        assert rules.is_locked(CallHistory(**NOTHING | past)) is locked


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_the_pause():
    assert rules.pause_left(NOON + timedelta(hours=5), NOON) == 20
    assert rules.pause_left(NOON - timedelta(milliseconds=500), NOON) == 20
    assert rules.pause_left(None, NOON) == 0


def test_a_day_begins_at_korean_midnight():
    midnight = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)

    assert rules.korean_midnight(midnight) == midnight
    assert rules.korean_midnight(
        midnight - timedelta(seconds=1)
    ) == midnight - timedelta(1)
    assert rules.korean_midnight(midnight + timedelta(hours=23, minutes=59)) == midnight


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+821012345678", "010-****-5678"),
        ("+82111234567", "011-***-4567"),
        ("+8221234567", "02-***-4567"),
        ("+82212345678", "02-****-5678"),
        ("+82311234567", "031-***-4567"),
        ("+14155552671", "****-2671"),
    ],
)
def test_a_number_is_shown_to_its_owner_and_to_nobody_else(number, shown):
    assert rules.masked(number) == shown


@pytest.mark.parametrize(
    ("number", "can_be_called"),
    [
        ("+821012345678", True),
        (None, False),
        ("", False),
        ("01012345678", False),
        ("+82 10 1234 5678", False),
        ("+0821012345678", False),
        ("sip:somebody@example.com", False),
    ],
)
def test_only_a_whole_international_number_is_called(number, can_be_called):
    assert rules.callable_number(number) == (number if can_be_called else None)
