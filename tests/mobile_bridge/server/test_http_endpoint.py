"""The relay by plain POST, over a real server."""

import http.client
import secrets
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.relay.messages import OCTETS
from mobile_bridge.server.http_endpoint import HOLDS_A_DEVICE
from tests.support.bridge import SG, sample_files, sample_payload
from tests.support.relay_device import Device, on_the_wire, post

SID = b"p" * 16


class Poster:
    """A device that has no socket."""

    def __init__(self, address: str) -> None:
        self.address, self.token = address, secrets.token_bytes(16)

    def ask(self, event: str, **message: object) -> dict:
        return post(self.address, event, **{"token": self.token} | message)


@pytest.fixture
def sid():
    return secrets.token_bytes(16)


def test_two_devices_without_sockets_move_a_certificate(server):
    pc, phone, seed = Poster(server), Poster(server), secrets.token_bytes(32)
    both = Secrets.from_seed(seed, SG)
    initiator = Initiator(both, secrets.token_bytes)
    seen = initiator.link(seed).fingerprint
    responder = Responder(both, secrets.token_bytes, fingerprint=seen)
    sid, counts = both.sid, {pc: 1, phone: 0}

    def send(who: Poster, peer: Poster, data: bytes) -> bytes:
        counts[who] += 1
        answer = who.ask("frame", sid=sid, n=counts[who], data=data)
        news = peer.ask("resume", sid=sid, received=counts[who] - 1, wait=5)
        assert answer["ok"]
        return news["frames"][0]["data"]

    assert pc.ask("show", sid=sid, mode="Q", dir="SG", m1=initiator.m1)["ok"]
    m1 = phone.ask("join", sid=sid)["frames"][0]["data"]
    m3 = send(pc, phone, initiator.take_m2(send(phone, pc, responder.take_m1(m1))))
    m4, sender = responder.take_m3(m3)
    receiver = initiator.take_m4(send(phone, pc, m4))
    assert sender.type_code(receiver.code)
    receiver.take_m5(send(phone, pc, sender.offer(sample_payload(), move=True)))
    sender.take_m6(send(pc, phone, receiver.answer(accept=True)))
    files = receiver.take_m7(send(phone, pc, sender.payload()))
    sender.take_m8(send(pc, phone, receiver.receipt()))

    assert phone.ask("end", sid=sid, reason="done")["ok"]
    assert list(files) == sample_files()


def test_an_answer_waits_for_the_peers_reply(server, sid):
    pc, phone = Poster(server), Poster(server)
    pc.ask("show", sid=sid, mode="Q", dir="GS", m1=b"m1")
    phone.ask("join", sid=sid)
    reply = {"sid": sid, "n": 2, "data": b"m3"}
    threading.Timer(0.3, lambda: pc.ask("frame", **reply)).start()
    began = time.monotonic()

    news = phone.ask("frame", sid=sid, n=1, data=b"m2", received=1, wait=10)

    assert news["frames"] == [{"n": 2, "data": b"m3"}]
    assert 0.25 < time.monotonic() - began < 5


def test_an_answer_waits_no_longer_than_asked(server, sid):
    pc = Poster(server)
    pc.ask("show", sid=sid, mode="Q", dir="GS", m1=b"m1")
    began = time.monotonic()

    news = pc.ask("resume", sid=sid, received=0, wait=1)

    assert (news["frames"], news["peer"]) == ([], None)
    assert 0.9 < time.monotonic() - began < 2.5


def test_a_waiting_device_hears_that_it_is_over(server, sid):
    pc, phone = Poster(server), Poster(server)
    pc.ask("show", sid=sid, mode="Q", dir="GS", m1=b"m1")
    phone.ask("join", sid=sid)
    stop = threading.Timer(0.2, lambda: pc.ask("end", sid=sid, reason="cancelled"))
    stop.start()

    news = phone.ask("resume", sid=sid, received=1, wait=10)

    assert (news["code"], news["reason"], news["status"]) == ("ended", "cancelled", 410)


def test_a_socket_hears_what_was_posted_and_the_other_way_round(server, sid):
    phone = Poster(server)
    with Device(server) as pc:
        pc.ask("show", sid=sid, mode="Q", dir="GS", m1=b"m1")
        phone.ask("join", sid=sid)
        phone.ask("frame", sid=sid, n=1, data=b"m2")

        assert pc.receive("peer")["device"] == "computer"
        assert pc.receive("frame") == {"n": 1, "data": b"m2", "got": 1}
        pc.ask("frame", sid=sid, n=2, data=b"m3")

    assert phone.ask("resume", sid=sid, received=1)["frames"][0]["data"] == b"m3"


def test_a_device_has_its_seat_as_soon_as_its_socket_opens(server, sid):
    pc = Poster(server)
    pc.ask("show", sid=sid, mode="Q", dir="GS", m1=b"m1")
    auth = on_the_wire({"sid": sid, "token": pc.token, "received": 0})

    with Device(server, auth=auth) as socket:
        Poster(server).ask("join", sid=sid)

        assert socket.receive("news")["state"] == "shown"
        assert socket.receive("peer")["device"] == "computer"


def test_every_refusal_has_its_status(server, sid):
    stranger = Poster(server)

    assert stranger.ask("join", sid=sid)["status"] == 404
    assert stranger.ask("join", sid=b"short")["status"] == 400
    assert stranger.ask("show", sid=sid, mode="Q", dir="GS", m1=bytes(5000)) == {
        "ok": False, "code": "too_large", "status": 413,
    }  # fmt: skip
    assert post(server, "frame", sid=sid, n=1, data=b"")["status"] == 400


@pytest.mark.parametrize("name", OCTETS)
def test_bytes_that_are_no_bytes_are_a_bad_request(server, name):
    body = {"sid": "AAAA", "token": "AAAA", name: "a+/="}

    answer = requests.post(f"{server}/bridge/join", json=body, timeout=5)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("event", "kind", "body"),
    [
        ("join", "text/plain", b"{}"),
        ("join", "application/json", b""),
        ("join", "application/json", b"\xff"),
        ("join", "application/json", b"[" * 50_000),
        ("join", "application/json", b'{"wait":-1}'),
        ("join", "application/json", b'{"wait":1e9}'),
        ("connect", "application/json", b"{}"),
        ("", "application/json", b"{}"),
        ("../p", "application/json", b"{}"),
    ],
)
def test_nonsense_is_a_bad_request(server, event, kind, body):
    host = urlsplit(server)
    line = http.client.HTTPConnection(host.hostname, host.port, timeout=5)
    line.request("POST", f"/bridge/{event}", body, {"Content-Type": kind})

    assert line.getresponse().status == 400


def test_too_much_is_refused_unread(server):
    answer = requests.post(
        f"{server}/bridge/show",
        data=b" " * (97 * 1024),
        headers={"Content-Type": "application/json"},
        timeout=5,
    )

    assert answer.status_code == 413


def test_a_get_changes_nothing(server):
    assert requests.get(f"{server}/bridge/join", timeout=5).status_code == 400


def test_another_site_cannot_post(server, sid):
    token = secrets.token_bytes(16)
    show = {"sid": sid, "token": token, "mode": "Q", "dir": "GS", "m1": b"m1"}

    assert post(server, "show", origin="https://evil.example", **show)["status"] == 400
    assert post(server, "show", origin=server, **show)["ok"]


def test_one_seat_holds_two_answers_and_no_more(server, sid):
    pc = Poster(server)
    pc.ask("show", sid=sid, mode="Q", dir="GS", m1=b"m1")
    wait = {"sid": sid, "received": 0, "wait": 3}
    held = [
        threading.Thread(target=pc.ask, args=("resume",), kwargs=wait)
        for _ in range(HOLDS_A_DEVICE)
    ]
    for one in held:
        one.start()
    time.sleep(0.5)
    began = time.monotonic()

    pc.ask("resume", **wait)

    assert time.monotonic() - began < 1
    for one in held:
        one.join()


def test_a_head_has_no_body(server):
    answer = requests.head(f"{server}/bridge/join", timeout=5)

    assert (answer.status_code, answer.content) == (400, b"")
