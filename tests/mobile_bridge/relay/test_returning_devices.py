"""Devices that come back, ask again, or only post."""

import pytest

from mobile_bridge.relay.pairing import State
from tests.support.bridge import RelayFixture, token_of

SID = b"s" * 16
T = token_of("pc")
NOT_AVAILABLE = {"ok": False, "code": "not_available"}


def test_a_message_sent_again_arrives_once():
    fixture = RelayFixture()
    fixture.pair()

    for _ in range(2):
        assert fixture.ask("phone", "frame", sid=SID, n=1, data=b"m2")["ok"]

    assert len(fixture.inbox) == 1


def test_an_acknowledgement_reaches_the_peer_once():
    fixture = RelayFixture()
    fixture.pair()

    for _ in range(2):
        assert fixture.ask("phone", "got", sid=SID, n=1)["ok"]

    assert fixture.inbox == [("pc", "got", {"n": 1})]
    assert fixture.ask("phone", "got", sid=SID, n=2)["code"] == "out_of_turn"


def test_a_lost_connection_resumes_the_same_pairing_with_what_it_missed():
    fixture = RelayFixture()
    fixture.pair()
    fixture.speak("phone", "pc")

    token = token_of("phone")
    back = fixture.ask("phone2", "resume", sid=SID, token=token, received=1)

    assert back["ok"]
    assert back["state"] == "joined"
    assert back["frames"] == [{"n": 2, "data": b"m3"}]
    assert (back["sent"], back["got"]) == (1, 1)
    assert back["peer"]["device"] == "phone"
    assert fixture.ask("phone2", "frame", sid=SID, n=2, data=b"m4")["ok"]
    assert fixture.ask("phone", "frame", sid=SID, n=2, data=b"m4") == NOT_AVAILABLE


def test_a_resumed_device_can_still_get_the_receipt_of_a_finished_pairing():
    fixture = RelayFixture()
    fixture.pair()
    fixture.speak("phone", "pc", "phone", "pc", "phone", "pc", "phone")
    fixture.ask("phone", "end", sid=SID, reason="done")

    token = token_of("pc")
    back = fixture.ask("pc2", "resume", sid=SID, token=token, received=3)

    assert (back["state"], back["frames"]) == ("done", [{"n": 4, "data": b"m8"}])


def test_who_resumes_an_ended_pairing_is_told_why():
    fixture = RelayFixture()
    fixture.pair()
    fixture.ask("phone", "end", sid=SID, reason="declined")

    back = fixture.post("pc", "resume", sid=SID, received=0)

    assert back == {"ok": False, "code": "ended", "reason": "declined"}


def test_resuming_needs_the_token_and_wrong_ones_are_limited():
    fixture = RelayFixture()
    fixture.pair()

    answers = [
        fixture.ask("thief", "resume", sid=SID, token=bytes(16), received=0)["code"]
        for _ in range(11)
    ]

    assert answers == ["not_available"] * 10 + ["too_many"]


def test_done_before_the_receipt_is_refused():
    fixture = RelayFixture()
    fixture.pair()

    early = fixture.ask("pc", "end", sid=SID, reason="done")

    assert early == {"ok": False, "code": "out_of_turn"}


def test_a_number_that_is_taken_is_drawn_again():
    draws = [bytes(8)] * 3 + [b"\0" * 7 + b"\1"]
    fixture = RelayFixture(random=lambda _size: draws.pop(0))
    numbers = [
        fixture.ask(who, "show", sid=sid, mode="T", dir="SG", m1=b"m1")["number"]
        for who, sid in (("a", SID), ("b", b"b" * 16))
    ]

    assert len(set(numbers)) == 2
    assert not draws


def test_the_number_is_free_again_after_the_pairing():
    fixture = RelayFixture(random=bytes)
    first = fixture.ask("a", "show", sid=SID, mode="T", dir="GS", m1=b"m1")
    fixture.clock.pass_by(180)
    fixture.relay.sweep()

    second = fixture.ask("b", "show", sid=b"b" * 16, mode="T", dir="GS", m1=b"m1")

    assert first["number"] == second["number"]


@pytest.mark.parametrize("mode", ["Q", "T"])
def test_a_lost_answer_is_asked_for_again_and_seats_nobody_twice(mode):
    fixture = RelayFixture()
    show = {"sid": SID, "mode": mode, "dir": "GS", "m1": b"m1"}
    shown = fixture.ask("pc", "show", **show)
    assert fixture.post("pc", "show", **show) == shown
    way = {"number": shown["number"]} if mode == "T" else {"sid": SID}
    joined = fixture.post("phone", "join", **way)

    again = fixture.post("phone", "join", **way)

    assert again == joined
    assert fixture.store.get(SID).state is State.JOINED


def test_what_is_shown_again_must_be_the_same():
    fixture = RelayFixture()
    fixture.show()

    other = fixture.ask("pc", "show", sid=SID, mode="Q", dir="GS", m1=b"other")

    assert other == NOT_AVAILABLE


def test_a_device_that_only_posts_needs_its_token():
    fixture = RelayFixture()
    fixture.post("pc", "show", sid=SID, mode="Q", dir="GS", m1=b"m1")
    fixture.post("phone", "join", sid=SID)
    m2 = {"sid": SID, "n": 1, "data": b"m2"}

    assert fixture.post("stranger", "frame", **m2) == NOT_AVAILABLE
    assert fixture.post("phone", "frame", **m2, token=None)["code"] == "bad_request"
    assert fixture.post("phone", "frame", **m2) == {"ok": True}
    assert fixture.inbox == [], "nobody has a socket"


def test_a_frame_can_bring_the_news_with_its_answer():
    fixture = RelayFixture()
    fixture.pair()

    news = fixture.post("phone", "frame", sid=SID, n=1, data=b"m2", received=1)

    assert (news["state"], news["frames"], news["sent"]) == ("joined", [], 1)
    fixture.speak("phone", "pc")
    again = fixture.post("phone", "frame", sid=SID, n=1, data=b"m2", received=1)
    assert again["frames"] == [{"n": 2, "data": b"m3"}]


def test_a_post_never_takes_the_deliveries_away_from_a_socket():
    fixture = RelayFixture()
    fixture.pair()

    fixture.post("phone", "resume", sid=SID, received=1)
    fixture.speak("phone", "pc")

    assert [to for to, event, _ in fixture.inbox if event == "frame"] == ["pc", "phone"]


def test_a_socket_takes_the_deliveries_over():
    fixture = RelayFixture()
    fixture.pair()

    token = token_of("phone")
    assert fixture.ask("new", "resume", sid=SID, token=token, received=1)["ok"]
    fixture.inbox.clear()
    fixture.ask("new", "frame", sid=SID, n=1, data=b"m2")
    fixture.ask("pc", "frame", sid=SID, n=2, data=b"m3")

    assert [to for to, _, _ in fixture.inbox] == ["pc", "new"]


def test_to_speak_is_to_have_heard():
    fixture = RelayFixture()
    fixture.pair()
    fixture.speak("phone")

    back = fixture.post("pc", "resume", sid=SID, received=1)
    fixture.ask("phone", "got", sid=SID, n=1)

    assert fixture.store.get(SID).responder.acked == 1
    assert back["got"] == 1
    assert ("pc", "got", {"n": 1}) not in fixture.inbox, "it was known already"


def test_what_the_peer_has_not_acknowledged_is_brought_again_when_its_sender_asks():
    fixture = RelayFixture()
    fixture.pair()
    fixture.speak("phone", "pc")  # and suppose that m3 never came
    fixture.inbox.clear()

    fixture.post("pc", "resume", sid=SID, received=1)

    m3 = {"n": 2, "data": b"m3", "got": 1}
    assert fixture.inbox == [("phone", "frame", m3)]
    fixture.inbox.clear()
    fixture.ask("phone", "got", sid=SID, n=2)
    fixture.inbox.clear()
    fixture.post("pc", "resume", sid=SID, received=1)
    assert fixture.inbox == []


def test_a_device_that_asks_again_on_another_socket_is_heard_there():
    fixture = RelayFixture()
    fixture.ask("pc", "show", sid=SID, mode="Q", dir="GS", m1=b"m1")
    fixture.ask("pc2", "show", sid=SID, mode="Q", dir="GS", m1=b"m1", token=T)
    fixture.ask("phone", "join", sid=SID)

    fixture.ask("phone2", "join", sid=SID, token=token_of("phone"))

    assert [to for to, _, _ in fixture.inbox] == ["pc2", "pc2"]
    assert fixture.ask("phone2", "frame", sid=SID, n=1, data=b"m2")["ok"]


def test_one_device_that_joins_twice_at_once_is_one_device():
    fixture = RelayFixture()
    fixture.show()
    pairing = fixture.store.get(SID)
    fixture.ask("phone", "join", sid=SID)
    # The second request has looked before the first one changed anything.
    fixture.store.get = lambda sid: pairing

    assert fixture.post("phone", "join", sid=SID)["ok"]


def test_after_the_end_nothing_is_brought_any_more():
    fixture = RelayFixture()
    fixture.pair()
    fixture.speak("phone", "pc")
    fixture.ask("phone", "end", sid=SID, reason="cancelled")
    fixture.inbox.clear()

    ended = {"ok": False, "code": "ended", "reason": "cancelled"}
    assert fixture.post("pc", "resume", sid=SID, received=0) == ended
    assert fixture.ask("pc", "frame", sid=SID, n=3, data=b"m5") == ended
    assert fixture.ask("phone", "got", sid=SID, n=2) == {"ok": True}
    assert fixture.inbox == []


def test_the_receipt_may_be_said_again_after_it_was_heard():
    fixture = RelayFixture()
    fixture.pair()
    fixture.speak("phone", "pc", "phone", "pc", "phone", "pc", "phone")
    fixture.ask("pc", "end", sid=SID, reason="done")

    again = fixture.post("phone", "frame", sid=SID, n=4, data=b"m8", received=4)

    assert (again["ok"], again["state"]) == (True, "done")
