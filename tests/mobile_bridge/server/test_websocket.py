"""WebSockets and those who use them badly."""

import base64
import socket
import time
import zlib

import gevent
import gevent.socket
import pytest
from websocket import (
    ABNF,
    WebSocketBadStatusException,
    WebSocketConnectionClosedException,
    create_connection,
)

from mobile_bridge.relay.limits import Limits
from mobile_bridge.server import websocket
from mobile_bridge.server.websocket import MAX_UNSENT, WebSocketConnection, accept_key
from tests.support.bridge import Clock
from tests.support.relay_device import Device

MAX_BYTES = 64 * 1024
REQUEST = {
    "REQUEST_METHOD": "GET",
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "keep-alive, Upgrade",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
}


class Ends:
    """A line that is being served, and the client's end of its socket."""

    def __init__(self, frames: int = 10**6, clock=time.monotonic) -> None:
        self.server, self.client = gevent.socket.socketpair()
        self.client.settimeout(10)
        self.heard: list[str] = []
        left = iter(range(frames))
        self.line = WebSocketConnection(
            self.server,
            message_bytes=MAX_BYTES,
            may_send=lambda: next(left, None) is not None,
            clock=clock,
        )
        self.serving = gevent.spawn(self.line.serve, self.take)

    def take(self, text: str) -> bool:
        self.heard.append(text)
        return text != "leave"

    def send(self, octets: bytes, *, kind: int = ABNF.OPCODE_TEXT, last: int = 1):
        self.client.sendall(ABNF(last, 0, 0, 0, kind, 1, octets).format())

    def read(self) -> bytes:
        """Return all that comes until the server hangs up."""
        came = b""
        try:
            while octets := self.client.recv(65536):
                came += octets
        except ConnectionError:
            pass
        return came

    def is_over(self) -> bool:
        self.serving.join(10)
        return self.serving.dead and self.line.is_closed


def pour(send) -> None:
    """Say it again and again, until it fails."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        send()


def wait_for(truth) -> bool:
    end = time.monotonic() + 10
    while not truth() and time.monotonic() < end:
        gevent.sleep(0.01)
    return truth()


def test_the_example_of_the_standard_is_accepted():
    assert accept_key(REQUEST) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 1.3


@pytest.mark.parametrize(
    "change",
    [
        {"REQUEST_METHOD": "POST"},
        {"HTTP_UPGRADE": "h2c"},
        {"HTTP_CONNECTION": "keep-alive"},
        {"HTTP_SEC_WEBSOCKET_VERSION": "8"},
        {"HTTP_SEC_WEBSOCKET_KEY": "short"},
        {"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==\r\nX: y"},
        {"HTTP_SEC_WEBSOCKET_KEY": base64.b64encode(bytes(17)).decode()},
    ],
)
def test_nothing_else_is(change):
    assert accept_key(REQUEST | change) is None


def test_messages_arrive_in_their_order_and_whole():
    ends = Ends()

    ends.send(b"a")
    ends.send(b"b", last=0)
    ends.send(b"c", kind=ABNF.OPCODE_CONT, last=1)
    ends.send(b"leave")

    assert ends.is_over()
    assert ends.heard == ["a", "bc", "leave"]


def test_compression_is_not_agreed_on():
    ends = Ends()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(10**7)) + packer.flush(zlib.Z_SYNC_FLUSH)

    ends.client.sendall(ABNF(1, 1, 0, 0, ABNF.OPCODE_TEXT, 1, bomb[:-4]).format())

    assert ends.is_over()
    assert ends.heard == []


def test_a_message_has_a_size_before_it_is_whole():
    ends = Ends()
    ends.send(b"", last=0)

    with pytest.raises(OSError, match=r"reset|[Bb]roken"):
        pour(lambda: ends.send(bytes(32 * 1024), kind=ABNF.OPCODE_CONT, last=0))

    assert ends.is_over()
    assert ends.line.buffered <= MAX_BYTES


@pytest.mark.parametrize(
    ("octets", "kind"),
    [(b"\xff", ABNF.OPCODE_TEXT), (b"bytes", ABNF.OPCODE_BINARY)],
)
def test_what_is_no_text_ends_the_line(octets, kind):
    ends = Ends()

    ends.send(octets, kind=kind)

    assert ends.is_over()
    assert ends.heard == []


def test_a_client_is_read_no_faster_than_it_is_served():
    ends = Ends()
    ends.take = lambda _text: gevent.sleep(60) or True
    ends.serving.kill()
    ends.serving = gevent.spawn(ends.line.serve, ends.take)
    ends.client.setblocking(False)
    message = ABNF(1, 0, 0, 0, ABNF.OPCODE_TEXT, 1, bytes(1000)).format()

    with pytest.raises(BlockingIOError):
        pour(lambda: (ends.client.send(message * 100), gevent.sleep(0)))

    ends.serving.kill()


def test_who_does_not_read_is_hung_up_and_nobody_waits_for_it():
    ends = Ends()
    began, sent = time.monotonic(), 0

    while not ends.line.is_closed:
        ends.line.send("x" * 10_000)
        sent += 10_000

    assert time.monotonic() - began < 5
    assert sent < MAX_UNSENT + 10**7
    assert ends.line.buffered == 0


def test_a_large_message_goes_out_whole_over_a_narrow_line():
    ends = Ends()
    ends.server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    ends.line.send("x" * 50_000, "y")

    heard = b""
    while len(heard) < 50_007:
        heard += ends.client.recv(1000)

    assert heard[:4] == b"\x81\x7e" + (50_000).to_bytes(2, "big")
    assert heard[-3:] == b"\x81\x01y"


@pytest.mark.parametrize(
    ("kind", "last"),
    [(ABNF.OPCODE_TEXT, 1), (ABNF.OPCODE_PING, 1), (ABNF.OPCODE_TEXT, 0)],
    ids=["messages", "pings", "pieces"],
)
def test_after_so_many_frames_the_line_is_dropped(kind, last):
    ends = Ends(frames=5)

    for number in range(5):
        ends.send(b"", kind=kind if last or not number else ABNF.OPCODE_CONT, last=last)
    gevent.sleep(0.05)
    assert not ends.line.is_closed
    ends.send(b"", kind=ABNF.OPCODE_PONG)

    assert ends.is_over()


def test_a_ping_is_answered_and_a_goodbye_too():
    ends = Ends()

    ends.send(b"there?", kind=ABNF.OPCODE_PING)
    ends.send((1000).to_bytes(2, "big"), kind=ABNF.OPCODE_CLOSE)

    assert ends.read() == b"\x8a\x06there?\x88\x02\x03\xe8"
    assert ends.is_over()


def test_others_run_after_each_reading():
    ends = Ends()
    ran = []
    ends.send(b"a" * 60_000)
    gevent.spawn(ran.append, True)

    assert wait_for(lambda: ran)


def test_who_is_silent_is_asked_and_then_dropped():
    clock = Clock()
    ends = Ends(clock=clock)
    ends.line.heartbeat("2", clock())
    clock.pass_by(websocket.PING_SECONDS)
    ends.line.heartbeat("2", clock())
    ends.line.heartbeat("2", clock())
    clock.pass_by(websocket.SILENCE_SECONDS + 1)
    ends.line.heartbeat("2", clock())

    assert ends.read() == b"\x81\x012"
    assert ends.is_over()


def test_who_answers_stays():
    clock = Clock()
    ends = Ends(clock=clock)

    for _ in range(5):
        clock.pass_by(websocket.PING_SECONDS)
        ends.line.heartbeat("2", clock())
        assert ends.client.recv(100) == b"\x81\x012"
        ends.send(b"3")
        gevent.sleep(0.01)

    assert not ends.line.is_closed


def connect(server: str):
    where = server.replace("http", "ws")
    return create_connection(
        f"{where}/socket.io/?EIO=4&transport=websocket", timeout=10
    )


def test_a_chatty_client_is_hung_up_and_holds_nobody_back(server):
    chatty = connect(server)
    chatty.send("40/bridge,")
    frame = ABNF(1, 0, 0, 0, ABNF.OPCODE_TEXT, 1, b'42/bridge,["got",{}]').format()
    began = time.monotonic()

    with pytest.raises(OSError, match=r"reset|[Bb]roken"):
        pour(lambda: chatty.sock.sendall(frame * 500))

    with Device(server) as honest:
        assert honest.ask("got")["code"] == "bad_request"
    assert time.monotonic() - began < 5


def test_a_message_that_never_ends_is_too_large_at_the_limit(server):
    client = connect(server)
    client.recv()

    for piece in (bytes(Limits().message_bytes), b"!"):
        kind = ABNF.OPCODE_CONT if piece == b"!" else ABNF.OPCODE_TEXT
        client.send_frame(ABNF(0, 0, 0, 0, kind, 1, piece))

    kind, reason = client.recv_data()
    assert (kind, reason[:2]) == (ABNF.OPCODE_CLOSE, (1009).to_bytes(2, "big"))


@pytest.mark.parametrize("hello", ["40/other,", "41", "5", '42/bridge,["got",{}]'])
def test_who_says_what_no_device_says_is_hung_up(server, hello):
    client = connect(server)
    client.recv()

    client.send(hello)

    with pytest.raises((OSError, WebSocketConnectionClosedException)):
        client.recv()


def test_an_address_has_so_many_connections_and_no_more(server):
    max_connections, crowd = Limits().connections_an_address, []

    with pytest.raises(WebSocketBadStatusException, match="429"):
        pour(lambda: crowd.append(connect(server)))

    # Connections of earlier tests may still be closing.
    assert max_connections - 5 <= len(crowd) <= max_connections
    for one in crowd:
        one.shutdown()
    assert wait_for(lambda: has_room(server))


def has_room(server: str) -> bool:
    try:
        connect(server).close()
    except WebSocketBadStatusException:
        return False
    return True


def test_a_request_that_is_no_websocket_is_refused(server):
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )

        assert client.recv(100).startswith(b"HTTP/1.1 400")
