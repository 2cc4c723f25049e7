"""Two honest devices, a bad line, strangers: any order of everything."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mobile_bridge.core.protocol import Mode
from mobile_bridge.core.step_guard import Step
from mobile_bridge.relay.pairing import TURNS, Role, State, token_hash
from tests.support.bridge import GS, SG
from tests.support.channel_state_machine import ChannelStateMachine, device_names

ROUNDS = 60


class AnyOrder(ChannelStateMachine):
    """What else may happen, what may never happen, and how it ends in peace."""

    def __init__(self) -> None:
        super().__init__()
        self.first_words: dict[tuple[Role, int], bytes] = {}
        self.codes: set[str] = set()
        self.is_spoilt = self.is_late = False

    # What must change nothing.

    @rule(name=device_names, pick=st.integers(0, 3))
    def repeat_a_message(self, name: str, pick: int) -> None:
        party = self.parties[name]
        if party.has_joined and party.sent:
            n = pick % party.sent + 1
            data = party.messages[n - 1]
            self.act(party.ask, "frame", connection="", n=n, data=data)

    @rule(name=device_names, n=st.integers(1, 9))
    def say_another_thing_under_a_used_number(self, name: str, n: int) -> None:
        party = self.parties[name]
        if party.has_joined and n <= party.sent:
            before = self.pairing()
            answer = party.ask("frame", connection="", n=n, data=b"another")
            self.settle(before)
            assert not answer["ok"]

    @rule(name=device_names, ahead=st.sampled_from([1, 1, 2, 5]))
    def speak_out_of_turn(self, name: str, ahead: int) -> None:
        party, before = self.parties[name], self.pairing()
        if not party.has_joined or before is None:
            return
        participant, turns = before.participant(party.role), TURNS[before.direction]
        is_turn = turns[before.count : before.count + 1] == party.role
        if not is_turn and participant is not None:
            n = len(participant.sent) + ahead
            answer = party.ask("frame", connection="", n=n, data=b"out of turn")
            self.settle(before)
            assert not answer["ok"]

    @rule(name=device_names, received=st.integers(0, 9))
    def ask_for_anything(self, name: str, received: int) -> None:
        party = self.parties[name]
        if party.has_joined:
            self.act(party.ask, "resume", connection="", received=received)

    @rule(event=st.sampled_from(["frame", "got", "resume", "end"]))
    def stranger_speaks(self, event: str) -> None:
        before, sid = self.pairing(), self.parties["G"].sid
        if before is None:
            return
        body = {"token": b"\xff" * 16, "n": 1, "data": b"x", "received": 0}
        answer = self.fixture.ask("x", event, sid=sid, reason="cancelled", **body)
        self.settle(before)

        assert not answer["ok"]
        assert self.pairing() == before

    @rule(name=device_names)
    def say_done_too_early(self, name: str) -> None:
        party, before = self.parties[name], self.pairing()
        if party.has_joined and before and before.count < 8 and not before.is_over:
            answer = party.ask("end", connection="", reason="done")
            self.settle(before)
            assert not answer["ok"]

    # What ends it.

    @precondition(lambda self: self.parties and self.parties["S"].has_joined)
    @rule(odds=st.integers(0, 2))
    def third_device_joins(self, odds: int) -> None:
        before = self.pairing()
        if odds or before is None:
            return
        where = {"number": before.number} if before.number else {"sid": before.sid}
        answer = self.fixture.ask("third", "join", token=b"\xee" * 16, **where)
        self.settle(before)
        self.is_spoilt = True

        assert answer["code"] == "not_available"
        assert not {"frames", "peer", "sid"} & set(answer)

    @rule(
        name=device_names,
        odds=st.integers(0, 4),
        reason=st.sampled_from(["cancelled", "declined", "refused"]),
    )
    def person_ends_it(self, name: str, odds: int, reason: str) -> None:
        party = self.parties[name]
        if odds or not party.has_joined or party.reason:
            return
        self.is_spoilt = True
        self.act(party.ask, "end", connection="", reason=reason)

    @rule(seconds=st.sampled_from([1, 1, 1, 1, 1, 70]))
    def time_passes(self, seconds: float) -> None:
        before = self.pairing()
        self.fixture.clock.pass_by(seconds)
        self.is_late = self.is_late or seconds > 10
        deliveries = self.fixture.relay.sweep()
        self.fixture.inbox += [(d.connection, d.event, d.content) for d in deliveries]
        self.settle(before)

    # What is true at every moment.

    @invariant()
    def nobody_else_is_seated(self) -> None:
        pairing = self.pairing() if self.parties else None
        if pairing is None:
            return
        assert pairing.initiator.token_hash == token_hash(self.parties["G"].token)
        if pairing.responder is not None:
            assert pairing.responder.token_hash == token_hash(self.parties["S"].token)

    @invariant()
    def what_has_ended_holds_nothing(self) -> None:
        pairing = self.pairing() if self.parties else None
        if pairing is not None and pairing.state is State.ENDED:
            assert pairing.size == 0

    @invariant()
    def there_is_one_handshake(self) -> None:
        pairing = self.pairing() if self.parties else None
        for role in Role if pairing else ():
            participant = pairing.participant(role) if pairing else None
            for n, messages in enumerate(participant.sent if participant else (), 1):
                if messages:
                    assert self.first_words.setdefault((role, n), messages) == messages
        self.codes |= {party.code for party in self.parties.values() if party.code}
        assert len(self.codes) <= 1

    @invariant()
    def a_code_is_shown_to_who_has_made_sure(self) -> None:
        for party in self.parties.values():
            peer = party.peer
            if party.code is None or peer is None:
                continue
            assert party.handshake.step is Step.AGREED
            assert peer.handshake.step in (Step.WAITING, Step.AGREED)
            if peer.end is not None and len(party.messages) + party.received_count > 4:
                assert peer.handshake.step is Step.AGREED, "an offer before both MACs"

    @invariant()
    def it_arrives_once(self) -> None:
        saved_count = sum(party.saved_count for party in self.parties.values())
        assert saved_count <= 1
        if any(party.has_receipt for party in self.parties.values()):
            assert saved_count == 1

    def teardown(self) -> None:
        """Two who are left in peace and keep resuming come to the end."""
        if not self.parties or self.is_spoilt or self.is_late:
            return
        self.run_undisturbed(ROUNDS, by_post=False)
        reasons = {name: party.reason for name, party in self.parties.items()}
        assert reasons == {"G": "done", "S": "done"}
        assert sum(party.saved_count for party in self.parties.values()) == 1
        assert sum(party.has_receipt for party in self.parties.values()) == 1


SETTINGS = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def test_no_order_of_anything_breaks_a_promise_and_peace_ends_in_success():
    run_state_machine_as_test(AnyOrder, settings=SETTINGS)


@pytest.mark.parametrize("direction", [GS, SG])
@pytest.mark.parametrize("mode", Mode)
def test_the_machine_above_reaches_the_end_by_itself(mode, direction):
    """Keep the machine honest: left in peace it delivers."""
    machine = AnyOrder()
    machine.begin(mode, direction)

    machine.teardown()

    assert [party.reason for party in machine.parties.values()] == ["done", "done"]


@pytest.mark.parametrize("direction", [GS, SG])
@pytest.mark.parametrize("mode", Mode)
def test_every_answer_may_be_lost_once(mode, direction):
    machine = AnyOrder()
    machine.begin(mode, direction)
    for _ in range(ROUNDS):
        for name in ("G", "S"):
            machine.join(name, by_post=False, lost=True)
            machine.join(name, by_post=True, lost=False)
            machine.resume_device(name, by_post=False, lost=True)
            machine.resume_device(name, by_post=True, lost=False)
            machine.send(name, lost=True)

    machine.teardown()

    assert [party.reason for party in machine.parties.values()] == ["done", "done"]
