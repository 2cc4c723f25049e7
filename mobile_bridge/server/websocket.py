"""A WebSocket that one client can neither fill, starve nor hold.

Under gevent each connection is one greenlet: it reads, has what came handled, and only
then reads on, so that a client is read no faster than it is served. What is sent never
makes the sender wait: what the socket does not take at once waits in a buffer with a
bound. No compression, whose few bytes can become any number of bytes.

The frames themselves are the business of the library `websockets` (RFC 6455).
"""

import base64
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from websockets import utils
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, Protocol, Side

Environ = dict[str, Any]
PING_SECONDS = 25.0
SILENCE_SECONDS = 20.0
MAX_UNSENT = 256 * 1024  # bytes that a client has not read yet
READS_IN_A_ROW = 16
KEY_BYTES = 16


def accept_key(environ: Environ) -> str | None:
    """Return what answers a request for a WebSocket (RFC 6455 4.2.2), if it is one."""
    connection = environ.get("HTTP_CONNECTION", "").lower()
    key: str = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
    asked = (
        environ["REQUEST_METHOD"] == "GET"
        and "upgrade" in [part.strip() for part in connection.split(",")]
        and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
    )
    try:
        is_key = len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except ValueError:
        is_key = False
    if not asked or not is_key:
        return None
    return utils.accept_key(key)


class WebSocketConnection:
    """One open WebSocket; `serve` returns when it is over."""

    def __init__(
        self,
        sock: Any,
        *,
        message_bytes: int,
        may_send: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._sock, self._clock, self._may_send = sock, clock, may_send
        self._protocol = Protocol(Side.SERVER, state=OPEN, max_size=message_bytes)
        self._fragments: list[bytes] = []
        self._unsent = bytearray()
        self._last_received = self._last_ping = clock()
        self._reads = 0
        self.is_closed = False
        sock.settimeout(None)

    @property
    def buffered(self) -> int:
        """Bytes held for this client: fragments of a message, and what is unsent."""
        return sum(map(len, self._fragments)) + len(self._unsent)

    def accept(self, accepted: str, *first: str) -> None:
        """Answer the request to upgrade, and say the first messages with it."""
        head = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accepted}\r\n\r\n"
        )
        self._write(head.encode() + b"".join(map(_frame, first)))

    def send(self, *messages: str) -> None:
        """Send messages; nobody waits for the client to read them."""
        self._write(b"".join(map(_frame, messages)))

    def serve(self, handle: Callable[[str], bool]) -> None:
        """Give `take` each message until it says no or the connection ends."""
        try:
            while (octets := self._read()) and not self.is_closed:
                self._protocol.receive_data(octets)
                frames = self._protocol.events_received()
                if not all(self._receive(frame, handle) for frame in frames):
                    break
                for out in self._protocol.data_to_send():
                    self._write(out)
                if self._protocol.state is not OPEN:
                    break
                self._reads += 1
                if self._reads % READS_IN_A_ROW == 0:
                    # Others run, also when this socket is never empty.
                    gevent.sleep(0)
        except (OSError, UnicodeDecodeError, WebSocketException):
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Hang up."""
        if self.is_closed:
            return
        self.is_closed = True
        self._unsent.clear()
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def heartbeat(self, ping: str, now: float) -> None:
        """Ask from time to time whether the client is there; hang up when it is not."""
        if now - self._last_received > PING_SECONDS + SILENCE_SECONDS:
            self.abort()
        elif now - self._last_ping >= PING_SECONDS:
            self._last_ping = now
            self.send(ping)

    def _read(self) -> bytes:
        octets: bytes = self._sock.recv(64 * 1024)
        self._last_received = self._clock()
        return octets

    def _receive(self, frame: object, handle: Callable[[str], bool]) -> bool:
        """Handle one frame; say whether to go on."""
        if not isinstance(frame, Frame) or not self._may_send():
            return False
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE)
        self._fragments.append(bytes(frame.data))
        if not frame.fin:
            return True
        text = b"".join(self._fragments).decode()
        self._fragments = []
        return handle(text)

    def _write(self, octets: bytes) -> None:
        if self.is_closed:
            return
        if self._unsent:
            if len(self._unsent) + len(octets) > MAX_UNSENT:
                self.abort()
            else:
                self._unsent += octets
            return
        sent = self._send_now(octets)
        if sent < len(octets) and not self.is_closed:
            self._unsent += octets[sent:]
            gevent.spawn(self._flush)

    def _send_now(self, octets: bytes) -> int:
        """Return how much the socket took at once."""
        # With no time to wait, gevent's sockets do not wait; it is not kept, because
        # the greenlet that reads may wait as long as it likes.
        self._sock.settimeout(0.0)
        try:
            return int(self._sock.send(octets))
        except BlockingIOError:
            return 0
        except OSError:
            self.abort()
            return 0
        finally:
            self._sock.settimeout(None)

    def _flush(self) -> None:
        """Send what waits, as fast as the client reads."""
        try:
            while self._unsent and not self.is_closed:
                with gevent.Timeout(SILENCE_SECONDS, TimeoutError):
                    sent = self._sock.send(bytes(self._unsent[: 64 * 1024]))
                del self._unsent[:sent]
        except OSError:
            self.abort()


def _frame(message: str) -> bytes:
    return Frame(Opcode.TEXT, message.encode()).serialize(mask=False)
