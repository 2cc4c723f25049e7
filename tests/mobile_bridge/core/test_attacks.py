"""The relay, or whoever stands where it stands, attacks."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from mobile_bridge.core import protocol as p
from mobile_bridge.core.bundle import offer_for, write_offer
from mobile_bridge.core.channel import PAYLOAD_BLOCK
from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.step_guard import Step
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.errors import ProtocolError
from tests.support.bridge import (
    GS,
    SG,
    RelayFixture,
    octets,
    sample_payload,
    sealers,
    two_devices,
    vectors,
)
from tests.support.mitm_relay import MitmRelay, in_one_pair, sid_of, typed_devices
from tests.support.transcript_runner import run_until

TRANSCRIPTS = vectors("brg1_transcripts.json")["transcripts"]
IDS = [f"{transcript['mode']}-{transcript['dir']}" for transcript in TRANSCRIPTS]
SID, TOKENS = b"s" * 16, [bytes([n]) * 16 for n in range(9)]
MANY = 50


def swaps() -> Iterator[tuple[int, dict[str, str], str, bytes]]:
    """Return each message of each transcript with every other one in its place."""
    datas = [
        octets(message, "data")
        for transcript in TRANSCRIPTS
        for message in transcript["messages"]
    ]
    for at, transcript in enumerate(TRANSCRIPTS):
        before = ""
        for message in transcript["messages"]:
            right = octets(message, "data")
            for other in datas:
                if other != right:
                    yield at, message, before, other
            before = message["name"]


def test_no_message_passes_for_another():
    """Replayed, reflected, of another pairing, mode or direction: all are refused."""
    tried = 0
    for at, message, before, other in swaps():
        hearer = "S" if message["from"] == "G" else "G"
        runner = run_until(TRANSCRIPTS[at], hearer, before)

        with pytest.raises(ProtocolError):
            runner.handle(message["name"], other)
        tried += 1

    assert tried == 4 * 8 * (4 * 8 - 1)


@pytest.mark.parametrize("direction", [GS, SG])
def test_a_relay_that_shows_its_own_m1_is_found_out_by_the_qr_code(direction):
    initiator, responder = two_devices(direction)
    own = Initiator(Secrets.typed(sid_of(initiator), direction), secrets.token_bytes)
    qr = Secrets(p.Mode.QR, direction, sid_of(initiator), p.NO_PSK)
    alike = Initiator(qr, secrets.token_bytes)

    for false in (own.m1, alike.m1):
        with pytest.raises(ProtocolError):
            responder.take_m1(false)


def test_a_relay_that_answers_the_qr_code_itself_is_found_out_by_its_secret():
    initiator, _ = two_devices()
    blind = p.make_m2(initiator.m1, secrets.token_bytes(32), p.NO_PSK)

    with pytest.raises(ProtocolError):
        initiator.take_m2(blind)


def test_a_relay_that_opens_another_nonce_is_found_out_by_the_commitment():
    initiator, responder = typed_devices()
    m3 = initiator.take_m2(responder.take_m1(initiator.m1))

    with pytest.raises(ProtocolError):
        responder.take_m3(secrets.token_bytes(32) + m3[32:])


@pytest.mark.parametrize("direction", [GS, SG])
def test_a_relay_between_typed_devices_makes_two_codes_and_gets_no_offer(direction):
    sender = None
    for _ in range(3):  # both codes are the same once in a million
        initiator, responder = typed_devices(direction)
        ends = MitmRelay.of(sid_of(initiator), direction).attack(initiator, responder)
        sender, receiver = in_one_pair(*ends)
        if not sender.type_code(receiver.code):
            break

    assert sender.step is Step.START
    with pytest.raises(ProtocolError):
        sender.offer(sample_payload(), move=False)


@pytest.mark.parametrize("mode", p.Mode)
def test_what_the_persons_pressed_decides_and_not_the_relay(mode):
    """Both pressed "send", or one typed what the other showed as a QR code."""
    sid = secrets.token_bytes(16)
    other = p.Mode.TYPED if mode is p.Mode.QR else p.Mode.QR
    initiator = Initiator(Secrets(mode, GS, sid, p.NO_PSK), secrets.token_bytes)
    for mistaken in (
        Secrets(mode, SG, sid, p.NO_PSK),
        Secrets(other, GS, sid, p.NO_PSK),
    ):
        fingerprint = (
            p.fingerprint(initiator.m1) if mistaken.mode is p.Mode.QR else None
        )
        responder = Responder(mistaken, secrets.token_bytes, fingerprint=fingerprint)

        with pytest.raises(ProtocolError):
            responder.take_m1(initiator.m1)


def tries(take: Callable[[bytes], object], messages: Iterator[bytes]) -> list[object]:
    """Return what comes out of many messages."""
    got = []
    for message in messages:
        with suppress(ProtocolError):
            got.append(take(message))
    return got


def test_a_initiator_answers_one_responder_once_however_many_come():
    initiator, _ = typed_devices()
    many = (
        p.make_m2(initiator.m1, secrets.token_bytes(32), p.NO_PSK) for _ in range(MANY)
    )

    assert len(tries(initiator.take_m2, many)) == 1


def test_a_responder_answers_one_initiator_once_however_many_come():
    initiator, responder = typed_devices()
    both = Secrets.typed(sid_of(initiator), GS)
    many = (Initiator(both, secrets.token_bytes).m1 for _ in range(MANY))

    assert len(tries(responder.take_m1, many)) == 1


def test_one_act_of_a_person_shows_an_attacker_one_code_at_most():
    """Reconnecting, repeating, answering again: the devices walk forward only."""
    initiator, responder = typed_devices()
    ends = []
    for _ in range(MANY):
        first, second = (MitmRelay.of(sid_of(initiator)) for _ in range(2))
        for attack in (
            lambda middle=first: middle.of_initiator(initiator),
            lambda middle=second: middle.of_responder(responder),
        ):
            with suppress(ProtocolError):
                ends.append(attack())

    assert len(ends) == 2  # one on each screen, and in all the other rounds none
    assert {type(end) for end in ends} == {Sender, Receiver}
    assert initiator.step is responder.step is Step.SPENT


def test_the_code_is_not_known_before_the_last_choice_is_made():
    """The same m1 and m2 with another nonce of the initiator make another code."""
    sid, secret = secrets.token_bytes(16), secrets.token_bytes(32)
    pair, mode = p.key_pair(secrets.token_bytes(32)), p.Mode.TYPED
    codes = set()
    for _ in range(MANY):
        nonce = secrets.token_bytes(32)
        m1 = p.make_m1(sid, pair.public, nonce, mode=mode, direction=GS)
        m2 = p.make_m2(m1, secret, p.NO_PSK)
        keys = p.derive_keys(m1, m2, nonce, secret=secret, psk=p.NO_PSK)
        codes.add(p.check_code(keys))

    assert len(codes) > MANY - 3


class Scene:
    """A relay, a PC that shows a QR code, and phones that saw it."""

    def __init__(self, direction: p.Direction = GS) -> None:
        self.fixture, self.seed = RelayFixture(), secrets.token_bytes(32)
        self.secret, self.keys = secrets.token_bytes(32), None  # of the last phone
        self.both = Secrets.from_seed(self.seed, direction)
        self.initiator = Initiator(self.both, secrets.token_bytes)
        self.sid = self.both.sid
        shown = self.ask(
            "pc", "show", token=TOKENS[0], mode="Q", dir=direction, m1=self.initiator.m1
        )
        assert shown["ok"]

    def ask(self, who: str, event: str, **message: object) -> dict[str, object]:
        return self.fixture.ask(who, event, sid=self.sid, **message)

    def phone(self) -> Responder:
        fingerprint = self.initiator.link(self.seed).fingerprint
        return Responder(self.both, lambda _: self.secret, fingerprint=fingerprint)

    def meet(self, who: str, token: bytes) -> tuple[Sender | Receiver, bytes]:
        """Join as `who` and walk to the code; return that end, and m4."""
        responder, joined = self.phone(), self.ask(who, "join", token=token)
        m2 = responder.take_m1(joined["frames"][0]["data"])
        assert self.ask(who, "frame", n=1, data=m2)["ok"]
        m3 = self.initiator.take_m2(m2)
        assert self.ask("pc", "frame", n=2, data=m3)["ok"]
        m4, end = responder.take_m3(m3)
        assert self.ask(who, "frame", n=2, data=m4)["ok"]
        self.keys = p.derive_keys(
            self.initiator.m1, m2, m3[:32], secret=self.secret, psk=self.both.psk
        )
        return end, m4


def test_who_photographs_the_code_and_is_faster_gets_nothing_and_is_seen():
    scene = Scene()
    thief, m4 = scene.meet("thief", TOKENS[1])
    sender = scene.initiator.take_m4(m4)
    assert isinstance(thief, Receiver)
    assert isinstance(sender, Sender)

    owner = scene.ask("phone", "join", token=TOKENS[2])

    assert owner == {"ok": False, "code": "not_available"}
    ended = [
        (to, message["reason"])
        for to, event, message in scene.fixture.inbox
        if event == "ended"
    ]
    assert sorted(ended) == [("pc", "crowded"), ("thief", "crowded")]
    late = scene.ask("pc", "frame", n=3, data=b"m5")
    assert late["ok"] is False
    with pytest.raises(ProtocolError):  # and nobody has typed the thief's code
        sender.offer(sample_payload(), move=False)


def test_who_photographs_the_code_and_pushes_is_stopped_by_the_preview_alone():
    """Direction SG: the code protects who sends. docs/threats.md says so."""
    scene = Scene(SG)
    thief, m4 = scene.meet("thief", TOKENS[1])
    receiver = scene.initiator.take_m4(m4)
    assert isinstance(thief, Sender)
    assert isinstance(receiver, Receiver)
    assert thief.type_code(receiver.code)

    sealer, _ = sealers(scene.keys, SG)
    payload = sample_payload()
    offer = receiver.take_m5(sealer.seal(write_offer(offer_for(payload, move=False))))

    assert (offer.name, offer.issuer) == ("김하나", "certferry demo CA")
    with pytest.raises(ProtocolError):  # nothing is taken before the person's yes
        receiver.take_m7(sealer.seal(payload, PAYLOAD_BLOCK))


def test_no_reconnect_opens_a_second_handshake_in_one_pairing():
    scene = Scene()
    _, m4 = scene.meet("phone", TOKENS[1])
    other = scene.phone().take_m1(scene.initiator.m1)

    again = [
        scene.ask("phone", "frame", n=n, data=other, token=TOKENS[1]) for n in (1, 2, 3)
    ]
    shown = scene.ask("pc", "show", token=TOKENS[0], mode="Q", dir="GS", m1=b"another")
    resumed = scene.ask("elsewhere", "resume", token=TOKENS[1], received=0)

    assert [answer["code"] for answer in again] == ["out_of_turn"] * 3
    assert shown["ok"] is False
    assert [frame["n"] for frame in resumed["frames"]] == [1, 2]
    assert resumed["frames"][0]["data"] == scene.initiator.m1
    assert isinstance(scene.initiator.take_m4(m4), Sender)


def test_a_stolen_frame_is_no_token():
    """Who hears everything on the line but no token cannot speak for a device."""
    scene = Scene()
    scene.meet("phone", TOKENS[1])

    guesses = [
        scene.sid,
        scene.initiator.m1[-16:],
        b"\xff" * 16,
        TOKENS[1][:15] + b"\0",
    ]
    answers = [
        scene.ask(f"thief.{event}", event, token=guess, n=3, data=b"x", received=0,
                  reason="cancelled")["code"]
        for guess, event in zip(guesses, ("frame", "got", "end", "resume"), strict=True)
    ]  # fmt: skip

    assert answers == ["not_available"] * 4
