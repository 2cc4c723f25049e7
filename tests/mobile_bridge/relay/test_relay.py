"""The relay's answers, without any socket."""

import threading

import pytest

from tests.support.bridge import RelayFixture, token_of

SID = b"s" * 16
T = token_of("pc")
NOT_AVAILABLE = {"ok": False, "code": "not_available"}


def test_the_second_device_gets_the_first_message_and_both_are_told():
    fixture = RelayFixture()

    shown, joined = fixture.show(), fixture.ask("phone", "join", sid=SID)

    assert shown == {"ok": True, "expires_in": 120}
    assert joined["sid"] == SID
    assert joined["frames"] == [{"n": 1, "data": b"m1"}]
    assert joined["peer"] == {"device": "phone", "same_network": False}
    [(to, event, content)] = fixture.inbox
    assert (to, event, content["device"]) == ("pc", "peer", "phone")


def test_devices_behind_one_address_are_on_one_network():
    fixture = RelayFixture()
    fixture.show("home.pc")

    joined = fixture.ask("home.phone", "join", sid=SID)

    assert joined["peer"]["same_network"] is True


def test_devices_of_unknown_address_are_not_said_to_be_on_one_network():
    fixture = RelayFixture()
    fixture.show("unknown.pc")

    joined = fixture.ask("unknown.phone", "join", sid=SID)

    assert joined["peer"]["same_network"] is False


def test_messages_go_to_the_peer_in_turn():
    fixture = RelayFixture()
    fixture.pair()

    fixture.speak("phone", "pc", "phone", "pc", "phone", "pc", "phone")

    assert [to for to, _, _ in fixture.inbox] == [
        "pc", "phone", "pc", "phone", "pc", "phone", "pc",
    ]  # fmt: skip
    assert all(event == "frame" for _, event, _ in fixture.inbox)
    assert fixture.inbox[0][2] == {"n": 1, "data": b"m2", "got": 1}


def test_a_message_out_of_turn_is_refused_and_goes_nowhere():
    fixture = RelayFixture()
    fixture.pair()

    answer = fixture.ask("pc", "frame", sid=SID, n=2, data=b"x")

    assert answer == {"ok": False, "code": "out_of_turn"}
    assert fixture.inbox == []


@pytest.mark.parametrize("event", ["frame", "got", "end"])
def test_a_stranger_says_nothing_in_a_pairing(event):
    fixture = RelayFixture()
    fixture.pair()

    answer = fixture.ask("x", event, sid=SID, n=1, data=b"x", reason="cancelled")

    assert answer == NOT_AVAILABLE
    assert answer == RelayFixture().ask(
        "x", event, sid=SID, n=1, data=b"x", reason="done"
    )
    assert fixture.inbox == []


def test_a_third_device_ends_the_pairing_for_both_and_learns_nothing():
    fixture = RelayFixture()
    fixture.pair()

    answer = fixture.ask("third", "join", sid=SID)

    assert answer == NOT_AVAILABLE
    crowded = {"reason": "crowded"}
    assert fixture.inbox == [("pc", "ended", crowded), ("phone", "ended", crowded)]
    assert fixture.ask("phone", "frame", sid=SID, n=1, data=b"x")["code"] == "ended"


def test_of_two_phones_racing_at_most_one_is_seated():
    for _ in range(50):
        fixture = RelayFixture()
        fixture.show()
        answers: list[dict[str, object]] = []
        start = threading.Barrier(2)

        def race(who: str, fixture=fixture, answers=answers, start=start) -> None:
            start.wait()
            answers.append(fixture.ask(who, "join", sid=SID))

        phones = [threading.Thread(target=race, args=(f"p{i}",)) for i in range(2)]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.join()

        assert sorted(bool(answer["ok"]) for answer in answers) == [False, True]
        told = {to for to, event, _ in fixture.inbox if event == "ended"}
        assert "pc" in told
        assert len(told) == 2


def test_after_its_time_a_pairing_is_over_even_before_the_sweep():
    fixture = RelayFixture()
    fixture.pair()
    fixture.clock.pass_by(120)

    assert fixture.ask("phone", "frame", sid=SID, n=1, data=b"x") == NOT_AVAILABLE
    again = fixture.post("pc", "resume", sid=SID, received=0)
    assert again == NOT_AVAILABLE


@pytest.mark.parametrize("reason", ["declined", "cancelled", "refused"])
def test_either_device_may_end_it_and_the_other_is_told(reason):
    fixture = RelayFixture()
    fixture.pair()

    assert fixture.ask("phone", "end", sid=SID, reason=reason)["ok"]

    assert fixture.inbox == [("pc", "ended", {"reason": reason})]
    assert fixture.store.get(SID).size == 0


def test_both_may_say_that_it_is_over():
    fixture = RelayFixture()
    fixture.pair()
    fixture.ask("pc", "end", sid=SID, reason="cancelled")

    assert fixture.ask("phone", "end", sid=SID, reason="refused") == {"ok": True}
    assert len(fixture.inbox) == 1


@pytest.mark.parametrize(
    ("direction", "seconds"), [("GS", 120), ("SG", 120), ("GK", 300)]
)
def test_two_devices_have_longer_where_one_makes_a_key(direction, seconds):
    fixture = RelayFixture()
    fixture.ask("pc", "show", sid=b"k" * 16, mode="Q", dir=direction, m1=b"m1")

    answer = fixture.ask("phone", "join", sid=b"k" * 16)

    assert answer["expires_in"] == seconds
