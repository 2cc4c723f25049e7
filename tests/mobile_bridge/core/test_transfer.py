"""Code, offer, answer, payload, receipt: in this order or not at all."""

from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mobile_bridge.core.bundle import offer_for, write_offer
from mobile_bridge.core.channel import PAYLOAD_BLOCK, Opener, Sealer
from mobile_bridge.core.handshake import Responder, Secrets
from mobile_bridge.core.step_guard import Step
from mobile_bridge.core.transfer import ACCEPT, Receiver, Sender
from mobile_bridge.errors import BundleError, ProtocolError
from tests.support.bridge import (
    GS,
    SG,
    agreed,
    agreed_with_keys,
    octets,
    sample_files,
    sample_payload,
    sealers,
    two_devices,
    vectors,
)

TAG_BYTES = 16  # what AES-GCM adds to a record


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.parametrize("direction", [GS, SG])
def test_a_certificate_arrives_whole(direction):
    sender, receiver = agreed(direction)
    assert sender.type_code(receiver.code)

    offer = receiver.take_m5(sender.offer(sample_payload(), move=True))
    assert sender.take_m6(receiver.answer(accept=True))
    m7 = sender.payload()
    files = receiver.take_m7(m7)
    sender.take_m8(receiver.receipt())

    assert (offer.name, offer.issuer, offer.move) == (
        "김하나",
        "certferry demo CA",
        True,
    )
    assert list(files) == sample_files()
    assert (len(m7) - TAG_BYTES) % PAYLOAD_BLOCK == 0
    assert sender.step is receiver.step is Step.DONE


def test_three_wrong_codes_end_it_and_the_right_one_then_is_too_late():
    sender, receiver = agreed()
    assert not sender.type_code(wrong(receiver.code))
    assert not sender.type_code(wrong(receiver.code))
    with pytest.raises(ProtocolError):
        sender.type_code(wrong(receiver.code))

    assert sender.tries_left == 0
    with pytest.raises(ProtocolError):
        sender.type_code(receiver.code)


def test_the_third_try_may_be_right():
    sender, receiver = agreed()
    sender.type_code(wrong(receiver.code))
    sender.type_code(wrong(receiver.code))

    assert sender.type_code(receiver.code)


def test_nothing_is_offered_before_the_code():
    sender, _ = agreed()

    with pytest.raises(ProtocolError):
        sender.offer(sample_payload(), move=False)


def test_nothing_is_sent_after_a_no():
    sender, receiver = agreed()
    sender.type_code(receiver.code)
    receiver.take_m5(sender.offer(sample_payload(), move=False))

    assert not sender.take_m6(receiver.answer(accept=False))

    with pytest.raises(ProtocolError):
        sender.payload()
    with pytest.raises(ProtocolError):
        receiver.answer(accept=True)


def test_yes_and_no_look_alike_on_the_wire():
    lengths = set()
    for accept in (True, False):
        sender, receiver = agreed()
        sender.type_code(receiver.code)
        receiver.take_m5(sender.offer(sample_payload(), move=False))
        lengths.add(len(receiver.answer(accept=accept)))

    assert len(lengths) == 1


def test_a_receipt_for_something_else_is_none():
    sender, receiver, keys = agreed_with_keys()
    _, cheat = sealers(keys)
    sender.type_code(receiver.code)
    sender.offer(sample_payload(), move=True)
    sender.take_m6(cheat.seal(ACCEPT))
    sender.payload()

    with pytest.raises(ProtocolError):
        sender.take_m8(cheat.seal(bytes(32)))
    assert sender.step is Step.SPENT


def test_what_could_not_be_stored_is_said_and_is_no_receipt():
    sender, receiver = agreed()
    sender.type_code(receiver.code)
    receiver.take_m5(sender.offer(sample_payload(), move=True))
    sender.take_m6(receiver.answer(accept=True))
    receiver.take_m7(sender.payload())

    m8 = receiver.not_stored()

    assert sender.take_m8(m8) is False
    assert (sender.step, receiver.step) == (Step.SPENT, Step.SPENT)
    with pytest.raises(ProtocolError):
        receiver.receipt()


def test_there_is_no_receipt_before_the_payload():
    sender, receiver = agreed()
    sender.type_code(receiver.code)
    receiver.take_m5(sender.offer(sample_payload(), move=True))
    receiver.answer(accept=True)

    with pytest.raises(ProtocolError):
        receiver.receipt()


def test_another_payload_than_the_offered_one_is_refused():
    _, receiver, keys = agreed_with_keys()
    cheat, _ = sealers(keys)
    payload = sample_payload()
    receiver.take_m5(cheat.seal(write_offer(offer_for(payload, move=True))))
    receiver.answer(accept=True)

    with pytest.raises(BundleError):
        receiver.take_m7(cheat.seal(payload[:-1], PAYLOAD_BLOCK))


def test_the_vector_transfer_opens():
    vector = vectors("brg1_transfer.json")
    th = octets(vector, "th")
    from_sender = Opener(octets(vector, "aGS"), th)
    from_receiver = Opener(octets(vector, "aSG"), th)

    assert from_sender.open(octets(vector, "m5")).decode() == vector["offer"]
    assert from_receiver.open(octets(vector, "m6")).decode() == vector["answer"]
    assert from_sender.open(octets(vector, "m7")).hex() == vector["payload"]
    assert from_receiver.open(octets(vector, "m8")).hex() == vector["receipt"]
    declined = Opener(octets(vector, "aSG"), th)
    assert declined.open(octets(vector, "m6_decline")) == b"decline"


def test_the_sides_keys_are_not_the_same():
    sender, receiver, keys = agreed_with_keys()
    own, _ = sealers(keys)
    sender.type_code(receiver.code)
    sender.offer(sample_payload(), move=False)

    with pytest.raises(ProtocolError):
        sender.take_m6(own.seal(ACCEPT))


class AnyOrder(RuleBasedStateMachine):
    """A hostile relay delivers anything it has seen, to anybody, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.seed = bytes(range(32))
        self.initiator, self.responder = two_devices(seed=self.seed)
        self.receiver: Receiver | None = None
        self.sender: Sender | None = None
        self.seen = [self.initiator.m1]
        self.kept = self.received = 0
        self.typed = self.accepted = False

    def message(self, pick: int) -> bytes:
        return self.seen[pick % len(self.seen)]

    @rule(pick=st.integers(0, 9))
    def responder_takes_m1(self, pick: int) -> None:
        self.attempt(
            lambda: self.seen.append(self.responder.take_m1(self.message(pick)))
        )

    @rule(pick=st.integers(0, 9))
    def initiator_takes_m2(self, pick: int) -> None:
        self.attempt(
            lambda: self.seen.append(self.initiator.take_m2(self.message(pick)))
        )

    @rule(pick=st.integers(0, 9))
    def responder_takes_m3(self, pick: int) -> None:
        def take() -> None:
            m4, receiver = self.responder.take_m3(self.message(pick))
            assert isinstance(receiver, Receiver)
            assert self.initiator.step is Step.WAITING, "a code before m3 was made"
            self.receiver = receiver
            self.seen.append(m4)

        self.attempt(take)

    @rule(pick=st.integers(0, 9))
    def initiator_takes_m4(self, pick: int) -> None:
        def take() -> None:
            sender = self.initiator.take_m4(self.message(pick))
            assert isinstance(sender, Sender)
            assert self.receiver is not None, "agreed with nobody"
            self.sender = sender

        self.attempt(take)

    @precondition(lambda self: self.sender and self.receiver)
    @rule(is_right=st.booleans())
    def person_types(self, is_right: bool) -> None:
        code = self.receiver.code

        def typing() -> None:
            is_accepted = self.sender.type_code(code if is_right else wrong(code))
            assert is_accepted is is_right
            self.typed = self.typed or is_accepted

        self.attempt(typing)

    @precondition(lambda self: self.sender)
    @rule()
    def sender_offers(self) -> None:
        def offer() -> None:
            self.seen.append(self.sender.offer(sample_payload(), move=True))
            assert self.typed, "an offer before the code"

        self.attempt(offer)

    @precondition(lambda self: self.receiver)
    @rule(pick=st.integers(0, 9))
    def receiver_takes_m5(self, pick: int) -> None:
        self.attempt(lambda: self.receiver.take_m5(self.message(pick)))

    @precondition(lambda self: self.receiver)
    @rule()
    def person_accepts(self) -> None:
        def accept() -> None:
            self.seen.append(self.receiver.answer(accept=True))
            self.accepted = True

        self.attempt(accept)

    @precondition(lambda self: self.sender)
    @rule(pick=st.integers(0, 9))
    def sender_takes_m6_and_sends(self, pick: int) -> None:
        def send() -> None:
            self.sender.take_m6(self.message(pick))
            assert self.accepted, "accepted by nobody"
            self.seen.append(self.sender.payload())

        self.attempt(send)

    @precondition(lambda self: self.receiver)
    @rule(pick=st.integers(0, 9))
    def receiver_takes_m7(self, pick: int) -> None:
        def take() -> None:
            assert list(self.receiver.take_m7(self.message(pick))) == sample_files()
            self.kept += 1
            self.seen.append(self.receiver.receipt())

        self.attempt(take)

    @precondition(lambda self: self.sender)
    @rule(pick=st.integers(0, 9))
    def sender_takes_m8(self, pick: int) -> None:
        def take() -> None:
            self.sender.take_m8(self.message(pick))
            self.received += 1
            assert self.kept == 1, "a receipt before anything was kept"

        self.attempt(take)

    @invariant()
    def delivers_at_most_once(self) -> None:
        assert self.kept <= 1
        assert self.received <= self.kept

    @staticmethod
    def attempt(move) -> None:
        with suppress(ProtocolError, BundleError):
            move()


AnyOrder.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None
)
TestNoOrderOfMessagesShowsACodeEarlyOrDeliversTwice = AnyOrder.TestCase


def test_the_machine_above_can_reach_the_end():
    """Keep the machine honest: in the right order it delivers."""
    machine = AnyOrder()
    machine.responder_takes_m1(0)
    machine.initiator_takes_m2(1)
    machine.responder_takes_m3(2)
    machine.initiator_takes_m4(3)
    machine.person_types(True)
    machine.sender_offers()
    machine.receiver_takes_m5(4)
    machine.person_accepts()
    machine.sender_takes_m6_and_sends(5)
    machine.receiver_takes_m7(6)
    machine.sender_takes_m8(7)

    assert (machine.kept, machine.received) == (1, 1)


def test_direction_turned_round_by_the_relay_is_noticed():
    initiator, _ = two_devices(GS, seed=b"y" * 32)
    wants_to_send = Secrets.from_seed(b"y" * 32, SG)
    seen = initiator.link(b"y" * 32).fingerprint
    responder = Responder(wants_to_send, lambda n: bytes(n), fingerprint=seen)

    with pytest.raises(ProtocolError):
        responder.take_m1(initiator.m1)


def test_a_reused_number_opens_nothing():
    sealer, opener = Sealer(b"k" * 32, b"t"), Opener(b"k" * 32, b"t")
    record = sealer.seal(b"once")
    opener.open(record)

    with pytest.raises(ProtocolError):
        opener.open(record)
