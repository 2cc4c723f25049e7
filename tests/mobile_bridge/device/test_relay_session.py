"""A line by POST: what is lost is asked for again, and nothing is begun twice."""

import time
from pathlib import Path
from threading import Event

import pytest

from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.device.http_client import OfflineError, Reply, UnexpectedReplyError
from mobile_bridge.device.relay_session import Dependencies, RelaySession
from mobile_bridge.device.replies import BUSY, CODES, PairingEndedError
from tests.support.bridge import Clock

ROOT = Path(__file__).parents[3]
SID, TOKEN = b"s" * 16, b"t" * 16
OPEN = {"ok": True, "expires_in": 120.0}
NEWS = {**OPEN, "state": "shown", "frames": [], "sent": 1, "got": 0, "peer": None}


class FakeDoor:
    """Gives the answers that it was given, and keeps the questions."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def post(self, event, body, *, within):
        self.asked.append((event, dict(body), within))
        assert len(self.asked) < 20_000, "it is asked without end"
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer
        return Reply(answer.get("code", ""), answer)


class Line:
    """A remote with its clock, its door and what it told."""

    def __init__(self, *answers):
        self.clock, self.door, self.told = Clock(), FakeDoor(*answers), []
        ports = Dependencies(
            self.door, self.clock, self.clock.pass_by, self.told.append
        )
        self.remote = RelaySession(ports, TOKEN)

    def show(self, mode=Mode.QR):
        return self.remote.show(b"m1", SID, mode=mode, direction=Direction("GS"))

    @property
    def states(self):
        return [state["state"] for state in self.told]


def frame(n, data="bTI"):
    return {"n": n, "data": data}


def test_a_lost_answer_is_asked_for_again_with_the_same_words():
    line = Line(OfflineError, {"ok": False, "code": "unavailable"}, OPEN)

    assert line.show().expires_in == 120.0
    first, second, third = (asked[:2] for asked in line.door.asked)
    assert first == second == third
    assert first[1]["token"] == "dHR0dHR0dHR0dHR0dHR0dA"
    assert line.states == ["cut", "resumed"]


def test_nobody_there_is_said_after_a_while():
    line = Line(OfflineError)

    with pytest.raises(PairingEndedError) as over:
        line.show()
    assert (over.value.reason, over.value.by, over.value.detail) == (
        "lost",
        "self",
        "offline",
    )
    assert line.clock.now - Clock().now == pytest.approx(10)


def test_too_many_is_told_at_once_to_who_begins_and_waited_for_later():
    busy = {"ok": False, "code": "too_many"}
    with pytest.raises(PairingEndedError) as over:
        Line(busy).show()
    later = Line(OPEN, busy, OPEN)
    later.show()
    later.remote.send(b"m3")

    assert over.value.detail == "too_many"
    assert [asked[1].get("n") for asked in later.door.asked] == [None, 2, 2]


def test_a_line_that_stays_away_ends_when_the_time_of_the_pairing_is_over():
    line = Line(OPEN, OfflineError)
    line.show()

    with pytest.raises(PairingEndedError) as over:
        line.remote.receive()
    assert over.value.detail == "offline"
    assert line.states == ["cut"]
    assert 120 <= line.clock.now - Clock().now <= 126


def test_frames_come_once_and_in_order():
    news = [{**NEWS, "frames": frames} for frames in ([], [frame(1)], [frame(1)])]
    last = {**NEWS, "frames": [frame(1), frame(2, "bTQ")]}
    line = Line(OPEN, *news, last)
    line.show()

    assert [line.remote.receive(), line.remote.receive()] == [b"m2", b"m4"]
    received = [asked[1].get("received") for asked in line.door.asked]
    assert received == [None, 0, 0, 1, 1]


def test_after_a_cut_the_first_answer_is_not_held_back():
    line = Line(OPEN, OfflineError, {**NEWS, "frames": [frame(1)]})
    line.show()
    line.remote.receive()

    assert [asked[1].get("wait") for asked in line.door.asked] == [None, 20, None]


@pytest.mark.parametrize(
    ("said", "reason", "by"),
    [
        ({"code": "ended", "reason": "declined"}, "declined", "peer"),
        ({"code": "ended", "reason": "crowded"}, "crowded", "relay"),
        ({"code": "ended", "reason": "\x1b[2J"}, "lost", "relay"),
        ({"code": "not_available"}, "lost", "relay"),
        ({"code": "out_of_turn"}, "lost", "relay"),
    ],
)
def test_why_it_is_over_is_one_of_the_known_words(said, reason, by):
    line = Line(OPEN, {"ok": False, **said})
    line.show()

    with pytest.raises(PairingEndedError) as over:
        line.remote.receive()
    assert (over.value.reason, over.value.by) == (reason, by)


@pytest.mark.parametrize(
    "code", ["fault", "wrong_code", "other_key_here", "not_kept", "stored", "\x1b[2J"]
)
def test_a_centre_says_none_of_the_codes_of_this_program(code):
    line = Line(OPEN, {"ok": False, "code": code})
    line.show()

    with pytest.raises(PairingEndedError) as over:
        line.remote.receive()
    assert (over.value.reason, over.value.detail) == ("lost", "unexpected_answer")


def test_a_centre_says_the_codes_of_the_protocol():
    table = (ROOT / "docs" / "moving.md").read_text("utf-8")

    for code in CODES:
        assert f"| `{code}` |" in table
    for code in sorted(set(CODES) - set(BUSY)):
        line = Line({"ok": False, "code": code})
        with pytest.raises(PairingEndedError) as over:
            line.show()
        assert over.value.detail == code


FOREVER = {**NEWS, "expires_in": 3600}
THERE = {**FOREVER, "peer": {"device": "phone", "same_network": True}}


@pytest.mark.parametrize(
    ("news", "most"), [(FOREVER, 180), (THERE, 120), ({**THERE, "expires_in": 9}, 120)]
)
def test_a_pairing_lasts_its_time_whatever_the_relay_says(news, most):
    line = Line({"ok": True, "expires_in": 3600}, news)
    shown = line.show()

    with pytest.raises(PairingEndedError) as over:
        line.remote.receive()
    assert shown.expires_in == 180
    assert (over.value.reason, over.value.by) == ("expired", "self")
    assert most <= line.clock.now - Clock().now <= most + 6


def test_who_is_met_late_has_the_whole_time_from_then_on():
    line = Line({"ok": True, "expires_in": 180}, {**THERE, "expires_in": 120})
    line.show(Mode.QR)
    line.clock.pass_by(179)
    line.remote.wait()

    assert line.told[0]["expires_in"] == 120


def test_no_answer_is_waited_for_longer_than_the_pairing_lasts():
    line = Line(OPEN, OfflineError)
    line.show()

    with pytest.raises(PairingEndedError):
        line.remote.receive()
    assert line.door.asked[1][2] == 30
    assert [round(within) for _, _, within in line.door.asked[-2:]] == [2, 1]


def test_what_is_gone_after_its_time_has_expired():
    line = Line(OPEN, {"ok": False, "code": "not_available"})
    line.show()
    line.clock.pass_by(121)

    with pytest.raises(PairingEndedError) as over:
        line.remote.receive()
    assert over.value.reason == "expired"


def test_a_peer_is_told_once_and_only_in_known_words():
    peer = {"device": "\x1b[31mphone", "same_network": "yes"}
    line = Line(OPEN, {**NEWS, "peer": peer}, {**NEWS, "peer": peer})
    line.show()
    line.remote.wait()
    line.remote.wait()

    assert line.states == ["joined"]
    assert line.told[0]["peer"] == {"device": "unknown", "same_network": False}


HERE = {"device": "computer", "same_network": True}
GONE = {**NEWS, "peer": {**HERE, "presence": "gone"}}
THERE = {**NEWS, "peer": HERE}


def test_a_device_that_stays_away_is_told_after_seconds_and_its_return_at_once():
    line = Line(OPEN, THERE, GONE, GONE, THERE)
    line.show()
    for _ in range(2):
        line.remote.wait()
    assert line.states == ["joined"]
    for _ in range(2):
        line.remote.wait()

    assert line.states == ["joined", "gone", "back"]
    assert [body.get("wait") for _, body, _ in line.door.asked[1:]] == [20, 20, 3, 20]


def test_a_device_that_only_reloads_its_page_is_not_called_gone():
    line = Line(OPEN, THERE, GONE, THERE, THERE)
    line.show()
    for _ in range(4):
        line.remote.wait()

    assert line.states == ["joined"]


def test_a_note_is_heard_once_also_by_who_listens_late():
    noted = {**NEWS, "peer": {**HERE, "note": "bm90ZQ"}}
    line, heard = Line(OPEN, noted, noted), []
    line.show()
    line.remote.wait()
    line.remote.on_note(heard.append)
    line.remote.wait()

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
        Line(answer).show(Mode.TYPED)


@pytest.mark.parametrize("frames", [[1], [{"n": "1"}], [{"n": 1}], [frame(1, "é")]])
def test_frames_that_are_none_are_refused(frames):
    line = Line(OPEN, {**NEWS, "frames": frames})
    line.show()

    with pytest.raises(UnexpectedReplyError):
        line.remote.receive()


def test_a_person_is_not_waited_for_when_it_is_over():
    line = Line(OPEN, NEWS, {"ok": False, "code": "ended", "reason": "cancelled"})
    line.show()
    answer = []

    def never():
        while not answer:
            pass

    with pytest.raises(PairingEndedError) as over:
        line.remote.while_waiting(never)
    answer.append("stop")
    assert over.value.reason == "cancelled"


def test_a_persons_answer_comes_back_and_their_fault_too():
    line = Line(OPEN, NEWS)
    line.show()

    def fail():
        raise KeyError("nobody")

    assert line.remote.while_waiting(lambda: "123456") == "123456"
    with pytest.raises(KeyError):
        line.remote.while_waiting(fail)


def test_the_last_word_is_tried_for_a_short_time_only():
    line = Line(OPEN, OfflineError)
    line.show()
    line.remote.end("cancelled")

    assert line.door.asked[-1][1]["reason"] == "cancelled"
    assert line.clock.now - Clock().now < 10


def test_the_last_word_keeps_nobody(monkeypatch):
    line = Line(OPEN)
    line.show()
    monkeypatch.setattr("mobile_bridge.device.relay_session.ENDING_SECONDS", 0.2)
    free = Event()

    def hold(*_all, **_more):
        free.wait(5)
        return Reply("", {})

    line.door.post = hold
    began = time.monotonic()
    line.remote.end("cancelled")
    took = time.monotonic() - began
    free.set()

    assert took < 2


def test_nothing_is_said_of_a_pairing_that_never_was():
    line = Line(OfflineError)
    line.remote.end("cancelled")

    assert line.door.asked == []
