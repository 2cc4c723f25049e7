"""Code, order, request, certificate, receipt: in this order or not at all."""

from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mobile_bridge.core import protocol as p
from mobile_bridge.core.channel import PAYLOAD_BLOCK
from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.order import CentreRefusal
from mobile_bridge.core.protocol import Direction
from mobile_bridge.core.remote_issuance import KeyHolder, NoRequest, Registrar
from mobile_bridge.core.step_guard import Step
from mobile_bridge.errors import ForeignCertificateError, ProtocolError
from tests.support.bridge import GK, GS, SG, octets, two_devices
from tests.support.issuing import (
    ISSUING,
    agreed_to_issue,
    sample_issued,
    sample_order,
    sample_request,
)

TAG_BYTES = 16  # what AES-GCM adds to a record
TRANSCRIPTS = ISSUING["transcripts"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def ordered() -> tuple[Registrar, KeyHolder]:
    """Return the two after the phone has seen the order."""
    registrar, holder, _ = agreed_to_issue()
    assert registrar.type_code(holder.code)
    assert holder.take_m5(registrar.order(sample_order())) == sample_order()
    return registrar, holder


def test_a_certificate_is_issued_for_a_key_that_never_travels():
    registrar, holder = ordered()

    request = registrar.take_m6(holder.request(sample_request()))
    m7 = registrar.deliver(sample_issued())
    issued = holder.take_m7(m7)

    assert request == sample_request()
    assert issued == sample_issued()
    assert registrar.take_m8(holder.receipt())
    assert registrar.step is holder.step is Step.DONE
    assert (len(m7) - TAG_BYTES) % PAYLOAD_BLOCK == 0


def test_nothing_is_ordered_before_the_code():
    registrar, _, _ = agreed_to_issue()

    with pytest.raises(ProtocolError):
        registrar.order(sample_order())


def test_three_wrong_codes_end_it():
    registrar, holder, _ = agreed_to_issue()
    assert not registrar.type_code(wrong(holder.code))
    assert not registrar.type_code(wrong(holder.code))
    with pytest.raises(ProtocolError):
        registrar.type_code(wrong(holder.code))

    with pytest.raises(ProtocolError):
        registrar.type_code(holder.code)


@pytest.mark.parametrize("reason", NoRequest)
def test_after_a_no_nothing_is_delivered(reason):
    registrar, holder = ordered()

    assert registrar.take_m6(holder.refuse(reason)) is reason

    with pytest.raises(ProtocolError):
        registrar.deliver(sample_issued())
    with pytest.raises(ProtocolError):
        holder.request(sample_request())


def test_a_request_and_a_no_look_alike_on_the_wire():
    lengths = set()
    for make in (
        lambda holder: holder.request(sample_request()),
        lambda holder: holder.refuse(NoRequest.DECLINED),
        lambda holder: holder.refuse(NoRequest.NO_KEY),
    ):
        _, holder = ordered()
        lengths.add(len(make(holder)))

    assert lengths == {PAYLOAD_BLOCK + TAG_BYTES}


def test_a_refusal_of_the_centre_reaches_the_phone_and_nothing_follows():
    registrar, holder = ordered()
    registrar.take_m6(holder.request(sample_request()))

    answer = holder.take_m7(registrar.deliver(CentreRefusal("application_expired")))

    assert answer == CentreRefusal("application_expired")
    with pytest.raises(ProtocolError):
        holder.receipt()


def test_what_could_not_be_stored_is_no_receipt():
    registrar, holder = ordered()
    registrar.take_m6(holder.request(sample_request()))
    holder.take_m7(registrar.deliver(sample_issued()))

    assert not registrar.take_m8(holder.not_stored())
    assert registrar.step is Step.SPENT


def test_a_certificate_for_another_key_is_refused_and_never_acknowledged():
    registrar, holder = ordered()
    registrar.take_m6(holder.request(sample_request()))
    own, issuer = sample_issued().certificate, sample_issued().chain[0]
    foreign = type(sample_issued())(issuer, (own,))

    with pytest.raises(ForeignCertificateError):
        holder.take_m7(registrar.deliver(foreign))

    with pytest.raises(ProtocolError):
        holder.receipt()


@pytest.mark.parametrize(("shown", "scanned"), [(GS, GK), (GK, GS), (SG, GK), (GK, SG)])
def test_what_was_shown_is_what_was_scanned(shown, scanned):
    initiator, _ = two_devices(shown, seed=b"y" * 32)
    shared = Secrets.from_seed(b"y" * 32, scanned)
    fingerprint = initiator.link(b"y" * 32).fingerprint
    responder = Responder(shared, bytes, fingerprint=fingerprint)

    with pytest.raises(ProtocolError):
        responder.take_m1(initiator.m1)


class Runner:
    """One device of a vector transcript, which draws what the vector drew."""

    def __init__(self, transcript: dict[str, Any], device: str) -> None:
        self.run, self.code = transcript["run"], transcript["code"]
        shared = _secrets(self.run)
        seen = octets(self.run, "fp") if self.run["mode"] == "Q" else None
        self.handshake: Initiator | Responder = (
            Initiator(shared, _drawing(self.run, "skG", "nG"))
            if device == "G"
            else Responder(shared, _drawing(self.run, "kS"), fingerprint=seen)
        )
        self.part: Any = None
        self.reply = b""

    def say(self, name: str) -> bytes:
        if name == "m1":
            assert isinstance(self.handshake, Initiator)
            return self.handshake.m1
        if name == "m5":
            assert self.part.type_code(self.code)
        messages = {
            "m5": lambda: self.part.order(sample_order()),
            "m6": lambda: self.part.request(sample_request()),
            "m7": lambda: self.part.deliver(sample_issued()),
            "m8": lambda: self.part.receipt(),
        }
        return messages.get(name, lambda: self.reply)()

    def take(self, name: str, data: bytes) -> object:
        if name in ("m5", "m6", "m7", "m8"):
            return getattr(self.part, f"take_{name}")(data)
        # HPKE draws inside, so that only the vector's own m2 makes the vector's keys.
        with patch.object(p, "make_m2", lambda *_: octets(self.run, "m2")):
            result = getattr(self.handshake, f"take_{name}")(data)
        if name == "m3":
            self.reply, self.part = result
        elif name == "m4":
            self.part = result
        else:
            self.reply = result
        return None


def _secrets(run: dict[str, str]) -> Secrets:
    direction = Direction(run["dir"])
    if run["mode"] == "Q":
        return Secrets.from_seed(octets(run, "seed"), direction)
    return Secrets.typed(octets(run, "sid"), direction)


def _drawing(run: dict[str, str], *names: str) -> Any:
    drawn = [octets(run, name) for name in names]
    return lambda _: drawn.pop(0)


def walked(transcript: dict[str, Any], device: str, last: str) -> Runner:
    """Return a device after everything up to and with the message `last`."""
    runner = Runner(transcript, device)
    for message in transcript["messages"]:
        if message["from"] == device:
            runner.say(message["name"])
        else:
            runner.take(message["name"], octets(message, "data"))
        if message["name"] == last:
            break
    return runner


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=["Q", "T"])
def test_both_devices_say_every_word_of_the_transcript(transcript):
    runners = {device: Runner(transcript, device) for device in "GS"}

    for message in transcript["messages"]:
        name, speaker = message["name"], message["from"]
        assert runners[speaker].say(name) == octets(message, "data"), name
        runners["S" if speaker == "G" else "G"].take(name, octets(message, "data"))

    assert {runner.part.step for runner in runners.values()} == {Step.DONE}


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=["Q", "T"])
def test_every_other_end_of_the_transcript_is_read(transcript):
    after_m5 = [walked(transcript, "G", "m5") for _ in range(2)]

    assert after_m5[0].take("m6", octets(transcript, "m6_decline")) is (
        NoRequest.DECLINED
    )
    assert after_m5[1].take("m6", octets(transcript, "m6_no_key")) is NoRequest.NO_KEY
    refused = walked(transcript, "S", "m6").take("m7", octets(transcript, "m7_refused"))
    assert refused == CentreRefusal("key_seen")
    registrar = walked(transcript, "G", "m7")
    assert registrar.take("m8", octets(transcript, "m8_not_stored")) is False


@pytest.mark.parametrize("case", ISSUING["refused"], ids=lambda case: case["what"])
def test_every_attack_ends_in_the_one_error_and_in_nothing_more(case):
    transcript = TRANSCRIPTS[0]
    runner = walked(transcript, case["device"], case["after"])
    own = {m["name"]: octets(m, "data") for m in transcript["messages"]}

    with pytest.raises(ProtocolError) as caught:
        runner.take(case["take"], octets(case, "data"))

    assert (caught.value.code, caught.value.args) == ("protocol_failed", ())
    with pytest.raises(ProtocolError):
        runner.take(case["take"], own[case["take"]])


class AnyOrder(RuleBasedStateMachine):
    """A hostile relay delivers anything it has seen, to anybody, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.registrar, self.holder, _ = agreed_to_issue()
        self.seen: list[bytes] = []
        self.is_typed = self.is_key_made = False
        self.asked = self.kept = self.acknowledged = 0

    def message(self, pick: int) -> bytes:
        return self.seen[pick % len(self.seen)] if self.seen else b""

    @rule(is_right=st.booleans())
    def person_types(self, is_right: bool) -> None:
        code = self.holder.code

        def typing() -> None:
            matches = self.registrar.type_code(code if is_right else wrong(code))
            assert matches is is_right
            self.is_typed = self.is_typed or matches

        self.attempt(typing)

    @rule()
    def registrar_orders(self) -> None:
        def order() -> None:
            self.seen.append(self.registrar.order(sample_order()))
            assert self.is_typed, "an order before the code"

        self.attempt(order)

    @rule(pick=st.integers(0, 5))
    def holder_takes_m5(self, pick: int) -> None:
        self.attempt(lambda: self.holder.take_m5(self.message(pick)))

    @rule()
    def person_makes_key(self) -> None:
        def request() -> None:
            self.seen.append(self.holder.request(sample_request()))
            self.is_key_made = True

        self.attempt(request)

    @rule(pick=st.integers(0, 5))
    def registrar_takes_m6(self, pick: int) -> None:
        def take() -> None:
            assert self.registrar.take_m6(self.message(pick)) == sample_request()
            assert self.is_key_made, "asked without a key"
            self.asked += 1

        self.attempt(take)

    @precondition(lambda self: self.asked)
    @rule()
    def centre_issues(self) -> None:
        self.attempt(lambda: self.seen.append(self.registrar.deliver(sample_issued())))

    @rule(pick=st.integers(0, 5))
    def holder_takes_m7(self, pick: int) -> None:
        def take() -> None:
            assert self.holder.take_m7(self.message(pick)) == sample_issued()
            self.kept += 1
            self.seen.append(self.holder.receipt())

        self.attempt(take)

    @rule(pick=st.integers(0, 5))
    def registrar_takes_m8(self, pick: int) -> None:
        def take() -> None:
            assert self.registrar.take_m8(self.message(pick))
            assert self.kept == 1, "a receipt before anything was kept"
            self.acknowledged += 1

        self.attempt(take)

    @invariant()
    def issues_at_most_once(self) -> None:
        assert self.asked <= 1
        assert self.acknowledged <= self.kept <= self.asked

    @staticmethod
    def attempt(move: Any) -> None:
        with suppress(ProtocolError, ForeignCertificateError):
            move()


AnyOrder.TestCase.settings = settings(
    max_examples=60, stateful_step_count=20, deadline=None
)
TestNoOrderOfMessagesIssuesEarlyOrTwice = AnyOrder.TestCase


def test_the_machine_above_can_reach_the_end():
    """Keep the machine honest: in the right order it delivers."""
    machine = AnyOrder()
    machine.person_types(True)
    machine.registrar_orders()
    machine.holder_takes_m5(0)
    machine.person_makes_key()
    machine.registrar_takes_m6(1)
    machine.centre_issues()
    machine.holder_takes_m7(2)
    machine.registrar_takes_m8(3)

    assert (machine.asked, machine.kept, machine.acknowledged) == (1, 1, 1)
