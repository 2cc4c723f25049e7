"""Two devices and whoever sits between them."""

import secrets

import pytest

from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.errors import ProtocolError
from tests.support.bridge import GS, SG, agreed, octets, two_devices, vectors

NEGATIVE = vectors("brg1_negative.json")
RUN = NEGATIVE["run"]


def vector_initiator() -> Initiator:
    """Return the initiator of the vector, whose chance is the vector's."""
    chance = [octets(RUN, "skG"), octets(RUN, "nG")]
    both = Secrets.from_seed(octets(RUN, "seed"), GS)
    return Initiator(both, lambda _: chance.pop(0))


def vector_responder() -> Responder:
    """Return a responder that saw the vector's QR code."""
    both = Secrets.from_seed(octets(RUN, "seed"), GS)
    secret, seen = octets(RUN, "kS"), octets(RUN, "fp")
    return Responder(both, lambda _: secret, fingerprint=seen)


@pytest.mark.parametrize("direction", [GS, SG])
def test_both_sides_reach_the_same_code(direction):
    sender, receiver = agreed(direction)

    assert isinstance(sender, Sender)
    assert isinstance(receiver, Receiver)
    assert sender.type_code(receiver.code)


def test_a_typed_number_leads_to_the_same_code():
    both = Secrets.typed(secrets.token_bytes(16), GS)
    initiator, responder = (
        Initiator(both, secrets.token_bytes),
        Responder(both, secrets.token_bytes),
    )

    m4, receiver = responder.take_m3(initiator.take_m2(responder.take_m1(initiator.m1)))
    sender = initiator.take_m4(m4)

    assert sender.type_code(receiver.code)


def test_the_vector_initiator_says_what_the_vector_says():
    initiator = vector_initiator()

    m3 = initiator.take_m2(octets(RUN, "m2"))

    assert initiator.m1.hex() == RUN["m1"]
    assert m3.hex() == RUN["nG"] + RUN["macG"]
    assert initiator.take_m4(octets(RUN, "macS")).type_code(RUN["code"])


@pytest.mark.parametrize("case", NEGATIVE["cases"], ids=lambda case: case["what"])
def test_every_fault_ends_in_the_one_error(case):
    forged = octets(case, case["taker"])

    with pytest.raises(ProtocolError) as caught:
        take_forged(case["taker"], forged)

    assert (caught.value.code, caught.value.args) == ("protocol_failed", ())
    assert caught.value.__suppress_context__


def take_forged(message: str, forged: bytes) -> None:
    initiator, responder = vector_initiator(), vector_responder()
    if message == "m1":
        responder.take_m1(forged)
    elif message == "m2":
        initiator.take_m2(forged)
    elif message == "m3":
        responder.take_m1(initiator.m1)
        responder.take_m3(forged)
    else:
        initiator.take_m2(octets(RUN, "m2"))
        initiator.take_m4(forged)


def test_a_second_m2_is_refused_even_when_it_is_right():
    initiator, responder = two_devices()
    m2 = responder.take_m1(initiator.m1)
    initiator.take_m2(m2)

    with pytest.raises(ProtocolError):
        initiator.take_m2(m2)


def test_a_wrong_m2_burns_the_key_pair():
    initiator, responder = two_devices()
    m2 = responder.take_m1(initiator.m1)
    with pytest.raises(ProtocolError):
        initiator.take_m2(m2[:-1] + bytes([m2[-1] ^ 1]))

    with pytest.raises(ProtocolError):
        initiator.take_m2(m2)


def test_who_did_not_see_the_code_cannot_answer():
    initiator, _ = two_devices()
    sid = Secrets.from_seed(b"x" * 32, GS).sid
    blind = Responder(
        Secrets.from_seed(b"x" * 32, GS),
        secrets.token_bytes,
        fingerprint=initiator.link(b"x" * 32).fingerprint,
    )

    assert sid not in initiator.m1
    with pytest.raises(ProtocolError):
        blind.take_m1(initiator.m1)


def test_a_replayed_m3_does_not_open_another_pairing():
    initiator, responder = two_devices()
    m3 = initiator.take_m2(responder.take_m1(initiator.m1))
    other_initiator, other_responder = two_devices()
    other_responder.take_m1(other_initiator.m1)

    with pytest.raises(ProtocolError):
        other_responder.take_m3(m3)


def test_a_responder_of_a_code_needs_its_fingerprint():
    with pytest.raises(ProtocolError):
        Responder(Secrets.from_seed(b"x" * 32, GS), secrets.token_bytes)
