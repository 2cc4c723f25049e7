"""Two workers, one Redis, nginx: a pairing lives through what befalls them."""

import time

import pytest
import redis
import requests

from mobile_bridge.core.protocol import Direction
from tests.deploy.resilient_device import Journey
from tests.support.relay_device import on_the_wire

BOTH = [Direction.INITIATOR_SENDS, Direction.RESPONDER_SENDS]
TIMEOUT = 10
MESSAGES = ["m2", "m3", "m4", "m5", "m6", "m7", "m8"]


@pytest.fixture
def store(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        yield client


def published(store):
    """Return how often one worker had something for another one's socket."""
    return store.info("commandstats").get("cmdstat_publish", {}).get("calls", 0)


@pytest.mark.parametrize("direction", BOTH)
def test_two_devices_at_two_workers_move_a_certificate_through_nginx(
    proxy, store, direction
):
    before = published(store)
    journey = Journey((proxy.address, proxy.address), direction, verify=proxy.root)
    journey.go()

    assert journey.ends == {"pc": "stored", "phone": "stored"}
    assert journey.has_sender_deleted
    assert journey.is_whole
    assert published(store) > before


def at(message, befall):
    """Return the hook that lets something happen right after a message went out."""
    return lambda name: befall() if name == message else None


def moved(proxy, message, befall, direction=Direction.INITIATOR_SENDS):
    """Return a journey at whose one point something befell the workers."""
    journey = Journey(
        (proxy.address, proxy.address),
        direction,
        verify=proxy.root,
        hook=at(message, befall),
    )
    journey.go()
    assert journey.is_whole
    return journey


@pytest.mark.parametrize("message", ["m2", "m4", "m5", "m7"])
def test_connections_to_redis_that_are_cut_only_delay(proxy, store, message):
    def cut():
        for kind in ("normal", "pubsub"):
            store.client_kill_filter(_type=kind, skipme=True)

    journey = moved(proxy, message, cut)

    assert journey.ends == {"pc": "stored", "phone": "stored"}


@pytest.mark.parametrize("message", ["m3", "m7"])
def test_a_redis_that_is_silent_for_seconds_only_delays(proxy, redis_server, message):
    journey = moved(proxy, message, lambda: redis_server.hold(3))

    assert journey.ends == {"pc": "stored", "phone": "stored"}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_killed_redis_ends_it_clearly_on_both_sides_and_loses_no_certificate(
    proxy, redis_server, message
):
    def kill():
        redis_server.kill()
        redis_server.start()

    began = time.monotonic()
    journey = moved(proxy, message, kill)

    # Each was told, long before the pairing's time would have been over.
    assert set(journey.ends.values()) <= {"lost", "stored", "kept, not confirmed"}
    assert time.monotonic() - began < 20
    if message != "m8":
        assert journey.ends == {"pc": "lost", "phone": "lost"}
        assert not journey.has_sender_deleted


def test_after_a_killed_redis_the_same_workers_serve_the_next(proxy, redis_server):
    redis_server.kill()
    redis_server.start()

    journey = moved(proxy, "", lambda: None)

    assert journey.ends == {"pc": "stored", "phone": "stored"}


def test_while_redis_is_away_the_site_goes_on_and_the_bridge_says_so_at_once(
    centres, redis_server
):
    body = on_the_wire({"sid": b"s" * 16, "token": b"t" * 16})
    redis_server.kill()
    try:
        for centre in centres:
            began = time.monotonic()
            told = requests.post(
                f"{centre.address}/bridge/join", json=body, timeout=TIMEOUT
            )
            page = requests.get(f"{centre.address}/sign-in", timeout=TIMEOUT)

            assert (told.status_code, told.json()["code"]) == (503, "unavailable")
            assert page.status_code == 200
            assert time.monotonic() - began < 4
    finally:
        redis_server.start()


@pytest.mark.parametrize(("message", "which"), [("m2", 0), ("m4", 1), ("m7", 0)])
def test_a_killed_worker_does_not_stop_a_transfer(proxy, centres, message, which):
    journey = moved(proxy, message, centres[which].kill_worker)
    centres[which].wait_for_workers()

    assert journey.ends == {"pc": "stored", "phone": "stored"}


@pytest.mark.parametrize("message", ["m3", "m8"])
def test_a_graceful_restart_of_all_workers_does_not_stop_a_transfer(
    proxy, centres, message
):
    def restart():
        for one in centres:
            one.restart_gracefully()

    journey = moved(proxy, message, restart)

    assert journey.ends == {"pc": "stored", "phone": "stored"}
