"""The relay's answers, without any socket."""

import threading

import pytest

from mobile_bridge.limits import Limits
from mobile_bridge.relay import EVENTS
from tests.mobile_bridge.makers import House

SID = b"s" * 16
NOT_AVAILABLE = {"ok": False, "code": "not_available"}


def test_the_second_device_gets_the_first_message_and_both_are_told():
    house = House()

    shown, joined = house.show(), house.ask("phone", "join", sid=SID)

    assert (shown["ok"], shown["expires_in"], len(shown["token"])) == (True, 120, 16)
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
    assert house.inbox[0][2] == {"n": 1, "data": b"m2"}


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

    shown = house.ask("pc", "show", sid=SID, mode="T", m1=b"m1")

    assert shown["expires_in"] == 180


def test_after_its_time_a_pairing_is_over_even_before_the_sweep():
    house = House()
    token, _ = house.pair()
    house.clock.pass_by(120)

    assert house.ask("phone", "frame", sid=SID, n=1, data=b"x") == NOT_AVAILABLE
    again = house.ask("pc", "resume", sid=SID, token=token, received=0)
    assert again == NOT_AVAILABLE


def test_a_lost_connection_resumes_the_same_pairing_with_what_it_missed():
    house = House()
    _, token = house.pair()
    house.speak("phone", "pc")

    back = house.ask("phone2", "resume", sid=SID, token=token, received=1)

    assert back["ok"]
    assert back["state"] == "joined"
    assert back["frames"] == [{"n": 2, "data": b"m3"}]
    assert (back["sent"], back["got"]) == (1, 0)
    assert back["peer"]["device"] == "phone"
    assert house.ask("phone2", "frame", sid=SID, n=2, data=b"m4")["ok"]
    assert house.ask("phone", "frame", sid=SID, n=2, data=b"m4") == NOT_AVAILABLE


def test_a_resumed_device_can_still_get_the_receipt_of_a_finished_pairing():
    house = House()
    token, _ = house.pair()
    house.speak("phone", "pc", "phone", "pc", "phone", "pc", "phone")
    house.ask("phone", "end", sid=SID, reason="done")

    back = house.ask("pc2", "resume", sid=SID, token=token, received=3)

    assert (back["state"], back["frames"]) == ("done", [{"n": 4, "data": b"m8"}])


def test_who_resumes_an_ended_pairing_is_told_why():
    house = House()
    token, _ = house.pair()
    house.ask("phone", "end", sid=SID, reason="declined")

    back = house.ask("pc2", "resume", sid=SID, token=token, received=0)

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
        house.ask("x", event, sid=b"u" * 16, n=1, data=b"", token=b"", received=0)

    assert house.ask("phone", "join", sid=SID)["ok"]


def test_the_relay_keeps_no_token():
    house = House()
    tokens = house.pair()

    kept = repr(house.registry.get(SID))

    assert all(repr(token)[2:-1] not in kept for token in tokens)


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


def test_a_hundred_bad_lookups_a_second_in_all():
    house = House()

    answers = [house.ask(f"n{i}", "join", sid=SID)["code"] for i in range(101)]

    assert answers == ["not_available"] * 100 + ["too_many"]
    house.clock.pass_by(1)
    assert house.ask("other", "join", sid=SID)["code"] == "not_available"


def test_messages_have_a_size():
    house = House(Limits(bytes_in_all=10))
    large = house.ask("pc", "show", sid=SID, mode="Q", m1=bytes(5000))
    house.pair()

    assert large == {"ok": False, "code": "too_large"}
    too_much = house.ask("phone", "frame", sid=SID, n=1, data=bytes(9))
    assert too_much == {"ok": False, "code": "too_large"}


def test_a_taken_sid_is_not_taken_over():
    house = House()
    house.show("pc")

    assert house.show("thief") == NOT_AVAILABLE
    assert house.ask("phone", "join", sid=SID)["ok"]


def test_a_full_house_takes_no_more():
    house = House()
    house.registry._most = 1
    house.show("a")

    assert house.show("b", sid=b"b" * 16)["code"] == "too_many"


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    "message",
    [
        {},
        {"sid": "text"},
        {"sid": b"short"},
        {"sid": SID, "n": "1", "data": 5, "mode": "X", "m1": 1, "token": None},
        {"sid": SID, "n": True, "data": b"", "mode": "Q", "m1": b"", "reason": []},
        {"sid": SID, "n": -1, "data": b"", "mode": ["Q"], "m1": b"", "received": 1e9},
        {"sid": SID, "reason": "expired", "received": -1, "token": b"", "dir": "XX"},
    ],
)
def test_nonsense_is_a_bad_request(event, message):
    house = House()
    house.pair()

    answer = house.ask("pc", event, **message)

    if event == "join" and message.get("sid") == SID:
        assert answer["code"] == "out_of_turn"  # the shower may not join itself
    elif event == "show" and message.get("mode") == "Q":
        assert answer == NOT_AVAILABLE  # well-formed, but the sid is taken
    else:
        assert answer == {"ok": False, "code": "bad_request"}
    assert house.inbox == []


@pytest.mark.parametrize("message", [None, "text", b"bytes", 5, [], [{}]])
def test_what_is_no_object_is_a_bad_request(message):
    house = House()

    outcome = house.relay.answer("join", None, message)

    assert outcome.answer == {"ok": False, "code": "bad_request"}


def test_nothing_outlives_the_pairing():
    house = House()
    house.pair()
    house.ask("pc", "end", sid=SID, reason="cancelled")

    house.clock.pass_by(120)

    assert house.relay.sweep() == ()
    assert len(house.registry) == 0
