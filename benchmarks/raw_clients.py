"""Thin clients: HTTP, WebSocket and Socket.IO in as few steps as a server allows.

They share one core of the machine and must never be what limits the server on the
other, which is why they are not the well-kept libraries: those cost a client more than
the relay costs the server. They talk to servers that we start, and check little.
"""

import json
import secrets
import socket
from base64 import b64encode
from collections import deque
from typing import Any

TIMEOUT = 20
SOCKET_IO = "/socket.io/?EIO=4&transport=websocket"
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA  # RFC 6455 5.2
_SHORT, _MEDIUM, _LONG = 125, 126, 127

Body = dict[str, Any]


class _Stream:
    """Bytes from a server, read as far as asked."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"127.0.0.1:{port}"
        self._came = bytearray()

    def hang_up(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _read(self, size: int) -> bytes:
        while len(self._came) < size:
            self._more()
        taken = bytes(self._came[:size])
        del self._came[:size]
        return taken

    def _read_head(self) -> bytes:
        while (end := self._came.find(b"\r\n\r\n")) < 0:
            self._more()
        return self._read(end + 4)

    def _more(self) -> None:
        came = self._socket.recv(65536)
        if not came:
            raise ConnectionError("the server hung up")
        self._came += came


class HttpPostClient(_Stream):
    """A page's own kept-alive connection, over which it says events by POST."""

    def request(self, event: str, **body: object) -> Body:
        """Say an event and return the relay's answer."""
        self.send(event, **body)
        return self.answer()

    def send(self, event: str, **body: object) -> None:
        """Say an event; its answer may be a while in coming."""
        content = json.dumps(body).encode()
        head = (
            f"POST /bridge/{event} HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Origin: http://{self._host}\r\nSec-Fetch-Site: same-origin\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + content)

    def answer(self) -> Body:
        """Return the answer to what was said last."""
        head = self._read_head().lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        answer: Body = json.loads(self._read(length))
        assert answer["ok"], answer
        return answer


class WebSocketStream(_Stream):
    """A WebSocket that carries text."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__(port)
        key = b64encode(secrets.token_bytes(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Origin: http://{self._host}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        assert b" 101 " in self._read_head().split(b"\r\n")[0]

    def send(self, text: str) -> None:
        """Send a message."""
        self._send(_TEXT, text.encode())

    def receive(self) -> str:
        """Return the next message."""
        while True:
            kind, content = self._receive()
            if kind == _TEXT:
                return content.decode()
            if kind == _PING:
                self._send(_PONG, content)
            elif kind == _CLOSE:
                raise ConnectionError("the server said goodbye")

    def close(self) -> None:
        """Say goodbye, and wait until the server has said it too."""
        try:
            self._send(_CLOSE, (1000).to_bytes(2, "big"))
            while self._receive()[0] != _CLOSE:
                pass
        except OSError:
            pass  # some servers hang up at once
        self.hang_up()

    def _send(self, kind: int, content: bytes) -> None:
        size, mask = len(content), secrets.token_bytes(4)
        if size <= _SHORT:
            length = bytes([0x80 | size])
        elif size < 1 << 16:
            length = bytes([0x80 | _MEDIUM]) + size.to_bytes(2, "big")
        else:
            length = bytes([0x80 | _LONG]) + size.to_bytes(8, "big")
        masked = _masked(content, mask)
        self._socket.sendall(bytes([0x80 | kind]) + length + mask + masked)

    def _receive(self) -> tuple[int, bytes]:
        first, size = self._read(2)
        assert first & 0x80, "a message in pieces"
        if size == _MEDIUM:
            size = int.from_bytes(self._read(2), "big")
        elif size == _LONG:
            size = int.from_bytes(self._read(8), "big")
        return first & 0x0F, self._read(size)


class SocketClient:
    """A Socket.IO connection in the namespace of the bridge."""

    def __init__(self, port: int, **seat: object) -> None:
        self._messages = WebSocketStream(port, SOCKET_IO)
        self._sent_count = 0
        self._received_count: deque[tuple[str, Body]] = deque()
        self._next()  # Engine.IO opens
        self._messages.send(f"40/bridge,{json.dumps(seat) if seat else ''}")
        self._next()  # Socket.IO agrees
        if seat:
            assert self.receive("news")["ok"]

    def request(self, event: str, **body: object) -> Body:
        """Say an event and return the relay's answer."""
        self._sent_count += 1
        self._messages.send(f"42/bridge,{self._sent_count}{json.dumps([event, body])}")
        head = f"43/bridge,{self._sent_count}["
        while not (came := self._next()).startswith(head):
            self._buffer_rest(came)
        answer: Body = json.loads(came[len(head) : -1])
        assert answer["ok"], answer
        return answer

    def send(self, event: str, **body: object) -> None:
        """Say an event that asks for no answer."""
        self._messages.send(f"42/bridge,{json.dumps([event, body])}")

    def receive(self, event: str) -> Body:
        """Return the next event of this kind; others before it are dropped."""
        while True:
            while self._received_count:
                name, body = self._received_count.popleft()
                if name == event:
                    return body
            self._buffer_rest(self._next())

    def close(self) -> None:
        """Hang up."""
        self._messages.close()

    def _buffer_rest(self, came: str) -> None:
        assert came.startswith("42/bridge,"), came
        event, body = json.loads(came.removeprefix("42/bridge,"))
        self._received_count.append((event, body))

    def _next(self) -> str:
        while (came := self._messages.receive()) == "2":  # is somebody there?
            self._messages.send("3")
        return came


def _masked(content: bytes, mask: bytes) -> bytes:
    size = len(content)
    long = (mask * (size // 4 + 1))[:size]
    mixed = int.from_bytes(content, "big") ^ int.from_bytes(long, "big")
    return mixed.to_bytes(size, "big")
