"""What one worker has for a socket of another arrives, or the device has to ask."""

import time
from queue import Queue
from secrets import token_urlsafe
from threading import Thread

import pytest
import redis

from mobile_bridge.relay.messages import Delivery
from mobile_bridge.server.redis import pubsub
from mobile_bridge.server.redis.pubsub import CHANNEL, RedisPubSub
from mobile_bridge.server.wsgi import ConnectionHub
from tests.support.redis_server import RedisServer
from tests.support.servers import free_port

SOON = 5


class Connection:
    """A device's WebSocket, with what was sent to it."""

    def __init__(self):
        self.sent, self.hung_up = Queue(), Queue()

    def send(self, packet):
        self.sent.put(packet)

    def abort(self):
        self.hung_up.put(True)


class Worker:
    """A worker's hub with one device connected."""

    def __init__(self, url):
        self.hub = ConnectionHub(RedisPubSub(url))
        self.device, self.connection = Connection(), token_urlsafe(15)
        self.hub.add(self.connection, self.device)
        Thread(target=self.hub.listen, daemon=True).start()

    def tell(self, connection, content):
        self.hub.deliver([Delivery(connection, "frame", content)])


def wait_for_listeners(store, count):
    end = time.monotonic() + SOON
    while store.pubsub_numsub(CHANNEL)[0][1] < count:
        assert time.monotonic() < end, "nobody listens"
        time.sleep(0.01)


@pytest.fixture
def server(tmp_path):
    with RedisServer(tmp_path) as running:
        yield running


@pytest.fixture
def store(server):
    with redis.Redis.from_url(server.url) as client:
        yield client


@pytest.fixture
def workers(server, store):
    both = Worker(server.url), Worker(server.url)
    wait_for_listeners(store, 2)
    return both


def test_a_delivery_reaches_the_socket_of_another_worker(workers):
    here, there = workers

    here.tell(there.connection, {"n": 1, "data": bytes(3)})

    assert there.device.sent.get(timeout=SOON) == (
        '42/bridge,["frame",{"n":1,"data":"AAAA"}]'
    )
    assert here.device.sent.empty()
    assert there.device.hung_up.empty()  # to begin to listen is no gap


def test_after_a_gap_each_device_is_hung_up_on_once_and_deliveries_go_on(
    workers, store
):
    here, there = workers
    store.client_kill_filter(_type="pubsub", skipme=True)

    assert there.device.hung_up.get(timeout=SOON)
    assert here.device.hung_up.get(timeout=SOON)
    here.tell(there.connection, {"n": 2})
    assert '{"n":2}' in there.device.sent.get(timeout=SOON)
    assert there.device.hung_up.empty()


def test_a_redis_that_was_killed_is_listened_to_again(workers, server, store):
    here, there = workers
    server.kill()
    server.start()

    assert there.device.hung_up.get(timeout=SOON)
    wait_for_listeners(store, 2)
    here.tell(there.connection, {"n": 2})
    assert '{"n":2}' in there.device.sent.get(timeout=SOON)


def test_a_connection_that_died_in_silence_is_noticed(server, store, monkeypatch):
    monkeypatch.setattr(pubsub, "QUIET_SECONDS", 0.2)
    worker = Worker(server.url)
    wait_for_listeners(store, 1)
    time.sleep(1)  # silence alone is no gap: Redis answers when it is asked
    assert worker.device.hung_up.empty()

    server.hold(1.5)

    assert worker.device.hung_up.get(timeout=SOON)


def test_a_worker_that_could_not_listen_at_its_start_hangs_up_when_it_can(tmp_path):
    server = RedisServer(tmp_path)
    worker = Worker(server.url)
    time.sleep(0.2)

    with server:
        assert worker.device.hung_up.get(timeout=SOON)


def test_to_tell_somebody_while_redis_is_away_raises_nothing_and_is_quick():
    worker = Worker(f"redis://127.0.0.1:{free_port()}/0")
    began = time.monotonic()

    worker.tell("at another worker", {"n": 1})

    assert time.monotonic() - began < 1
