"""Who is there, and what a sender waits for: told beside the messages."""

import json

import pytest

from mobile_bridge.server.pairing_json import from_text, to_text
from tests.support.bridge import RelayFixture, token_of

SID = b"s" * 16
NOTE = b"n" * 16


def paired():
    """Return a relay at which two devices have met."""
    fixture = RelayFixture()
    fixture.pair()
    return fixture


def resume(fixture, who, **more):
    """Say how a device stands."""
    about = {"token": token_of(who), "sid": SID, "received": 0}
    return fixture.ask(who, "resume", **about, **more)


def leave(fixture, who):
    """Close the socket of a device."""
    result = fixture.relay.leave(SID, who)
    fixture.inbox += [(d.connection, d.event, d.content) for d in result.deliveries]


def told(fixture):
    """Return what was told of the other device, and to whom."""
    events = [(to, content) for to, event, content in fixture.inbox if event == "peer"]
    return [(to, c.get("presence", "here"), c.get("note")) for to, c in events]


def test_a_socket_that_closes_is_told_to_the_other_and_so_is_its_return():
    fixture = paired()
    leave(fixture, "pc")
    resume(fixture, "pc")

    assert told(fixture) == [("phone", "gone", None), ("phone", "here", None)]


def test_a_socket_that_was_replaced_leaves_nobody_gone():
    fixture = paired()
    fixture.ask("pc2", "resume", token=token_of("pc"), sid=SID, received=0)
    leave(fixture, "pc")

    assert told(fixture) == []


def test_a_page_that_nobody_sees_is_told_until_it_is_seen():
    fixture = paired()
    resume(fixture, "phone", visible=False)
    resume(fixture, "phone", visible=False)
    resume(fixture, "phone")  # says nothing of it
    resume(fixture, "phone", visible=True)

    assert told(fixture) == [("pc", "hidden", None), ("pc", "here", None)]


def test_a_note_is_told_once_and_stands_in_the_news():
    fixture = paired()
    resume(fixture, "pc", note=NOTE)
    resume(fixture, "pc")
    news = resume(fixture, "phone")

    assert told(fixture) == [("phone", "here", NOTE)]
    assert news["peer"]["note"] == NOTE
    assert "presence" not in news["peer"]


def test_who_asks_by_post_hears_the_same():
    fixture = paired()
    leave(fixture, "pc")

    news = fixture.post("phone", "resume", sid=SID, received=0)

    assert news["peer"]["presence"] == "gone"


def test_who_posts_after_its_socket_closed_is_there_again():
    fixture = paired()
    leave(fixture, "pc")
    fixture.post("pc", "resume", sid=SID, received=0)

    assert told(fixture)[-1] == ("phone", "here", None)


@pytest.mark.parametrize("more", [{"note": b"n" * 33}, {"note": 7}, {"visible": "no"}])
def test_what_has_not_that_form_is_refused(more):
    assert resume(paired(), "pc", **more) == {"ok": False, "code": "bad_request"}


def test_of_a_pairing_that_is_over_nothing_is_told():
    fixture = paired()
    fixture.ask("pc", "end", sid=SID, reason="cancelled")
    fixture.inbox.clear()
    leave(fixture, "phone")

    assert fixture.inbox == []
    assert fixture.relay.leave(b"x" * 16, "pc").deliveries == ()


def test_what_a_worker_of_before_wrote_is_read():
    fixture = paired()
    pairing = fixture.store.get(SID)
    old = json.loads(to_text(pairing))
    for seat in ("shower", "scanner"):
        del old[seat]["presence"], old[seat]["note"]

    assert from_text(json.dumps(old)) == pairing
