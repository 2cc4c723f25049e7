"""Who may speak, and when."""

import pytest

from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.errors import (
    EndedError,
    OutOfTurnError,
    TooLargeError,
)
from mobile_bridge.relay.pairing import (
    ENDS,
    OPEN,
    TABLE,
    TURNS,
    Event,
    Pairing,
    Participant,
    Role,
    State,
    accept_message,
    after,
    finish,
    join,
    role_of_connection,
)
from tests.support.bridge import GS, SG

LARGE = 64 * 1024


def shown(direction: Direction = GS) -> Pairing:
    participant = Participant("pc", b"", "computer", "home", sent=(b"m1",))
    return Pairing(
        b"s" * 16, Mode.QR, direction, participant, shown_at=0, expires_at=120
    )


def joined(direction: Direction = GS) -> Pairing:
    participant = Participant("phone", b"phone", "phone", "home")
    return join(shown(direction), participant, expires_at=240)


def through(count: int, direction: Direction = GS) -> Pairing:
    """Return a pairing after `count` messages in turn."""
    pairing, counts = joined(direction), {"G": 1, "S": 0}
    for speaker in TURNS[direction][1:count]:
        counts[speaker] += 1
        n = counts[speaker]
        pairing = accept_message(pairing, Role(speaker), n, b"%d" % n, max_bytes=LARGE)
    return pairing


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_the_table_is_all_there_is(state, event):
    pairing = Pairing(
        b"", Mode.QR, GS, shown().initiator, shown_at=0, expires_at=1, state=state
    )

    if (state, event) in TABLE:
        assert after(pairing, event).state is TABLE[state, event]
    else:
        with pytest.raises((OutOfTurnError, EndedError)):
            after(pairing, event)


def test_every_open_state_can_be_ended_and_no_other():
    ended = {key for key, state in TABLE.items() if state is State.ENDED}

    assert ended == {(state, event) for state in OPEN for event in ENDS}


@pytest.mark.parametrize("direction", [GS, SG])
@pytest.mark.parametrize(
    ("count", "state"),
    [
        (1, State.JOINED),
        (3, State.JOINED),
        (4, State.AGREED),
        (5, State.AGREED),
        (6, State.TRANSFERRING),
        (8, State.TRANSFERRING),
    ],
)
def test_states_follow_the_messages(direction, count, state):
    assert through(count, direction).state is state


@pytest.mark.parametrize("direction", [GS, SG])
@pytest.mark.parametrize("count", range(1, 9))
def test_only_the_device_whose_turn_it_is_may_speak(direction, count):
    pairing = through(count, direction)
    turns = TURNS[direction]

    for role in Role:
        participant = pairing.participant(role)
        n = len(participant.sent) + 1
        if turns[count : count + 1] == role:
            assert (
                accept_message(pairing, role, n, b"x", max_bytes=LARGE).count
                == count + 1
            )
        else:
            with pytest.raises(OutOfTurnError):
                accept_message(pairing, role, n, b"x", max_bytes=LARGE)


def test_nobody_speaks_before_the_second_device_is_there():
    with pytest.raises(OutOfTurnError):
        accept_message(shown(), Role.INITIATOR, 2, b"x", max_bytes=LARGE)
    with pytest.raises(OutOfTurnError):
        accept_message(shown(), Role.RESPONDER, 1, b"x", max_bytes=LARGE)


def test_the_same_message_again_changes_nothing():
    pairing = through(4)

    assert accept_message(pairing, Role.RESPONDER, 1, b"1", max_bytes=LARGE) is pairing


def test_another_message_under_a_used_number_is_refused():
    with pytest.raises(OutOfTurnError):
        accept_message(through(4), Role.RESPONDER, 1, b"other", max_bytes=LARGE)


def test_all_messages_together_have_a_limit():
    with pytest.raises(TooLargeError):
        accept_message(joined(), Role.RESPONDER, 1, bytes(9), max_bytes=10)


def test_a_third_device_ends_it_and_nothing_is_kept():
    third = Participant("third", b"third", "phone", "elsewhere")

    ended = join(through(6), third, expires_at=240)

    assert (ended.state, ended.reason) == (State.ENDED, Event.CROWD)
    assert ended.size == 0
    assert role_of_connection(ended, "third") is None


def test_nothing_is_done_before_the_receipt():
    for count in range(1, 8):
        with pytest.raises(OutOfTurnError):
            finish(through(count), Event.FINISH)

    assert finish(through(8), Event.FINISH).state is State.DONE


def test_of_a_finished_pairing_only_the_last_words_stay():
    done = finish(through(8), Event.FINISH)

    assert done.initiator.sent == (b"", b"", b"", b"4")
    assert done.responder.sent == (b"", b"", b"", b"4")


def test_an_ended_pairing_takes_nothing():
    ended = after(through(4), Event.CANCEL)

    with pytest.raises(EndedError):
        accept_message(ended, Role.INITIATOR, 3, b"x", max_bytes=LARGE)
    with pytest.raises(EndedError):
        after(ended, Event.FINISH)
