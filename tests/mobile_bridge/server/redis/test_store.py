"""Pairings in Redis behave as those in memory, also when several change one at once."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from msgspec.structs import fields, replace

from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.errors import (
    NotAvailableError,
    TooManyError,
    UnavailableError,
)
from mobile_bridge.relay import pairing as pairings
from mobile_bridge.relay.pairing import (
    Event,
    Pairing,
    Participant,
    Presence,
    Role,
    State,
)
from mobile_bridge.relay.pairing_store import MemoryPairingStore
from mobile_bridge.server.pairing_json import from_text, to_text
from mobile_bridge.server.redis.store import GRACE, RedisPairingStore
from tests.support.redis_server import RedisServer
from tests.support.servers import free_port
from tests.support.tcp_proxy import TcpProxy

SID = b"\x00\xffsixteen bytes!"
OTHER = b"o" * 16
NUMBER = "123456789012"
NOW = 1_800_000_000.0
SECRET = b"k" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def store(server):
    """A client that looks at what is there."""
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def shared(server, store):
    """One of several workers' registries."""
    return RedisPairingStore(server.url, secret=SECRET, capacity=3, clock=lambda: NOW)


@pytest.fixture(params=["memory", "redis"])
def pairing_store(request):
    """Either form, with room for three."""
    if request.param == "memory":
        return MemoryPairingStore(capacity=3)
    return request.getfixturevalue("shared")


def participant(token=b"t" * 16, connection="pc", sent=(b"m1",)):
    return Participant(
        connection, pairings.token_hash(token), "computer", "192.0.2.7", sent
    )


def shown(sid=SID, number=None, expires_at=NOW + 120):
    return Pairing(
        sid,
        Mode.TYPED if number else Mode.QR,
        Direction.INITIATOR_SENDS,
        participant(),
        shown_at=NOW,
        expires_at=expires_at,
        number=number,
    )


def joining(name):
    """Return the change by which a device called `name` takes the second seat."""
    newcomer = participant(name.encode(), name, sent=())
    return lambda it: pairings.join(it, newcomer, expires_at=NOW + 240)


def test_what_is_kept_is_found_again_as_it_was(pairing_store):
    whole = replace(
        joining("phone")(shown(number=NUMBER)), state=State.ENDED, reason=Event.CROWD
    )
    pairing_store.add(whole)

    assert pairing_store.get(SID) == whole
    assert pairing_store.find(NUMBER) == whole
    assert pairing_store.get(OTHER) is None
    assert pairing_store.find("000000000000") is None
    assert len(pairing_store) == 1


def test_a_sid_and_a_number_are_kept_only_once(pairing_store):
    pairing_store.add(shown(number=NUMBER))

    with pytest.raises(NotAvailableError):
        pairing_store.add(shown(expires_at=NOW + 5))
    with pytest.raises(NotAvailableError):
        pairing_store.add(shown(OTHER, number=NUMBER))
    assert pairing_store.get(SID) == shown(number=NUMBER)
    assert pairing_store.get(OTHER) is None


def agreeing(pairing):
    """Return what a pairing is after a second device and a handshake."""
    return pairings.after(joining("phone")(pairing), Event.AGREE)


def fill(pairing_store, *, agreed):
    """Show three, one second after the other; some of them get agreed."""
    for n in range(3):
        sid = bytes([n]) * 16
        number = f"{n:012}"
        pairing_store.add(replace(shown(sid, number=number), shown_at=NOW + n))
        if n in agreed:
            pairing_store.update(sid, agreeing)


def test_when_the_store_is_full_the_oldest_that_is_not_agreed_makes_room(pairing_store):
    fill(pairing_store, agreed=[0])

    pairing_store.add(shown())

    assert len(pairing_store) == 3
    assert pairing_store.get(b"\x00" * 16).state is State.AGREED
    assert pairing_store.get(b"\x01" * 16) is None
    assert pairing_store.find(f"{1:012}") is None
    assert pairing_store.get(SID) == shown()
    assert [it.sid for it in pairing_store.pop_expired(NOW)] == [b"\x01" * 16]
    assert pairing_store.pop_expired(NOW) == []


def test_when_the_store_is_full_of_agreed_pairings_nobody_else_comes_in(pairing_store):
    fill(pairing_store, agreed=[0, 1, 2])

    with pytest.raises(TooManyError):
        pairing_store.add(shown())
    pairing_store.pop_expired(NOW + 1000)
    pairing_store.add(shown())
    assert len(pairing_store) == 1


def test_a_change_is_kept_and_gives_both_forms(pairing_store):
    pairing_store.add(shown())

    before, after = pairing_store.update(SID, joining("phone"))

    assert before == shown()
    assert after == pairing_store.get(SID)
    assert after.state is State.JOINED


def test_a_change_that_changes_nothing_gives_the_same_object_twice(pairing_store):
    pairing_store.add(shown())

    before, after = pairing_store.update(SID, lambda it: it)

    assert before is after


def test_a_change_that_refuses_leaves_all_as_it_was(pairing_store):
    def refuse(_pairing):
        raise TooManyError

    pairing_store.add(shown())

    with pytest.raises(TooManyError):
        pairing_store.update(SID, refuse)
    assert pairing_store.get(SID) == shown()


def test_what_is_not_there_cannot_be_changed(pairing_store):
    with pytest.raises(NotAvailableError):
        pairing_store.update(SID, joining("phone"))


def test_what_is_over_is_taken_once_with_its_number_and_the_rest_stays(pairing_store):
    pairing_store.add(shown(number=NUMBER, expires_at=NOW + 1))
    pairing_store.add(shown(OTHER, expires_at=NOW + 2))

    assert pairing_store.pop_expired(NOW + 0.9) == []
    assert [it.sid for it in pairing_store.pop_expired(NOW + 1)] == [SID]
    assert pairing_store.pop_expired(NOW + 1) == []
    assert pairing_store.get(SID) is None
    assert pairing_store.find(NUMBER) is None
    pairing_store.add(shown(number=NUMBER))


def test_a_pairing_that_got_more_time_is_not_taken_at_its_old_one(pairing_store):
    pairing_store.add(shown())
    pairing_store.update(SID, joining("phone"))

    assert pairing_store.pop_expired(NOW + 200) == []
    assert [it.sid for it in pairing_store.pop_expired(NOW + 240)] == [SID]


def test_an_allowance_is_used_up_and_new_in_the_next_stretch(pairing_store):
    start = NOW - NOW % 60
    rate_limit = pairing_store.rate_limit("lookups", 2, 60.0)

    assert rate_limit.allows("a", start)
    assert [rate_limit.acquire("a", start) for _ in range(3)] == [True, True, False]
    assert not rate_limit.allows("a", start + 59.9)
    assert rate_limit.acquire("b", start)
    assert rate_limit.acquire("a", start + 60)


def at_once(*works):
    """Do all of them in threads that start together; return what they gave."""
    gate = threading.Barrier(len(works))

    def go(work):
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return [done.result() for done in [threads.submit(go, work) for work in works]]


@pytest.mark.parametrize("attempt", range(10))
def test_of_two_that_join_at_once_one_gets_the_seat_and_it_ends_crowded(
    pairing_store, attempt
):
    pairing_store.add(shown())

    outcomes = at_once(
        lambda: pairing_store.update(SID, joining("phone")),
        lambda: pairing_store.update(SID, joining("stranger")),
    )

    states = sorted(after.state for _, after in outcomes)
    assert states == [State.ENDED, State.JOINED]
    ended = pairing_store.get(SID)
    assert ended.reason is Event.CROWD
    (seated,) = (after for _, after in outcomes if after.state is State.JOINED)
    assert ended.responder.token_hash == seated.responder.token_hash


def test_no_change_is_lost_when_many_change_at_once(server, store):
    workers = [RedisPairingStore(server.url, secret=SECRET) for _ in range(4)]
    workers[0].add(shown(expires_at=time.time() + 60))

    def grow(pairing_store):
        for _ in range(5):
            pairing_store.update(
                SID,
                lambda it: replace(
                    it, initiator=replace(it.initiator, acked=it.initiator.acked + 1)
                ),
            )

    at_once(*(lambda one=one: grow(one) for one in workers))

    assert workers[0].get(SID).initiator.acked == 20


def test_each_pairing_that_is_over_is_given_to_exactly_one_worker(server, store):
    workers = [RedisPairingStore(server.url, secret=SECRET) for _ in range(4)]
    sids = [n.to_bytes(16) for n in range(300)]
    for sid in sids:
        workers[0].add(shown(sid, expires_at=NOW))

    taken = at_once(*(lambda one=one: one.pop_expired(NOW) for one in workers))

    assert sorted(it.sid for some in taken for it in some) == sids
    assert store.keys() == []


def test_an_allowance_is_shared_by_all_workers_and_never_overdrawn(server, store):
    workers = [RedisPairingStore(server.url, secret=SECRET) for _ in range(4)]
    counts = [one.rate_limit("creations", 10, 60.0) for one in workers]

    taken = at_once(
        *(
            lambda one=one: sum(one.acquire("a", NOW) for _ in range(5))
            for one in counts
        )
    )

    assert sum(taken) == 10


def test_a_sid_that_was_used_before_is_not_overwritten_by_an_old_change(shared):
    shared.add(shown())

    def overtaken(pairing):
        # Meanwhile this one is swept away and its sid is used once more.
        if shared.get(SID).shown_at == NOW:
            shared.pop_expired(NOW + 1000)
            shared.add(replace(shown(), shown_at=NOW + 1))
        return replace(pairing, state=State.ENDED)

    _, after = shared.update(SID, overtaken)

    assert after.shown_at == NOW + 1


def test_who_is_always_overtaken_gives_up(shared):
    shared.add(shown())
    calls = []

    def overtaken(pairing):
        calls.append(1)
        shared.update(SID, lambda it: replace(it, shown_at=it.shown_at + 1))
        return replace(pairing, state=State.ENDED)

    with pytest.raises(UnavailableError):
        shared.update(SID, overtaken)
    assert len(calls) < 100
    assert shared.get(SID).state is State.SHOWN


@pytest.fixture
def lossy(server):
    proxy = TcpProxy(server.port)
    yield proxy
    proxy.close()


def test_what_was_kept_while_the_answer_got_lost_is_not_refused(lossy, store):
    pairing_store = RedisPairingStore(
        f"redis://127.0.0.1:{lossy.port}/0", secret=SECRET, clock=lambda: NOW
    )
    pairing_store.add(shown(OTHER))  # the script is known from here on
    lossy.loses_reply_to = lambda request: b"EVALSHA" in request

    pairing_store.add(shown())

    assert lossy.lost_replies == 1
    assert pairing_store.get(SID) == shown()


def test_a_change_whose_answer_got_lost_still_gives_what_was_before(lossy, store):
    pairing_store = RedisPairingStore(
        f"redis://127.0.0.1:{lossy.port}/0", secret=SECRET, clock=lambda: NOW
    )
    pairing_store.add(shown())
    pairing_store.add(shown(OTHER))
    pairing_store.update(OTHER, joining("phone"))
    lossy.loses_reply_to = lambda request: b"EVALSHA" in request

    before, after = pairing_store.update(SID, joining("phone"))

    assert lossy.lost_replies == 1
    assert (before.state, after.state) == (State.SHOWN, State.JOINED)


def test_everything_in_redis_has_a_time_to_live_a_little_beyond_the_pairing(
    shared, store
):
    shared.add(shown(number=NUMBER))
    shared.update(SID, joining("phone"))
    shared.rate_limit("lookups", 10, 60.0).acquire("192.0.2.7", NOW)

    lives = {key.decode(): store.pttl(key) / 1000 for key in store.scan_iter()}
    used = [life for key, life in lives.items() if ":used:" in key]
    rest = [life for key, life in lives.items() if ":used:" not in key]
    assert len(used) == 1
    assert 0 < used[0] <= 60
    assert len(rest) == 4  # the record, the number, the expiries, what may make room
    assert all(238 < life <= 240 + GRACE for life in rest)


def test_an_address_is_counted_without_being_written_down(shared, store):
    shared.rate_limit("lookups", 10, 60.0).acquire("192.0.2.7", NOW)

    (key,) = store.keys()
    assert b"192.0.2.7" not in key
    assert store.get(key) == b"1"


def test_an_index_entry_whose_record_ran_out_is_swept_without_a_word(shared, store):
    shared.add(shown())
    store.delete(f"certferry:1:pairing:{SID.hex()}")

    assert shared.pop_expired(NOW + 1000) == []
    assert len(shared) == 0


def test_a_record_is_json_and_holds_every_field():
    whole = joining("phone")(shown(number=NUMBER))

    text_value = json.loads(to_text(whole))

    assert set(text_value) == {field.encode_name for field in fields(Pairing)}
    assert from_text(to_text(whole)) == whole
    assert pairings.role_of_token(from_text(to_text(whole)), b"phone") is Role.RESPONDER


def test_a_record_of_the_first_form_is_read_and_a_field_of_a_later_one_ignored():
    kept = (
        '{"sid":"c3Nzc3Nzc3Nzc3Nzc3Nzcw==","mode":"T","direction":"GS","shower":'
        '{"connection":"pc","token_hash":"/w==","device":"computer","network":"",'
        '"said":["AQI="],"heard":0,"presence":"gone","note":""},"shown_at":1.5,'
        '"expires_at":121.5,"scanner":null,"state":"ended","reason":"expired",'
        '"number":"123","later":{"field":1}}'
    )

    initiator = Participant(
        "pc", b"\xff", "computer", "", (b"\1\2",), presence=Presence.GONE
    )
    assert from_text(kept) == Pairing(
        sid=b"s" * 16,
        mode=Mode.TYPED,
        direction=Direction.INITIATOR_SENDS,
        initiator=initiator,
        shown_at=1.5,
        expires_at=121.5,
        state=State.ENDED,
        reason=Event.EXPIRE,
        number="123",
    )


CALLS = {
    "add": lambda it: it.add(shown()),
    "get": lambda it: it.get(SID),
    "find": lambda it: it.find(NUMBER),
    "change": lambda it: it.update(SID, lambda one: one),
    "take_expired": lambda it: it.pop_expired(NOW),
    "has": lambda it: it.rate_limit("a", 1, 60.0).allows("a", NOW),
    "take": lambda it: it.rate_limit("a", 1, 60.0).acquire("a", NOW),
    "count": len,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_redis_that_is_away_is_said_at_once(call):
    pairing_store = RedisPairingStore(
        f"redis://127.0.0.1:{free_port()}/0", secret=SECRET
    )
    start = time.monotonic()

    with pytest.raises(UnavailableError):
        call(pairing_store)
    assert time.monotonic() - start < 0.5


def test_a_redis_that_does_not_answer_is_not_waited_for_long():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        pairing_store = RedisPairingStore(f"redis://127.0.0.1:{port}/0", secret=SECRET)
        start = time.monotonic()

        with pytest.raises(UnavailableError):
            pairing_store.get(SID)
        assert time.monotonic() - start < 3


def test_a_redis_that_is_full_is_unavailable_and_not_an_error_of_ours(shared, store):
    store.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(UnavailableError):
            shared.add(shown())
    finally:
        store.config_set("maxmemory", "0")


def test_when_redis_is_back_the_same_registry_works_again(tmp_path):
    with RedisServer(tmp_path) as server:
        pairing_store = RedisPairingStore(server.url, secret=SECRET, clock=lambda: NOW)
        pairing_store.add(shown())
        server.kill()
        with pytest.raises(UnavailableError):
            pairing_store.get(SID)
        server.start()

        assert pairing_store.get(SID) is None  # nothing was on disk
        pairing_store.add(shown())  # the scripts are known again
        assert pairing_store.get(SID) == shown()


def test_connections_that_were_cut_meanwhile_are_not_noticed(shared, store):
    shared.add(shown())
    store.client_kill_filter(_type="normal", skipme=True)

    assert shared.get(SID) == shown()
