"""Devices that come back, ask again, or only post."""

import pytest

from mobile_bridge.relay.pairing import State
from tests.mobile_bridge.makers import House, token_of

SID = b"s" * 16
T = token_of("pc")
NOT_AVAILABLE = {"ok": False, "code": "not_available"}


def test_a_message_sent_again_arrives_once():
    house = House()
    house.pair()

    for _ in range(2):
        assert house.ask("phone", "frame", sid=SID, n=1, data=b"m2")["ok"]

    assert len(house.inbox) == 1


def test_an_acknowledgement_reaches_the_peer_once():
    house = House()
    house.pair()

    for _ in range(2):
        assert house.ask("phone", "got", sid=SID, n=1)["ok"]

    assert house.inbox == [("pc", "got", {"n": 1})]
    assert house.ask("phone", "got", sid=SID, n=2)["code"] == "out_of_turn"


def test_a_lost_connection_resumes_the_same_pairing_with_what_it_missed():
    house = House()
    house.pair()
    house.speak("phone", "pc")

    token = token_of("phone")
    back = house.ask("phone2", "resume", sid=SID, token=token, received=1)

    assert back["ok"]
    assert back["state"] == "joined"
    assert back["frames"] == [{"n": 2, "data": b"m3"}]
    assert (back["sent"], back["got"]) == (1, 1)
    assert back["peer"]["device"] == "phone"
    assert house.ask("phone2", "frame", sid=SID, n=2, data=b"m4")["ok"]
    assert house.ask("phone", "frame", sid=SID, n=2, data=b"m4") == NOT_AVAILABLE


def test_a_resumed_device_can_still_get_the_receipt_of_a_finished_pairing():
    house = House()
    house.pair()
    house.speak("phone", "pc", "phone", "pc", "phone", "pc", "phone")
    house.ask("phone", "end", sid=SID, reason="done")

    token = token_of("pc")
    back = house.ask("pc2", "resume", sid=SID, token=token, received=3)

    assert (back["state"], back["frames"]) == ("done", [{"n": 4, "data": b"m8"}])


def test_who_resumes_an_ended_pairing_is_told_why():
    house = House()
    house.pair()
    house.ask("phone", "end", sid=SID, reason="declined")

    back = house.post("pc", "resume", sid=SID, received=0)

    assert back == {"ok": False, "code": "ended", "reason": "declined"}


def test_resuming_needs_the_token_and_wrong_ones_are_limited():
    house = House()
    house.pair()

    answers = [
        house.ask("thief", "resume", sid=SID, token=bytes(16), received=0)["code"]
        for _ in range(11)
    ]

    assert answers == ["not_available"] * 10 + ["too_many"]


def test_done_before_the_receipt_is_refused():
    house = House()
    house.pair()

    early = house.ask("pc", "end", sid=SID, reason="done")

    assert early == {"ok": False, "code": "out_of_turn"}


def test_a_number_that_is_taken_is_drawn_again():
    draws = [bytes(8)] * 3 + [b"\0" * 7 + b"\1"]
    house = House(random=lambda _size: draws.pop(0))
    numbers = [
        house.ask(who, "show", sid=sid, mode="T", dir="SG", m1=b"m1")["number"]
        for who, sid in (("a", SID), ("b", b"b" * 16))
    ]

    assert len(set(numbers)) == 2
    assert not draws


def test_the_number_is_free_again_after_the_pairing():
    house = House(random=bytes)
    first = house.ask("a", "show", sid=SID, mode="T", dir="GS", m1=b"m1")
    house.clock.pass_by(180)
    house.relay.sweep()

    second = house.ask("b", "show", sid=b"b" * 16, mode="T", dir="GS", m1=b"m1")

    assert first["number"] == second["number"]


@pytest.mark.parametrize("mode", ["Q", "T"])
def test_a_lost_answer_is_asked_for_again_and_seats_nobody_twice(mode):
    house = House()
    show = {"sid": SID, "mode": mode, "dir": "GS", "m1": b"m1"}
    shown = house.ask("pc", "show", **show)
    assert house.post("pc", "show", **show) == shown
    way = {"number": shown["number"]} if mode == "T" else {"sid": SID}
    joined = house.post("phone", "join", **way)

    again = house.post("phone", "join", **way)

    assert again == joined
    assert house.registry.get(SID).state is State.JOINED


def test_what_is_shown_again_must_be_the_same():
    house = House()
    house.show()

    other = house.ask("pc", "show", sid=SID, mode="Q", dir="GS", m1=b"other")

    assert other == NOT_AVAILABLE


def test_a_device_that_only_posts_needs_its_token():
    house = House()
    house.post("pc", "show", sid=SID, mode="Q", dir="GS", m1=b"m1")
    house.post("phone", "join", sid=SID)
    m2 = {"sid": SID, "n": 1, "data": b"m2"}

    assert house.post("stranger", "frame", **m2) == NOT_AVAILABLE
    assert house.post("phone", "frame", **m2, token=None)["code"] == "bad_request"
    assert house.post("phone", "frame", **m2) == {"ok": True}
    assert house.inbox == [], "nobody has a socket"


def test_a_frame_can_bring_the_news_with_its_answer():
    house = House()
    house.pair()

    news = house.post("phone", "frame", sid=SID, n=1, data=b"m2", received=1)

    assert (news["state"], news["frames"], news["sent"]) == ("joined", [], 1)
    house.speak("phone", "pc")
    again = house.post("phone", "frame", sid=SID, n=1, data=b"m2", received=1)
    assert again["frames"] == [{"n": 2, "data": b"m3"}]


def test_a_post_never_takes_the_deliveries_away_from_a_socket():
    house = House()
    house.pair()

    house.post("phone", "resume", sid=SID, received=1)
    house.speak("phone", "pc")

    assert [to for to, event, _ in house.inbox if event == "frame"] == ["pc", "phone"]


def test_a_socket_takes_the_deliveries_over():
    house = House()
    house.pair()

    token = token_of("phone")
    assert house.ask("new", "resume", sid=SID, token=token, received=1)["ok"]
    house.inbox.clear()
    house.ask("new", "frame", sid=SID, n=1, data=b"m2")
    house.ask("pc", "frame", sid=SID, n=2, data=b"m3")

    assert [to for to, _, _ in house.inbox] == ["pc", "new"]


def test_to_speak_is_to_have_heard():
    house = House()
    house.pair()
    house.speak("phone")

    back = house.post("pc", "resume", sid=SID, received=1)
    house.ask("phone", "got", sid=SID, n=1)

    assert house.registry.get(SID).scanner.heard == 1
    assert back["got"] == 1
    assert ("pc", "got", {"n": 1}) not in house.inbox, "it was known already"


def test_what_the_peer_has_not_acknowledged_is_brought_again_when_its_sender_asks():
    house = House()
    house.pair()
    house.speak("phone", "pc")  # and suppose that m3 never came
    house.inbox.clear()

    house.post("pc", "resume", sid=SID, received=1)

    m3 = {"n": 2, "data": b"m3", "got": 1}
    assert house.inbox == [("phone", "frame", m3)]
    house.inbox.clear()
    house.ask("phone", "got", sid=SID, n=2)
    house.inbox.clear()
    house.post("pc", "resume", sid=SID, received=1)
    assert house.inbox == []


def test_a_device_that_asks_again_on_another_socket_is_heard_there():
    house = House()
    house.ask("pc", "show", sid=SID, mode="Q", dir="GS", m1=b"m1")
    house.ask("pc2", "show", sid=SID, mode="Q", dir="GS", m1=b"m1", token=T)
    house.ask("phone", "join", sid=SID)

    house.ask("phone2", "join", sid=SID, token=token_of("phone"))

    assert [to for to, _, _ in house.inbox] == ["pc2", "pc2"]
    assert house.ask("phone2", "frame", sid=SID, n=1, data=b"m2")["ok"]


def test_one_device_that_joins_twice_at_once_is_one_device():
    house = House()
    house.show()
    found = house.registry.get(SID)
    house.ask("phone", "join", sid=SID)
    # The second request has looked before the first one changed anything.
    house.registry.get = lambda sid: found

    assert house.post("phone", "join", sid=SID)["ok"]


def test_after_the_end_nothing_is_brought_any_more():
    house = House()
    house.pair()
    house.speak("phone", "pc")
    house.ask("phone", "end", sid=SID, reason="cancelled")
    house.inbox.clear()

    ended = {"ok": False, "code": "ended", "reason": "cancelled"}
    assert house.post("pc", "resume", sid=SID, received=0) == ended
    assert house.ask("pc", "frame", sid=SID, n=3, data=b"m5") == ended
    assert house.ask("phone", "got", sid=SID, n=2) == {"ok": True}
    assert house.inbox == []


def test_the_receipt_may_be_said_again_after_it_was_heard():
    house = House()
    house.pair()
    house.speak("phone", "pc", "phone", "pc", "phone", "pc", "phone")
    house.ask("pc", "end", sid=SID, reason="done")

    again = house.post("phone", "frame", sid=SID, n=4, data=b"m8", received=4)

    assert (again["ok"], again["state"]) == (True, "done")
