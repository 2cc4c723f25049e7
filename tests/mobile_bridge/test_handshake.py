"""Two devices and whoever sits between them."""

import secrets

import pytest

from mobile_bridge.core.handshake import Scanner, Secrets, Shower
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.errors import ProtocolError
from tests.mobile_bridge.makers import GS, SG, agreed, octets, two_devices, vectors

NEGATIVE = vectors("brg1_negative.json")
RUN = NEGATIVE["run"]


def vector_shower() -> Shower:
    """Return the shower of the vector, whose chance is the vector's."""
    chance = [octets(RUN, "skG"), octets(RUN, "nG")]
    both = Secrets.from_seed(octets(RUN, "seed"), GS)
    return Shower(both, lambda _: chance.pop(0))


def vector_scanner() -> Scanner:
    """Return a scanner that saw the vector's QR code."""
    both = Secrets.from_seed(octets(RUN, "seed"), GS)
    secret, seen = octets(RUN, "kS"), octets(RUN, "fp")
    return Scanner(both, lambda _: secret, fingerprint=seen)


@pytest.mark.parametrize("direction", [GS, SG])
def test_both_sides_reach_the_same_code(direction):
    sender, receiver = agreed(direction)

    assert isinstance(sender, Sender)
    assert isinstance(receiver, Receiver)
    assert sender.type_code(receiver.code)


def test_a_typed_number_leads_to_the_same_code():
    both = Secrets.typed(secrets.token_bytes(16), GS)
    shower, scanner = (
        Shower(both, secrets.token_bytes),
        Scanner(both, secrets.token_bytes),
    )

    m4, receiver = scanner.take_m3(shower.take_m2(scanner.take_m1(shower.m1)))
    sender = shower.take_m4(m4)

    assert sender.type_code(receiver.code)


def test_the_vector_shower_says_what_the_vector_says():
    shower = vector_shower()

    m3 = shower.take_m2(octets(RUN, "m2"))

    assert shower.m1.hex() == RUN["m1"]
    assert m3.hex() == RUN["nG"] + RUN["macG"]
    assert shower.take_m4(octets(RUN, "macS")).type_code(RUN["code"])


@pytest.mark.parametrize("case", NEGATIVE["cases"], ids=lambda case: case["what"])
def test_every_fault_ends_in_the_one_error(case):
    forged = octets(case, case["taker"])

    with pytest.raises(ProtocolError) as caught:
        take_forged(case["taker"], forged)

    assert (caught.value.code, caught.value.args) == ("protocol_failed", ())
    assert caught.value.__suppress_context__


def take_forged(message: str, forged: bytes) -> None:
    shower, scanner = vector_shower(), vector_scanner()
    if message == "m1":
        scanner.take_m1(forged)
    elif message == "m2":
        shower.take_m2(forged)
    elif message == "m3":
        scanner.take_m1(shower.m1)
        scanner.take_m3(forged)
    else:
        shower.take_m2(octets(RUN, "m2"))
        shower.take_m4(forged)


def test_a_second_m2_is_refused_even_when_it_is_right():
    shower, scanner = two_devices()
    m2 = scanner.take_m1(shower.m1)
    shower.take_m2(m2)

    with pytest.raises(ProtocolError):
        shower.take_m2(m2)


def test_a_wrong_m2_burns_the_key_pair():
    shower, scanner = two_devices()
    m2 = scanner.take_m1(shower.m1)
    with pytest.raises(ProtocolError):
        shower.take_m2(m2[:-1] + bytes([m2[-1] ^ 1]))

    with pytest.raises(ProtocolError):
        shower.take_m2(m2)


def test_who_did_not_see_the_code_cannot_answer():
    shower, _ = two_devices()
    sid = Secrets.from_seed(b"x" * 32, GS).sid
    blind = Scanner(
        Secrets.from_seed(b"x" * 32, GS),
        secrets.token_bytes,
        fingerprint=shower.link(b"x" * 32).fingerprint,
    )

    assert sid not in shower.m1
    with pytest.raises(ProtocolError):
        blind.take_m1(shower.m1)


def test_a_replayed_m3_does_not_open_another_pairing():
    shower, scanner = two_devices()
    m3 = shower.take_m2(scanner.take_m1(shower.m1))
    other_shower, other_scanner = two_devices()
    other_scanner.take_m1(other_shower.m1)

    with pytest.raises(ProtocolError):
        other_scanner.take_m3(m3)


def test_a_scanner_of_a_code_needs_its_fingerprint():
    with pytest.raises(ProtocolError):
        Scanner(Secrets.from_seed(b"x" * 32, GS), secrets.token_bytes)
