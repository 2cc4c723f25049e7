"""A line by POST: what is lost is asked for again, and nothing is begun twice."""

import time
from pathlib import Path
from threading import Event

import pytest

from mobile_bridge.core.protocol import Mode
from mobile_bridge.device.http_client import OfflineError, Reply, UnexpectedReplyError
from mobile_bridge.device.replies import BUSY, CODES, PairingEndedError
from tests.support.bridge import Clock
from tests.support.fake_transport import SessionFixture

ROOT = Path(__file__).parents[3]
OPEN = {"ok": True, "expires_in": 120.0}
NEWS = {**OPEN, "state": "shown", "frames": [], "sent": 1, "got": 0, "peer": None}


def frame(n, data="bTI"):
    return {"n": n, "data": data}


def test_a_lost_answer_is_asked_for_again_with_the_same_words():
    fixture = SessionFixture(OfflineError, {"ok": False, "code": "unavailable"}, OPEN)

    assert fixture.show().expires_in == 120.0
    first, second, third = (request[:2] for request in fixture.transport.requests)
    assert first == second == third
    assert first[1]["token"] == "dHR0dHR0dHR0dHR0dHR0dA"
    assert fixture.states == ["cut", "resumed"]


def test_nobody_there_is_said_after_a_while():
    fixture = SessionFixture(OfflineError)

    with pytest.raises(PairingEndedError) as over:
        fixture.show()
    assert (over.value.reason, over.value.ended_by, over.value.detail) == (
        "lost",
        "self",
        "offline",
    )
    assert fixture.clock.now - Clock().now == pytest.approx(10)


def test_too_many_is_told_at_once_to_who_begins_and_waited_for_later():
    busy = {"ok": False, "code": "too_many"}
    with pytest.raises(PairingEndedError) as over:
        SessionFixture(busy).show()
    later = SessionFixture(OPEN, busy, OPEN)
    later.show()
    later.session.send(b"m3")

    assert over.value.detail == "too_many"
    assert [request[1].get("n") for request in later.transport.requests] == [None, 2, 2]


def test_a_line_that_stays_away_ends_when_the_time_of_the_pairing_is_over():
    fixture = SessionFixture(OPEN, OfflineError)
    fixture.show()

    with pytest.raises(PairingEndedError) as over:
        fixture.session.receive()
    assert over.value.detail == "offline"
    assert fixture.states == ["cut"]
    assert 120 <= fixture.clock.now - Clock().now <= 126


def test_frames_come_once_and_in_order():
    news = [{**NEWS, "frames": frames} for frames in ([], [frame(1)], [frame(1)])]
    last = {**NEWS, "frames": [frame(1), frame(2, "bTQ")]}
    fixture = SessionFixture(OPEN, *news, last)
    fixture.show()

    assert [fixture.session.receive(), fixture.session.receive()] == [b"m2", b"m4"]
    received = [request[1].get("received") for request in fixture.transport.requests]
    assert received == [None, 0, 0, 1, 1]


def test_after_a_cut_the_first_answer_is_not_held_back():
    fixture = SessionFixture(OPEN, OfflineError, {**NEWS, "frames": [frame(1)]})
    fixture.show()
    fixture.session.receive()

    assert [request[1].get("wait") for request in fixture.transport.requests] == [
        None,
        20,
        None,
    ]


@pytest.mark.parametrize(
    ("answer", "reason", "ended_by"),
    [
        ({"code": "ended", "reason": "declined"}, "declined", "peer"),
        ({"code": "ended", "reason": "crowded"}, "crowded", "relay"),
        ({"code": "ended", "reason": "\x1b[2J"}, "lost", "relay"),
        ({"code": "not_available"}, "lost", "relay"),
        ({"code": "out_of_turn"}, "lost", "relay"),
    ],
)
def test_why_it_is_over_is_one_of_the_known_words(answer, reason, ended_by):
    fixture = SessionFixture(OPEN, {"ok": False, **answer})
    fixture.show()

    with pytest.raises(PairingEndedError) as over:
        fixture.session.receive()
    assert (over.value.reason, over.value.ended_by) == (reason, ended_by)


@pytest.mark.parametrize(
    "code", ["fault", "wrong_code", "other_key_here", "not_kept", "stored", "\x1b[2J"]
)
def test_a_centre_says_none_of_the_codes_of_this_program(code):
    fixture = SessionFixture(OPEN, {"ok": False, "code": code})
    fixture.show()

    with pytest.raises(PairingEndedError) as over:
        fixture.session.receive()
    assert (over.value.reason, over.value.detail) == ("lost", "unexpected_answer")


def test_a_centre_says_the_codes_of_the_protocol():
    table = (ROOT / "docs" / "moving.md").read_text("utf-8")

    for code in CODES:
        assert f"| `{code}` |" in table
    for code in sorted(set(CODES) - set(BUSY)):
        fixture = SessionFixture({"ok": False, "code": code})
        with pytest.raises(PairingEndedError) as over:
            fixture.show()
        assert over.value.detail == code


FOREVER = {**NEWS, "expires_in": 3600}
THERE = {**FOREVER, "peer": {"device": "phone", "same_network": True}}


@pytest.mark.parametrize(
    ("news", "max_life"),
    [(FOREVER, 180), (THERE, 120), ({**THERE, "expires_in": 9}, 120)],
)
def test_a_pairing_lasts_its_time_whatever_the_relay_says(news, max_life):
    fixture = SessionFixture({"ok": True, "expires_in": 3600}, news)
    shown = fixture.show()

    with pytest.raises(PairingEndedError) as over:
        fixture.session.receive()
    assert shown.expires_in == 180
    assert (over.value.reason, over.value.ended_by) == ("expired", "self")
    assert max_life <= fixture.clock.now - Clock().now <= max_life + 6


def test_who_is_met_late_has_the_whole_time_from_then_on():
    fixture = SessionFixture(
        {"ok": True, "expires_in": 180}, {**THERE, "expires_in": 120}
    )
    fixture.show(Mode.QR)
    fixture.clock.pass_by(179)
    fixture.session.wait()

    assert fixture.reported[0]["expires_in"] == 120


def test_no_answer_is_waited_for_longer_than_the_pairing_lasts():
    fixture = SessionFixture(OPEN, OfflineError)
    fixture.show()

    with pytest.raises(PairingEndedError):
        fixture.session.receive()
    assert fixture.transport.requests[1][2] == 30
    assert [round(within) for _, _, within in fixture.transport.requests[-2:]] == [2, 1]


def test_what_is_gone_after_its_time_has_expired():
    fixture = SessionFixture(OPEN, {"ok": False, "code": "not_available"})
    fixture.show()
    fixture.clock.pass_by(121)

    with pytest.raises(PairingEndedError) as over:
        fixture.session.receive()
    assert over.value.reason == "expired"


def test_a_peer_is_told_once_and_only_in_known_words():
    peer = {"device": "\x1b[31mphone", "same_network": "yes"}
    fixture = SessionFixture(OPEN, {**NEWS, "peer": peer}, {**NEWS, "peer": peer})
    fixture.show()
    fixture.session.wait()
    fixture.session.wait()

    assert fixture.states == ["joined"]
    assert fixture.reported[0]["peer"] == {"device": "unknown", "same_network": False}


HERE = {"device": "computer", "same_network": True}
GONE = {**NEWS, "peer": {**HERE, "presence": "gone"}}
THERE = {**NEWS, "peer": HERE}


def test_a_device_that_stays_away_is_told_after_seconds_and_its_return_at_once():
    fixture = SessionFixture(OPEN, THERE, GONE, GONE, THERE)
    fixture.show()
    for _ in range(2):
        fixture.session.wait()
    assert fixture.states == ["joined"]
    for _ in range(2):
        fixture.session.wait()

    assert fixture.states == ["joined", "gone", "back"]
    assert [body.get("wait") for _, body, _ in fixture.transport.requests[1:]] == [
        20,
        20,
        3,
        20,
    ]


def test_a_device_that_only_reloads_its_page_is_not_called_gone():
    fixture = SessionFixture(OPEN, THERE, GONE, THERE, THERE)
    fixture.show()
    for _ in range(4):
        fixture.session.wait()

    assert fixture.states == ["joined"]


def test_a_note_is_heard_once_also_by_who_listens_late():
    noted = {**NEWS, "peer": {**HERE, "note": "bm90ZQ"}}
    fixture, heard = SessionFixture(OPEN, noted, noted), []
    fixture.show()
    fixture.session.wait()
    fixture.session.on_note(heard.append)
    fixture.session.wait()

    assert heard == [b"note"]


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": True},
        {"ok": True, "expires_in": "120"},
        {"ok": True, "expires_in": float("nan")},
        {"ok": True, "expires_in": 1e300},
        {"ok": True, "expires_in": 10**400},
        {"ok": True, "expires_in": 120, "number": "123456789012"},
        {"ok": True, "expires_in": 120, "number": ["5724"]},
    ],
)
def test_an_answer_that_is_none_is_refused(answer):
    with pytest.raises(UnexpectedReplyError):
        SessionFixture(answer).show(Mode.TYPED)


@pytest.mark.parametrize("frames", [[1], [{"n": "1"}], [{"n": 1}], [frame(1, "é")]])
def test_frames_that_are_none_are_refused(frames):
    fixture = SessionFixture(OPEN, {**NEWS, "frames": frames})
    fixture.show()

    with pytest.raises(UnexpectedReplyError):
        fixture.session.receive()


def test_a_person_is_not_waited_for_when_it_is_over():
    fixture = SessionFixture(
        OPEN, NEWS, {"ok": False, "code": "ended", "reason": "cancelled"}
    )
    fixture.show()
    answer = []

    def never():
        while not answer:
            pass

    with pytest.raises(PairingEndedError) as over:
        fixture.session.while_waiting(never)
    answer.append("stop")
    assert over.value.reason == "cancelled"


def test_a_persons_answer_comes_back_and_their_fault_too():
    fixture = SessionFixture(OPEN, NEWS)
    fixture.show()

    def fail():
        raise KeyError("nobody")

    assert fixture.session.while_waiting(lambda: "123456") == "123456"
    with pytest.raises(KeyError):
        fixture.session.while_waiting(fail)


def test_the_last_word_is_tried_for_a_short_time_only():
    fixture = SessionFixture(OPEN, OfflineError)
    fixture.show()
    fixture.session.end("cancelled")

    assert fixture.transport.requests[-1][1]["reason"] == "cancelled"
    assert fixture.clock.now - Clock().now < 10


def test_the_last_word_keeps_nobody(monkeypatch):
    fixture = SessionFixture(OPEN)
    fixture.show()
    monkeypatch.setattr("mobile_bridge.device.relay_session.ENDING_SECONDS", 0.2)
    free = Event()

    def hold(*_all, **_more):
        free.wait(5)
        return Reply("", {})

    fixture.transport.post = hold
    began = time.monotonic()
    fixture.session.end("cancelled")
    took = time.monotonic() - began
    free.set()

    assert took < 2


def test_nothing_is_said_of_a_pairing_that_never_was():
    fixture = SessionFixture(OfflineError)
    fixture.session.end("cancelled")

    assert fixture.transport.requests == []
