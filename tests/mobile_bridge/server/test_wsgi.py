"""The relay over real sockets, in a real gunicorn."""

import secrets
import threading
import time
from queue import Queue
from types import SimpleNamespace
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from socketio.exceptions import ConnectionError as NoConnectionError

from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.server.wsgi import ExpirySweeper
from tests.support.bridge import GS, sample_files, sample_payload
from tests.support.relay_device import Device, text
from tests.support.tcp_proxy import TcpProxy

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 16; Pixel 9) Mobile"


class Pair:
    """Two connected devices and the secrets between them."""

    def __init__(self, pc: Device, phone: Device) -> None:
        self.pc, self.phone, self.seed = pc, phone, secrets.token_bytes(32)
        self.both = Secrets.from_seed(self.seed, GS)
        self.sid, self.chance = self.both.sid, []
        self.initiator = Initiator(self.both, self.random)
        seen = self.initiator.link(self.seed).fingerprint
        self.responder = Responder(self.both, self.random, fingerprint=seen)
        self.count = {pc: 1, phone: 0}

    def random(self, size: int) -> bytes:
        """Return chance, and remember it."""
        self.chance.append(secrets.token_bytes(size))
        return self.chance[-1]

    def meet(self) -> bytes:
        """Show and join; return the first message as the phone got it."""
        m1 = self.initiator.m1
        assert self.pc.ask("show", sid=self.sid, mode="Q", dir="GS", m1=m1)["ok"]
        joined = self.phone.ask("join", sid=self.sid)
        assert joined["ok"]
        return joined["frames"][0]["data"]

    def pass_on(self, speaker: Device, data: bytes) -> bytes:
        """Say one message; return it as the other device got it."""
        self.count[speaker] += 1
        n = self.count[speaker]
        assert speaker.ask("frame", sid=self.sid, n=n, data=data) == {"ok": True}
        return (self.pc if speaker is self.phone else self.phone).receive_frame()

    def agree(self) -> tuple[Sender, Receiver]:
        """Walk the handshake through the relay."""
        m2 = self.pass_on(self.phone, self.responder.take_m1(self.meet()))
        m4, receiver = self.responder.take_m3(
            self.pass_on(self.pc, self.initiator.take_m2(m2))
        )
        sender = self.initiator.take_m4(self.pass_on(self.phone, m4))
        assert isinstance(sender, Sender)
        assert isinstance(receiver, Receiver)
        return sender, receiver


@pytest.fixture
def pair(server):
    with Device(server) as pc, Device(server, PHONE) as phone:
        yield Pair(pc, phone)


def test_a_certificate_moves_through_the_relay(pair):
    sender, receiver = pair.agree()
    assert pair.pc.receive("peer")["device"] == "phone"

    assert sender.type_code(receiver.code)
    receiver.take_m5(pair.pass_on(pair.pc, sender.offer(sample_payload(), move=True)))
    m6 = receiver.answer(accept=True)
    assert sender.take_m6(pair.pass_on(pair.phone, m6))
    files = receiver.take_m7(pair.pass_on(pair.pc, sender.payload()))
    sender.take_m8(pair.pass_on(pair.phone, receiver.receipt()))
    assert pair.pc.ask("end", sid=pair.sid, reason="done") == {"ok": True}

    assert list(files) == sample_files()
    assert pair.phone.receive("ended") == {"reason": "done"}


def test_two_phones_racing_never_both_get_in(pair, server):
    with Device(server, PHONE) as rival:
        pair.pc.ask("show", sid=pair.sid, mode="Q", dir="GS", m1=pair.initiator.m1)
        answers = {}
        start = threading.Barrier(2)

        def join(name: str, phone: Device) -> None:
            start.wait()
            answers[name] = phone.ask("join", sid=pair.sid)["ok"]

        race = [
            threading.Thread(target=join, args=("phone", pair.phone)),
            threading.Thread(target=join, args=("rival", rival)),
        ]
        for runner in race:
            runner.start()
        for runner in race:
            runner.join()

        assert sorted(answers.values()) == [False, True]
        first = pair.phone if answers["phone"] else rival
        assert pair.pc.receive("ended") == {"reason": "crowded"}
        assert first.receive("ended") == {"reason": "crowded"}


def test_expiry_is_told_and_not_only_discovered(pair):
    pair.pc.ask("show", sid=pair.sid, mode="Q", dir="GS", m1=pair.initiator.m1)

    began = time.monotonic()
    ended = pair.pc.receive("ended")

    assert ended == {"reason": "expired"}
    assert 2 < time.monotonic() - began < 8
    assert pair.phone.ask("join", sid=pair.sid)["code"] == "not_available"


def test_a_dropped_connection_goes_on_with_the_same_handshake(pair, server):
    m2 = pair.responder.take_m1(pair.meet())
    m3 = pair.initiator.take_m2(pair.pass_on(pair.phone, m2))
    pair.phone.leave()
    assert pair.pc.ask("frame", sid=pair.sid, n=2, data=m3)["ok"]

    with Device(server, PHONE) as phone:
        token = pair.phone.token
        back = phone.ask("resume", sid=pair.sid, token=token, received=1)
        missed = back["frames"][0]
        m4, receiver = pair.responder.take_m3(missed["data"])
        phone.ask("frame", sid=pair.sid, n=2, data=m4)

        sender = pair.initiator.take_m4(pair.pc.receive_frame())
        assert (missed["n"], back["sent"], back["state"]) == (2, 1, "joined")
        assert sender.type_code(receiver.code)


def test_a_closed_tab_is_told_to_the_other_device_and_so_is_its_return(pair, server):
    pair.meet()
    pair.pc.receive("peer")
    pair.phone.leave()
    assert pair.pc.receive("peer")["presence"] == "gone"

    with Device(server, PHONE) as phone:
        about = {"sid": pair.sid, "token": pair.phone.token, "received": 1}
        assert phone.ask("resume", **about)["ok"]

        assert "presence" not in pair.pc.receive("peer")


def test_an_acknowledgement_comes_from_the_peer(pair):
    pair.meet()

    pair.phone.ask("got", sid=pair.sid, n=1)

    assert pair.pc.receive("got") == {"n": 1}


def test_another_site_cannot_connect(server):
    with pytest.raises(NoConnectionError):
        Device(server, origin="https://evil.example")


def test_there_is_no_polling(server):
    with pytest.raises(OSError, match="400"):
        urlopen(f"{server}/socket.io/?EIO=4&transport=polling", timeout=5)


def test_a_message_beyond_the_limit_never_reaches_the_relay(pair):
    pair.meet()

    pair.phone.send("frame", sid=pair.sid, n=1, data=bytes(97 * 1024))

    assert pair.phone.is_closed()
    assert pair.pc.queues["frame"].empty()


@pytest.mark.parametrize("event", ["connect", "disconnect", "message", "*"])
def test_a_client_cannot_call_the_librarys_own_events(server, event):
    with Device(server, WINDOWS) as rogue:
        rogue.send(event, REMOTE_ADDR="192.0.2.1", HTTP_USER_AGENT=PHONE)

        assert rogue.is_closed()


def test_sweeping_goes_on_after_a_fault():
    swept, never = Queue(), threading.Event()

    class Faulty:
        def sweep(self):
            swept.put("swept")
            raise RuntimeError

    socketio = SimpleNamespace(
        sleep=lambda _seconds: swept.qsize() < 3 or never.wait(),
        start_background_task=lambda run: threading.Thread(
            target=run, daemon=True
        ).start(),
    )

    hub = SimpleNamespace(deliver=list, ping=list)
    ExpirySweeper(socketio, Faulty(), hub, 0, clock=tuple).start()

    assert [swept.get(timeout=10) for _ in range(3)] == ["swept"] * 3


def spellings(octets: bytes) -> list[bytes]:
    """Return how bytes could stand on the wire, wherever base64 cuts them."""
    shifted = [text(octets[at:][: len(octets[at:]) // 3 * 3]) for at in range(3)]
    return [octets, octets.hex().encode(), *(piece.encode() for piece in shifted)]


def test_no_frame_shows_a_secret(server):
    """Everything the relay is given goes over the wire, and all of that is read.

    Client frames are masked (RFC 6455 5.3); with a mask of zeros the tap sees through.
    """
    tap = TcpProxy(urlsplit(server).port)
    with (
        Device(tap.address, mask=bytes) as pc,
        Device(tap.address, PHONE, mask=bytes) as phone,
    ):
        pair = Pair(pc, phone)
        sender, receiver = pair.agree()
        code = receiver.code
        sender.type_code(code)
        m5 = sender.offer(sample_payload(), move=True)
        receiver.take_m5(pair.pass_on(pc, m5))
        sender.take_m6(pair.pass_on(phone, receiver.answer(accept=True)))
        receiver.take_m7(pair.pass_on(pc, sender.payload()))
        sender.take_m8(pair.pass_on(phone, receiver.receipt()))
        pc.ask("end", sid=pair.sid, reason="done")
    tap.close()
    wire = b"".join(tap.recorded)

    assert text(pair.initiator.m1).encode() in wire, "the tap sees nothing"
    assert text(m5).encode() in wire, "the tap sees nothing"
    certificate, key, _ = sample_files()
    key_pair_seed, _, responder_secret = pair.chance
    secret = {
        "seed": pair.seed,
        "psk": pair.both.psk,
        "key pair": key_pair_seed,
        "kS": responder_secret,
        "code": code.encode(),
        "certificate": certificate.content[:64],
        "key": key.content[-64:],
        "holder": "김하나".encode(),
    }
    for name, octets in secret.items():
        for spelt in spellings(octets):
            assert spelt not in wire, name


def test_who_waits_for_no_answer_hears_only_of_a_refusal(pair):
    pair.meet()

    pair.phone.send("frame", sid=pair.sid, n=1, data=b"m2")
    pair.phone.send("frame", sid=pair.sid, n=2, data=b"m4")

    assert pair.pc.receive_frame() == b"m2"
    refused = {"event": "frame", "ok": False, "code": "out_of_turn"}
    assert pair.phone.receive("refused") == refused
