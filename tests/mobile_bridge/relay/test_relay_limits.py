"""How long, how much and how often; and what is nonsense."""

import pytest

from mobile_bridge.core.pairing_number import check_number
from mobile_bridge.errors import UnavailableError
from mobile_bridge.relay.limits import Limits
from mobile_bridge.relay.messages import ClientInfo
from mobile_bridge.relay.pairing_store import MemoryPairingStore
from mobile_bridge.relay.relay import EVENTS, Relay
from tests.support.bridge import RelayFixture, token_of

SID = b"s" * 16
T = token_of("pc")
NOT_AVAILABLE = {"ok": False, "code": "not_available"}


def test_unknown_expired_and_used_get_the_same_answer():
    unknown = RelayFixture().ask("x", "join", sid=SID)

    expired = RelayFixture()
    expired.show()
    expired.clock.pass_by(120)
    used = RelayFixture()
    used.pair()
    used.ask("pc", "end", sid=SID, reason="cancelled")
    crowded = RelayFixture()
    crowded.pair()

    assert unknown == NOT_AVAILABLE
    assert expired.ask("x", "join", sid=SID) == NOT_AVAILABLE
    assert used.ask("x", "join", sid=SID) == NOT_AVAILABLE
    assert crowded.ask("x", "join", sid=SID) == NOT_AVAILABLE


def test_the_lives_are_120_seconds_shown_and_120_more_joined():
    fixture = RelayFixture()
    fixture.show()
    fixture.clock.pass_by(119.9)
    assert fixture.ask("phone", "join", sid=SID)["expires_in"] == 120
    fixture.clock.pass_by(119.9)
    assert fixture.relay.sweep() == ()
    fixture.clock.pass_by(0.1)

    ended = fixture.relay.sweep()

    assert [(d.connection, d.content["reason"]) for d in ended] == [
        ("pc", "expired"),
        ("phone", "expired"),
    ]
    assert len(fixture.store) == 0


def test_a_typed_number_lives_180_seconds():
    fixture = RelayFixture()

    shown = fixture.ask("pc", "show", sid=SID, mode="T", dir="GS", m1=b"m1")

    assert shown["expires_in"] == 180


@pytest.mark.parametrize("event", ["frame", "got", "end"])
def test_looking_for_pairings_of_others_is_limited_for_each_address(event):
    fixture = RelayFixture()
    fixture.pair()

    codes = [
        fixture.ask(f"x.{i}", event, sid=sid, n=1, data=b"x", reason="done")["code"]
        for i, sid in enumerate([SID, b"u" * 16] * 6)
    ]

    assert codes == ["not_available"] * 10 + ["too_many"] * 2
    assert fixture.ask("phone", "frame", sid=SID, n=1, data=b"m2")["ok"]


@pytest.mark.parametrize("event", ["frame", "resume"])
def test_one_address_cannot_use_up_the_look_ups_of_all(event):
    fixture = RelayFixture()
    fixture.show()

    for _ in range(200):
        fixture.ask(
            "x", event, sid=b"u" * 16, n=1, data=b"", token=bytes(16), received=0
        )

    assert fixture.ask("phone", "join", sid=SID)["ok"]


def test_the_relay_keeps_no_token():
    fixture = RelayFixture()
    fixture.pair()

    kept = repr(fixture.store.get(SID))

    assert repr(b"m1") in kept
    assert all(repr(token_of(who)) not in kept for who in ("pc", "phone"))


def test_ten_codes_a_minute_for_each_address():
    fixture = RelayFixture()

    answers = [fixture.show("pc", sid=b"%016d" % i).get("code") for i in range(11)]

    assert answers == [None] * 10 + ["too_many"]
    assert fixture.show("elsewhere", sid=b"e" * 16)["ok"]
    fixture.clock.pass_by(60)
    assert fixture.show("pc", sid=b"f" * 16)["ok"]


def test_ten_lookups_a_minute_for_each_address_not_for_each_socket():
    fixture = RelayFixture()

    answers = [fixture.ask(f"net.{i}", "join", sid=SID)["code"] for i in range(11)]

    assert answers == ["not_available"] * 10 + ["too_many"]


def test_after_a_hundred_bad_lookups_a_second_numbers_rest_and_scans_go_on():
    fixture = RelayFixture()
    fixture.show()
    shown = fixture.ask("t", "show", sid=b"t" * 16, mode="T", dir="GS", m1=b"m")
    number = shown["number"]
    misses = [
        fixture.ask(f"n{i}", "join", sid=b"u" * 16).get("code") for i in range(100)
    ]
    assert misses == ["not_available"] * 100

    assert fixture.ask("typist", "join", number=number)["code"] == "too_many"
    assert fixture.ask("phone", "join", sid=SID)["ok"]
    fixture.clock.pass_by(1)
    assert fixture.ask("typist", "join", number=number)["ok"]


def test_messages_have_a_size():
    fixture = RelayFixture(Limits(bytes_in_all=10))
    large = fixture.ask("pc", "show", sid=SID, mode="Q", dir="GS", m1=bytes(5000))
    fixture.pair()

    assert large == {"ok": False, "code": "too_large"}
    too_much = fixture.ask("phone", "frame", sid=SID, n=1, data=bytes(9))
    assert too_much == {"ok": False, "code": "too_large"}


def test_a_taken_sid_is_not_taken_over():
    fixture = RelayFixture()
    fixture.show("pc")

    assert fixture.show("thief") == NOT_AVAILABLE
    assert fixture.ask("phone", "join", sid=SID)["ok"]


def test_a_store_full_of_pairs_takes_no_more():
    fixture = RelayFixture(capacity=1)
    fixture.pair()
    fixture.speak("phone", "pc", "phone")

    assert fixture.show("b", sid=b"b" * 16)["code"] == "too_many"


def test_in_a_full_store_the_oldest_code_that_nobody_scanned_makes_room():
    fixture = RelayFixture(capacity=2)
    fixture.pair()
    fixture.speak("phone", "pc", "phone")
    fixture.show("a", sid=b"a" * 16)

    assert fixture.show("b", sid=b"b" * 16)["ok"]

    told = [(d.connection, d.content["reason"]) for d in fixture.relay.sweep()]
    assert told == [("a", "expired")]
    assert fixture.ask("x", "join", sid=b"a" * 16) == NOT_AVAILABLE
    assert fixture.ask("y", "join", sid=b"b" * 16)["ok"]


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
    fixture = RelayFixture()
    fixture.pair()

    answer = fixture.ask("pc", event, **message)

    if event == "join" and message.get("token") == T:
        assert answer["code"] == "out_of_turn"  # the shower may not join itself
    else:
        assert answer == {"ok": False, "code": "bad_request"}
    assert fixture.inbox == []


def test_nothing_outlives_the_pairing():
    fixture = RelayFixture()
    fixture.pair()
    fixture.ask("pc", "end", sid=SID, reason="cancelled")

    fixture.clock.pass_by(120)

    assert fixture.relay.sweep() == ()
    assert len(fixture.store) == 0


def test_a_number_finds_the_pairing_and_a_wrong_one_finds_none():
    fixture = RelayFixture()
    shown = fixture.ask("pc", "show", sid=SID, mode="T", dir="GS", m1=b"m1")
    number = shown["number"]

    joined = fixture.ask("phone", "join", number=number)

    assert check_number(number) == number
    assert (joined["sid"], joined["frames"][0]["data"]) == (SID, b"m1")
    stranger = RelayFixture().ask("phone", "join", number=number)
    assert stranger == NOT_AVAILABLE


def test_a_number_with_a_wrong_check_digit_is_no_number():
    fixture = RelayFixture()
    number = fixture.ask("pc", "show", sid=SID, mode="T", dir="GS", m1=b"m")["number"]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert fixture.ask("phone", "join", number=wrong)["code"] == "bad_request"
    assert fixture.ask("phone", "join", number=5)["code"] == "bad_request"


def test_a_store_that_is_away_is_said_so():
    class Away(MemoryPairingStore):
        def get(self, sid):
            raise UnavailableError

    relay = Relay(Away(), Limits(), clock=lambda: 0.0, random=bytes)

    result = relay.answer(
        "join", ClientInfo("", "phone", "n"), {"sid": SID, "token": T}
    )

    assert result.answer == {"ok": False, "code": "unavailable"}


def test_who_joins_their_own_codes_fills_no_store():
    fixture = RelayFixture(capacity=3)
    for stranger in range(3):
        sid = b"%016d" % stranger
        fixture.show(f"{stranger}.a", sid=sid)
        assert fixture.ask(f"{stranger}.b", "join", sid=sid)["ok"]
    fixture.clock.pass_by(1)

    assert fixture.show()["ok"]
    assert fixture.ask("phone", "join", sid=SID)["ok"]


def test_a_device_that_comes_too_late_by_a_moment_learns_nothing():
    fixture = RelayFixture()
    fixture.pair()
    pairing = fixture.store.get(SID)
    fixture.ask("pc", "end", sid=SID, reason="cancelled")
    # It looked while the pairing was still open.
    fixture.store.get = lambda sid: pairing

    assert fixture.ask("third", "join", sid=SID) == NOT_AVAILABLE
