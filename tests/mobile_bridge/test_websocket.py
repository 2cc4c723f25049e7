"""WebSockets and those who use them badly."""

import base64
import socket
import threading
import time
import zlib
from functools import partial
from types import SimpleNamespace

import pytest
from simple_websocket import ConnectionClosed
from websocket import ABNF, WebSocketBadStatusException, create_connection

from mobile_bridge.limits import Limits
from mobile_bridge.visitor import Proxies
from mobile_bridge.websocket import MOST_WAITING, Line, install
from tests.mobile_bridge.device import Device

MOST_BYTES = 64 * 1024
HEADERS = {
    "HTTP_HOST": "bank.example",
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_KEY": base64.b64encode(bytes(16)).decode(),
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate",
}


class Ends:
    """A line and the client's end of its socket."""

    def __init__(self, frames: int = 10**6) -> None:
        server, self.client = socket.socketpair()
        self.client.settimeout(10)
        self.pauses = 0
        left = iter(range(frames + 1))  # one for the request
        self.line = Line(
            {**HEADERS, "werkzeug.socket": server},
            may_send=lambda: next(left, None) is not None,
            pause=self.pause,
            max_message_size=MOST_BYTES,
            thread_class=partial(threading.Thread, daemon=True),
            event_class=threading.Event,
        )
        self.answer = self.client.recv(4096)

    def pause(self, _seconds: float) -> None:
        self.pauses += 1

    def say(self, octets: bytes, *, kind: int = ABNF.OPCODE_TEXT, last: int = 1):
        self.client.sendall(ABNF(last, 0, 0, 0, kind, 1, octets).format())

    def is_hung_up(self) -> bool:
        """Say whether the server closes the socket, after reading what is left."""
        try:
            while self.client.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        return True


def pour(say) -> None:
    """Say it again and again, until it fails."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        say()


def wait_for(truth) -> bool:
    end = time.monotonic() + 10
    while not truth() and time.monotonic() < end:
        time.sleep(0.01)
    return truth()


def test_messages_arrive_in_their_order():
    ends = Ends()

    for word in (b"a", b"b"):
        ends.say(word)

    assert [ends.line.receive(10), ends.line.receive(10)] == ["a", "b"]


def test_compression_is_not_agreed_on():
    ends = Ends()

    assert ends.answer.startswith(b"HTTP/1.1 101")
    assert b"deflate" not in ends.answer.lower()

    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(10**7)) + packer.flush(zlib.Z_SYNC_FLUSH)
    ends.client.sendall(ABNF(1, 1, 0, 0, ABNF.OPCODE_BINARY, 1, bomb[:-4]).format())
    assert ends.is_hung_up()


def test_a_message_has_a_size_before_it_is_whole():
    ends = Ends()
    ends.say(b"", kind=ABNF.OPCODE_BINARY, last=0)

    with pytest.raises(ConnectionError):
        pour(lambda: ends.say(bytes(32 * 1024), kind=ABNF.OPCODE_CONT, last=0))

    assert len(ends.line.incoming_message) <= MOST_BYTES
    with pytest.raises(ConnectionClosed):
        ends.line.receive(10)


def test_who_says_nothing_but_much_of_it_is_not_read_further():
    ends = Ends()
    ends.client.setblocking(False)
    message = ABNF(1, 0, 0, 0, ABNF.OPCODE_TEXT, 1, bytes(1000)).format()

    with pytest.raises(BlockingIOError):
        pour(lambda: ends.client.send(message * 100))

    time.sleep(0.2)
    # One reading of 4 KiB comes on top of what was allowed to wait.
    assert MOST_WAITING < len(ends.line.input_buffer) <= MOST_WAITING + 4
    ends.line.drop()
    assert wait_for(lambda: not ends.line.thread.is_alive())


def test_what_waited_is_read_when_there_is_room_again():
    ends = Ends()
    words = [b"%d" % number + bytes(1000) for number in range(100)]
    threading.Thread(target=lambda: [ends.say(word) for word in words]).start()
    assert wait_for(lambda: len(ends.line.input_buffer) > MOST_WAITING)

    heard = [ends.line.receive(10) for _ in words]

    assert [text.rstrip("\0") for text in heard] == [str(n) for n in range(100)]


@pytest.mark.parametrize(
    ("kind", "last"),
    [(ABNF.OPCODE_TEXT, 1), (ABNF.OPCODE_PING, 1), (ABNF.OPCODE_TEXT, 0)],
    ids=["messages", "pings", "pieces"],
)
def test_after_so_many_frames_the_line_is_dropped(kind, last):
    ends = Ends(frames=5)

    for number in range(5):
        ends.say(b"", kind=kind if last or not number else ABNF.OPCODE_CONT, last=last)
    assert not ends.line._is_over
    ends.say(b"", kind=ABNF.OPCODE_PONG)

    assert ends.is_hung_up()
    assert wait_for(lambda: not ends.line.connected)


def test_others_run_after_each_reading():
    ends = Ends()
    before = ends.pauses

    ends.say(b"", kind=ABNF.OPCODE_PING)
    ends.client.recv(100)

    assert wait_for(lambda: ends.pauses > before)


@pytest.mark.parametrize("end", [Line.drop, Line.close])
def test_a_receiver_wakes_when_the_line_ends(end):
    ends = Ends()
    threading.Timer(0.1, end, [ends.line]).start()

    with pytest.raises(ConnectionClosed):
        ends.line.receive(10)


def test_a_large_message_goes_out_whole_over_a_narrow_line():
    ends = Ends()
    ends.line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    ends.line.sock.settimeout(10)
    sending = threading.Thread(target=ends.line.send, args=(bytes(50_000),))
    sending.start()

    heard = b""
    while len(heard) < 50_004:
        heard += ends.client.recv(1000)

    sending.join(10)
    assert heard[:4] == b"\x82\x7e" + (50_000).to_bytes(2, "big")


def test_only_the_one_server_gets_this_driver():
    shared = {"websocket": object()}
    ours, other = (
        SimpleNamespace(eio=SimpleNamespace(_async=shared)) for _ in range(2)
    )

    install(ours, Limits(), proxies=Proxies(()), clock=time.monotonic)

    assert ours.eio._async["websocket"] is not shared["websocket"]
    assert other.eio._async is shared


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

    for piece in (bytes(MOST_BYTES), b"!"):
        kind = ABNF.OPCODE_CONT if piece == b"!" else ABNF.OPCODE_BINARY
        client.send_frame(ABNF(0, 0, 0, 0, kind, 1, piece))

    kind, reason = client.recv_data()
    assert (kind, reason[:2]) == (ABNF.OPCODE_CLOSE, (1009).to_bytes(2, "big"))


def test_an_address_has_so_many_connections_and_no_more(server):
    most, crowd = Limits().connections_an_address, []

    with pytest.raises(WebSocketBadStatusException, match="429"):
        pour(lambda: crowd.append(connect(server)))

    # Connections of earlier tests may still be closing.
    assert most - 5 <= len(crowd) <= most
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
