"""How much the check code is worth, counted."""

import secrets

import pytest

from mobile_bridge.core import protocol as p
from mobile_bridge.errors import ProtocolError
from tests.support.bridge import GS, SG
from tests.support.mitm_relay import MitmRelay, in_one_pair, sid_of, typed_devices

ATTACKS, LEAST, MOST = 1_000, 2, 20  # 0.2 to 2 %


def attack_passes(direction: p.Direction) -> bool:
    """Say whether both screens show the same code to one man in the middle."""
    initiator, responder = typed_devices(direction)
    ends = MitmRelay.of(sid_of(initiator), direction).attack(initiator, responder)
    sender, receiver = in_one_pair(*ends)
    return sender.type_code(receiver.code)


@pytest.mark.parametrize("direction", [GS, SG])
def test_of_a_thousand_attacks_on_two_digits_one_in_a_hundred_passes(
    direction, monkeypatch
):
    monkeypatch.setattr(p, "CODE_DIGITS", 2)

    def passed() -> int:
        return sum(attack_passes(direction) for _ in range(ATTACKS))

    # Chance alone leaves these bounds twice in a thousand; three times in a row never.
    assert any(LEAST <= passed() <= MOST for _ in range(3))


def test_six_digits_are_what_is_shown():
    initiator, responder = typed_devices()
    _, receiver = in_one_pair(
        *MitmRelay.of(sid_of(initiator)).attack(initiator, responder)
    )

    assert p.CODE_DIGITS == 6
    assert len(receiver.code) == 6


def test_who_grinds_nonces_to_choose_the_code_is_refused(monkeypatch):
    """An initiator in the middle knows the responder's secret and wants one code."""
    monkeypatch.setattr(p, "CODE_DIGITS", 2)
    initiator, responder = typed_devices()
    forged_m3 = grind(responder, sid_of(initiator), target="42")

    with pytest.raises(ProtocolError):
        responder.take_m3(forged_m3)


def test_without_the_commitment_grinding_would_choose_the_code(monkeypatch):
    """Keep the test above honest: it is the commitment that stops it."""
    monkeypatch.setattr(p, "CODE_DIGITS", 2)
    monkeypatch.setattr(p, "check_opening", lambda *_: None)
    initiator, responder = typed_devices()

    forged_m3 = grind(responder, sid_of(initiator), target="42")

    _, receiver = responder.take_m3(forged_m3)
    assert receiver.code == "42"


def grind(responder, sid: bytes, *, target: str) -> bytes:
    """Say an own m1 and return the m3 whose nonce makes the wanted code."""
    pair = p.key_pair(secrets.token_bytes(32))
    mode, where = p.Mode.TYPED, GS
    m1 = p.make_m1(sid, pair.public, bytes(32), mode=mode, direction=where)
    m2 = responder.take_m1(m1)
    secret = p.open_m2(m1, m2, pair, p.NO_PSK)
    for number in range(1, 2_000):
        nonce = number.to_bytes(32, "big")
        keys = p.derive_keys(m1, m2, nonce, secret=secret, psk=p.NO_PSK)
        if p.check_code(keys) == target:
            return nonce + p.initiator_mac(keys)
    raise AssertionError("one nonce in a hundred makes two digits")
