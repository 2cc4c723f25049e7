"""WebSockets that one client can neither fill, starve nor hold.

Engine.IO has simple-websocket read a socket as fast as it fills and keep all of it.
Under gevent a single chatty client then never lets anybody else run, until gunicorn
kills the worker; messages have a limit only once they are whole, and may come
compressed. This driver reads on only when what came was handled, counts frames, says
no to compression, and lets nothing but our own packets through (`packets.py`).

It is put into one server object. Neither library is patched, so that another Socket.IO
server in the same process stays as it was.
"""

import socket
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import simple_websocket
from wsproto import ConnectionType, WSConnection
from wsproto.events import BytesMessage, Event, TextMessage
from wsproto.utilities import ProtocolError

from mobile_bridge.limits import MINUTE, Allowance, Crowd, Limits
from mobile_bridge.packets import Gate
from mobile_bridge.visitor import Proxies

Options = dict[str, Any]
MOST_WAITING = 8  # messages, read and not yet handled; an event has three at most
# How a WSGI server is told that the socket is no longer its own.
LEAVINGS: dict[str, type[Exception]] = {
    "gunicorn": StopIteration,
    "werkzeug": ConnectionError,
}


def install(
    server: Any, limits: Limits, *, proxies: Proxies, clock: Callable[[], float]
) -> None:
    """Let `server`, a Socket.IO server, take WebSockets in this way."""
    crowd = Crowd(limits.connections_an_address)

    def may_send() -> Callable[[], bool]:
        frames = Allowance(limits.frames_a_minute, MINUTE)
        return lambda: frames.take("", clock())

    driver = partial(Driver, proxies=proxies, crowd=crowd, may_send=may_send)
    # Engine.IO finds its driver in this table, for which it has no option. All
    # servers of one async mode share a table; from here on this one has its own.
    server.eio._async = {**server.eio._async, "websocket": driver}


class Driver:
    """One WebSocket as Engine.IO wants it: called with a request, then asked."""

    def __init__(
        self,
        handler: Callable[["Driver"], object],
        server: Any,
        *,
        proxies: Proxies,
        crowd: Crowd,
        may_send: Callable[[], Callable[[], bool]],
    ) -> None:
        self._handler, self._server = handler, server
        self._proxies, self._crowd, self._may_send = proxies, crowd, may_send
        self._gate = Gate()
        self._line: Line | None = None

    def __call__(
        self, environ: Options, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve the connection until it is over.

        Raises:
            StopIteration: gunicorn shall close the socket and say nothing.
            ConnectionError: the same for Werkzeug.
        """
        network = self._proxies.visitor("", environ).network
        if not self._crowd.enter(network):
            return self._turn_away(start_response, "429 Too Many Requests")
        try:
            self._line = self._accept(environ)
            if self._line is None:
                return self._turn_away(start_response, "400 Bad Request")
            # Under this name Engine.IO looks for a socket to give a timeout to.
            self.socket = self._line.sock
            self._handler(self)
        finally:
            self._crowd.leave(network)
        if leaving := LEAVINGS.get(self._line.mode):
            raise leaving
        return []

    def wait(self) -> str | bytes | None:
        """Return the next message; `None` means that it is over."""
        if self._line is None:
            return None
        try:
            message: str | bytes = self._line.receive()
        except simple_websocket.ConnectionClosed:
            return None
        if self._gate.lets_pass(message):
            return message
        self._line.drop()
        return None

    def send(self, message: str | bytes) -> None:
        """Send a message.

        Raises:
            OSError: the connection is over.
        """
        if self._line is None:
            raise OSError
        try:
            self._line.send(message)
        except simple_websocket.ConnectionClosed:
            raise OSError from None

    def close(self) -> None:
        """Say goodbye, if it is not over already."""
        if self._line is not None and self._line.connected:
            with suppress(OSError, ProtocolError, simple_websocket.ConnectionClosed):
                self._line.close()

    def _accept(self, environ: Options) -> "Line | None":
        """Return the connection, or `None` if the request asks for none."""
        tools = self._server._async
        try:
            return Line(
                environ,
                may_send=self._may_send(),
                pause=tools["sleep"],
                max_message_size=self._server.max_http_buffer_size,
                thread_class=tools["thread"],
                event_class=tools["event"],
            )
        except (ProtocolError, simple_websocket.ConnectionError):
            return None

    def _turn_away(
        self, start_response: Callable[..., Any], status: str
    ) -> Iterable[bytes]:
        start_response(status, [("Content-Length", "0")])
        # With no line there is nothing to hear, and Engine.IO forgets it at once.
        self._handler(self)
        return [b""]


class Line(simple_websocket.Server):  # type: ignore[misc]  # it has no types
    """A WebSocket that is read no faster than its messages are handled."""

    def __init__(
        self,
        environ: Options,
        *,
        may_send: Callable[[], bool],
        pause: Callable[[float], object],
        **options: Any,
    ) -> None:
        self._may_send, self._pause = may_send, pause
        self._is_over = False
        self._taken = options["event_class"]()
        # What is not asked for is not agreed on: no permessage-deflate (RFC 7692 5),
        # whose few bytes can become any number of bytes.
        asked = dict(environ)
        asked.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        super().__init__(asked, **options)

    def handshake(self) -> None:
        """Answer the request to upgrade."""
        self.ws = _Frames(self._may_send)
        super().handshake()

    def receive(self, timeout: float | None = None) -> Any:
        """Return the next message, and make room for one more."""
        message = super().receive(timeout)
        self._taken.set()
        return message

    def send(self, message: str | bytes) -> None:
        """Send the whole message, also where the socket takes only a part at once."""
        if not self.connected:
            raise simple_websocket.ConnectionClosed(
                self.close_reason, self.close_message
            )
        if isinstance(message, str):
            self.sock.sendall(self.ws.send(TextMessage(message)))
        else:
            self.sock.sendall(self.ws.send(BytesMessage(message)))

    def close(self, reason: int | None = None, message: str | None = None) -> None:
        """Say goodbye and read no more."""
        self._is_over = True
        self._taken.set()
        super().close(reason, message)
        self.event.set()

    def drop(self) -> None:
        """Hang up, whatever the other side and our own greenlets are waiting for."""
        self._is_over = True
        self.connected = False
        self._taken.set()
        self.event.set()
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def _thread(self) -> None:
        try:
            super()._thread()
        finally:
            # The library leaves a waiting receiver asleep after some of its ends.
            self.drop()

    def _handle_events(self) -> bool:
        goes_on = bool(super()._handle_events())
        while goes_on and self._is_full():
            self._taken.wait()
            self._taken.clear()
        # Others run, also when the socket is never empty.
        self._pause(0)
        return goes_on and not self._is_over

    def _is_full(self) -> bool:
        return len(self.input_buffer) > MOST_WAITING and not self._is_over


class _Frames(WSConnection):
    """Reads frames as long as their sender may send any."""

    def __init__(self, may_send: Callable[[], bool]) -> None:
        super().__init__(ConnectionType.SERVER)
        self._may_send = may_send

    def events(self) -> Generator[Event, None, None]:
        """Give each frame, or piece of a large one.

        Raises:
            OSError: these are too many.
        """
        for event in super().events():
            if not self._may_send():
                raise OSError
            yield event
