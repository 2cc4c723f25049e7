"""The relay's answers, without any socket."""

import threading

import pytest

from mobile_bridge.errors import UnavailableError
from mobile_bridge.limits import Limits
from mobile_bridge.number import check_number
from mobile_bridge.pairing import State
from mobile_bridge.registry import MemoryRegistry
from mobile_bridge.relay import EVENTS, Relay
from mobile_bridge.visitor import Visitor
from tests.mobile_bridge.makers import House, token_of

SID = b"s" * 16
T = token_of("pc")
NOT_AVAILABLE = {"ok": False, "code": "not_available"}


def test_the_second_device_gets_the_first_message_and_both_are_told():
    house = House()

    shown, joined = house.show(), house.ask("phone", "join", sid=SID)

    assert shown == {"ok": True, "expires_in": 120}
    assert joined["sid"] == SID
    assert joined["frames"] == [{"n": 1, "data": b"m1"}]
    assert joined["peer"] == {"device": "phone", "same_network": False}
    [(to, event, content)] = house.inbox
    assert (to, event, content["device"]) == ("pc", "peer", "phone")


def test_devices_behind_one_address_are_on_one_network():
    house = House()
    house.show("home.pc")

    joined = house.ask("home.phone", "join", sid=SID)

    assert joined["peer"]["same_network"] is True


def test_devices_of_unknown_address_are_not_said_to_be_on_one_network():
    house = House()
    house.show("unknown.pc")

    joined = house.ask("unknown.phone", "join", sid=SID)

    assert joined["peer"]["same_network"] is False


def test_messages_go_to_the_peer_in_turn():
    house = House()
    house.pair()

    house.speak("phone", "pc", "phone", "pc", "phone", "pc", "phone")

    assert [to for to, _, _ in house.inbox] == [
        "pc", "phone", "pc", "phone", "pc", "phone", "pc",
    ]  # fmt: skip
    assert all(event == "frame" for _, event, _ in house.inbox)
    assert house.inbox[0][2] == {"n": 1, "data": b"m2", "got": 1}


def test_a_message_out_of_turn_is_refused_and_goes_nowhere():
    house = House()
    house.pair()

    answer = house.ask("pc", "frame", sid=SID, n=2, data=b"x")

    assert answer == {"ok": False, "code": "out_of_turn"}
    assert house.inbox == []


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


@pytest.mark.parametrize("event", ["frame", "got", "end"])
def test_a_stranger_says_nothing_in_a_pairing(event):
    house = House()
    house.pair()

    answer = house.ask("x", event, sid=SID, n=1, data=b"x", reason="cancelled")

    assert answer == NOT_AVAILABLE
    assert answer == House().ask("x", event, sid=SID, n=1, data=b"x", reason="done")
    assert house.inbox == []


def test_a_third_device_ends_the_pairing_for_both_and_learns_nothing():
    house = House()
    house.pair()

    answer = house.ask("third", "join", sid=SID)

    assert answer == NOT_AVAILABLE
    crowded = {"reason": "crowded"}
    assert house.inbox == [("pc", "ended", crowded), ("phone", "ended", crowded)]
    assert house.ask("phone", "frame", sid=SID, n=1, data=b"x")["code"] == "ended"


def test_of_two_phones_racing_at_most_one_is_seated():
    for _ in range(50):
        house = House()
        house.show()
        answers: list[dict[str, object]] = []
        start = threading.Barrier(2)

        def race(who: str, house=house, answers=answers, start=start) -> None:
            start.wait()
            answers.append(house.ask(who, "join", sid=SID))

        phones = [threading.Thread(target=race, args=(f"p{i}",)) for i in range(2)]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.join()

        assert sorted(bool(answer["ok"]) for answer in answers) == [False, True]
        told = {to for to, event, _ in house.inbox if event == "ended"}
        assert "pc" in told
        assert len(told) == 2


def test_unknown_expired_and_used_get_the_same_answer():
    unknown = House().ask("x", "join", sid=SID)

    expired = House()
    expired.show()
    expired.clock.pass_by(120)
    used = House()
    used.pair()
    used.ask("pc", "end", sid=SID, reason="cancelled")
    crowded = House()
    crowded.pair()

    assert unknown == NOT_AVAILABLE
    assert expired.ask("x", "join", sid=SID) == NOT_AVAILABLE
    assert used.ask("x", "join", sid=SID) == NOT_AVAILABLE
    assert crowded.ask("x", "join", sid=SID) == NOT_AVAILABLE


def test_the_lives_are_120_seconds_shown_and_120_more_joined():
    house = House()
    house.show()
    house.clock.pass_by(119.9)
    assert house.ask("phone", "join", sid=SID)["expires_in"] == 120
    house.clock.pass_by(119.9)
    assert house.relay.sweep() == ()
    house.clock.pass_by(0.1)

    ended = house.relay.sweep()

    assert [(d.connection, d.content["reason"]) for d in ended] == [
        ("pc", "expired"),
        ("phone", "expired"),
    ]
    assert len(house.registry) == 0


def test_a_typed_number_lives_180_seconds():
    house = House()

    shown = house.ask("pc", "show", sid=SID, mode="T", dir="GS", m1=b"m1")

    assert shown["expires_in"] == 180


def test_after_its_time_a_pairing_is_over_even_before_the_sweep():
    house = House()
    house.pair()
    house.clock.pass_by(120)

    assert house.ask("phone", "frame", sid=SID, n=1, data=b"x") == NOT_AVAILABLE
    again = house.post("pc", "resume", sid=SID, received=0)
    assert again == NOT_AVAILABLE


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


@pytest.mark.parametrize("event", ["frame", "got", "end"])
def test_looking_for_pairings_of_others_is_limited_for_each_address(event):
    house = House()
    house.pair()

    codes = [
        house.ask(f"x.{i}", event, sid=sid, n=1, data=b"x", reason="done")["code"]
        for i, sid in enumerate([SID, b"u" * 16] * 6)
    ]

    assert codes == ["not_available"] * 10 + ["too_many"] * 2
    assert house.ask("phone", "frame", sid=SID, n=1, data=b"m2")["ok"]


@pytest.mark.parametrize("event", ["frame", "resume"])
def test_one_address_cannot_use_up_the_look_ups_of_all(event):
    house = House()
    house.show()

    for _ in range(200):
        house.ask("x", event, sid=b"u" * 16, n=1, data=b"", token=bytes(16), received=0)

    assert house.ask("phone", "join", sid=SID)["ok"]


def test_the_relay_keeps_no_token():
    house = House()
    house.pair()

    kept = repr(house.registry.get(SID))

    assert repr(b"m1") in kept
    assert all(repr(token_of(who)) not in kept for who in ("pc", "phone"))


@pytest.mark.parametrize("reason", ["declined", "cancelled", "refused"])
def test_either_device_may_end_it_and_the_other_is_told(reason):
    house = House()
    house.pair()

    assert house.ask("phone", "end", sid=SID, reason=reason)["ok"]

    assert house.inbox == [("pc", "ended", {"reason": reason})]
    assert house.registry.get(SID).size == 0


def test_both_may_say_that_it_is_over():
    house = House()
    house.pair()
    house.ask("pc", "end", sid=SID, reason="cancelled")

    assert house.ask("phone", "end", sid=SID, reason="refused") == {"ok": True}
    assert len(house.inbox) == 1


def test_done_before_the_receipt_is_refused():
    house = House()
    house.pair()

    early = house.ask("pc", "end", sid=SID, reason="done")

    assert early == {"ok": False, "code": "out_of_turn"}


def test_ten_codes_a_minute_for_each_address():
    house = House()

    answers = [house.show("pc", sid=b"%016d" % i).get("code") for i in range(11)]

    assert answers == [None] * 10 + ["too_many"]
    assert house.show("elsewhere", sid=b"e" * 16)["ok"]
    house.clock.pass_by(60)
    assert house.show("pc", sid=b"f" * 16)["ok"]


def test_ten_lookups_a_minute_for_each_address_not_for_each_socket():
    house = House()

    answers = [house.ask(f"net.{i}", "join", sid=SID)["code"] for i in range(11)]

    assert answers == ["not_available"] * 10 + ["too_many"]


def test_after_a_hundred_bad_lookups_a_second_numbers_rest_and_scans_go_on():
    house = House()
    house.show()
    shown = house.ask("t", "show", sid=b"t" * 16, mode="T", dir="GS", m1=b"m")
    number = shown["number"]
    misses = [house.ask(f"n{i}", "join", sid=b"u" * 16).get("code") for i in range(100)]
    assert misses == ["not_available"] * 100

    assert house.ask("typist", "join", number=number)["code"] == "too_many"
    assert house.ask("phone", "join", sid=SID)["ok"]
    house.clock.pass_by(1)
    assert house.ask("typist", "join", number=number)["ok"]


def test_messages_have_a_size():
    house = House(Limits(bytes_in_all=10))
    large = house.ask("pc", "show", sid=SID, mode="Q", dir="GS", m1=bytes(5000))
    house.pair()

    assert large == {"ok": False, "code": "too_large"}
    too_much = house.ask("phone", "frame", sid=SID, n=1, data=bytes(9))
    assert too_much == {"ok": False, "code": "too_large"}


def test_a_taken_sid_is_not_taken_over():
    house = House()
    house.show("pc")

    assert house.show("thief") == NOT_AVAILABLE
    assert house.ask("phone", "join", sid=SID)["ok"]


def test_a_house_full_of_pairs_takes_no_more():
    house = House()
    house.registry._most = 1
    house.pair()

    assert house.show("b", sid=b"b" * 16)["code"] == "too_many"


def test_in_a_full_house_the_oldest_code_that_nobody_scanned_makes_room():
    house = House()
    house.registry._most = 2
    house.pair()
    house.show("a", sid=b"a" * 16)

    assert house.show("b", sid=b"b" * 16)["ok"]

    told = [(d.connection, d.content["reason"]) for d in house.relay.sweep()]
    assert told == [("a", "expired")]
    assert house.ask("x", "join", sid=b"a" * 16) == NOT_AVAILABLE
    assert house.ask("y", "join", sid=b"b" * 16)["ok"]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    "message",
    [
        {},
        {"sid": "text"},
        {"sid": b"short"},
        {"sid": SID, "n": "1", "data": 5, "mode": "X", "m1": 1, "token": None},
        {"sid": SID, "n": True, "data": b"", "mode": "Q", "dir": "S", "token": b""},
        {"sid": SID, "n": -1, "data": b"", "mode": True, "token": T, "received": 1e9},
        {"sid": SID, "reason": "expired", "received": -1, "token": T, "dir": "XX"},
    ],
)
def test_nonsense_is_a_bad_request(event, message):
    house = House()
    house.pair()

    answer = house.ask("pc", event, **message)

    if event == "join" and message.get("token") == T:
        assert answer["code"] == "out_of_turn"  # the shower may not join itself
    else:
        assert answer == {"ok": False, "code": "bad_request"}
    assert house.inbox == []


def test_nothing_outlives_the_pairing():
    house = House()
    house.pair()
    house.ask("pc", "end", sid=SID, reason="cancelled")

    house.clock.pass_by(120)

    assert house.relay.sweep() == ()
    assert len(house.registry) == 0


def test_a_number_finds_the_pairing_and_a_wrong_one_finds_none():
    house = House()
    shown = house.ask("pc", "show", sid=SID, mode="T", dir="GS", m1=b"m1")
    number = shown["number"]

    joined = house.ask("phone", "join", number=number)

    assert check_number(number) == number
    assert (joined["sid"], joined["frames"][0]["data"]) == (SID, b"m1")
    stranger = House().ask("phone", "join", number=number)
    assert stranger == NOT_AVAILABLE


def test_a_number_with_a_wrong_check_digit_is_no_number():
    house = House()
    number = house.ask("pc", "show", sid=SID, mode="T", dir="GS", m1=b"m")["number"]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert house.ask("phone", "join", number=wrong)["code"] == "bad_request"
    assert house.ask("phone", "join", number=5)["code"] == "bad_request"


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


def test_a_store_that_is_away_is_said_so():
    class Away(MemoryRegistry):
        def get(self, sid):
            raise UnavailableError

    relay = Relay(Away(), Limits(), clock=lambda: 0.0, random=bytes)

    outcome = relay.answer("join", Visitor("", "phone", "n"), {"sid": SID, "token": T})

    assert outcome.answer == {"ok": False, "code": "unavailable"}


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
