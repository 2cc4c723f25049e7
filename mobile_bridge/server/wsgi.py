"""The relay's two doors: Socket.IO and plain POST; in front of the application.

What our devices say does not go through Socket.IO's server object, but straight to the
relay; that is several times faster, and nobody can call a handler by a name of their
own choice. The server object runs what goes on in the background.
"""

import secrets
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Protocol
from urllib.parse import parse_qs

import structlog
from flask_socketio import SocketIO

from mobile_bridge.errors import BadRequestError, UnavailableError
from mobile_bridge.relay.limits import (
    MINUTE,
    ConcurrencyLimit,
    FixedWindowLimit,
    Limits,
)
from mobile_bridge.relay.messages import (
    ClientInfo,
    Delivery,
    Message,
    Result,
    error_reply,
)
from mobile_bridge.relay.relay import Relay
from mobile_bridge.server import http_endpoint, socketio_codec, websocket
from mobile_bridge.server.client_address import Proxies
from mobile_bridge.server.own_origin import OriginCheck
from mobile_bridge.server.socketio_codec import PONG, PacketError
from mobile_bridge.server.websocket import Line

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

SOCKETS = "/socket.io/"

log = structlog.get_logger("bridge")


class FrontDoor:
    """A WSGI application that answers the bridge and leaves the rest to another."""

    def __init__(
        self,
        inner: Wsgi,
        socketio: SocketIO,
        relay: Relay,
        limits: Limits,
        hub: "ConnectionHub",
        *,
        clock: Callable[[], float],
        origins: OriginCheck | None = None,
    ) -> None:
        self._inner, self._relay, self._limits = inner, relay, limits
        self._clock = clock
        self._proxies = Proxies(limits.trusted_proxies)
        self._origins = origins or OriginCheck(self._proxies)
        self._concurrency = ConcurrencyLimit(limits.connections_an_address)
        self._hub = hub
        self._sweeper = Sweeper(
            socketio, relay, self._hub, limits.sweep_seconds, clock=clock
        )
        self._posts = http_endpoint.Posts(
            relay,
            limits,
            deliver=self._hub.deliver,
            concurrency=self._concurrency,
            origins=self._origins,
            clock=clock,
        )

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith((http_endpoint.PATH, SOCKETS)):
            return self._inner(environ, start_response)
        # Started with the first request, so that each worker has its own.
        self._sweeper.start()
        visitor = self._proxies.visitor("", environ)
        if path.startswith(http_endpoint.PATH):
            return self._posts.answer(environ, start_response, visitor)
        accepted = websocket.accept_key(environ)
        sock = environ.get("gunicorn.socket")
        if accepted is None or sock is None or not self._is_ours(environ):
            return http_endpoint.turn_away(start_response, "400 Bad Request")
        if not self._concurrency.acquire(visitor.network):
            return http_endpoint.turn_away(start_response, "429 Too Many Requests")
        try:
            self._serve(sock, accepted, visitor)
        finally:
            self._concurrency.release(visitor.network)
        # gunicorn shall close the socket and say nothing.
        raise StopIteration

    def _is_ours(self, environ: Environ) -> bool:
        """Say whether it speaks our version, and comes from our own page if any."""
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        is_version = asked.get("EIO") == ["4"]
        is_version = is_version and asked.get("transport") == ["websocket"]
        return is_version and self._origins.accepts(environ)

    def _serve(self, sock: Any, accepted: str, visitor: ClientInfo) -> None:
        frames = FixedWindowLimit(self._limits.frames_a_minute, MINUTE)
        line = Line(
            sock,
            message_bytes=self._limits.message_bytes,
            may_send=lambda: frames.acquire("", self._clock()),
            clock=self._clock,
        )
        name = secrets.token_urlsafe(15)
        opening = socketio_codec.opening(
            name,
            ping_seconds=websocket.PING_SECONDS,
            silence_seconds=websocket.SILENCE_SECONDS,
            most=self._limits.message_bytes,
        )
        line.greet(accepted, opening)
        self._hub.open.add(line)
        talk = Talk(line, name, visitor, self._hub, self._relay)
        try:
            line.serve(talk.take)
        finally:
            self._hub.open.discard(line)
            self._hub.remove(name)
            talk.leave()


class Talk:
    """What one socket says, in its order."""

    def __init__(
        self,
        line: Line,
        name: str,
        visitor: ClientInfo,
        hub: "ConnectionHub",
        relay: Relay,
    ) -> None:
        self._line, self._name = line, name
        self._visitor, self._hub, self._relay = visitor, hub, relay
        self._sid: object = None  # the pairing at which it has a seat

    def take(self, text: str) -> bool:
        """Answer one packet; say whether to hear more."""
        if text == PONG:
            return True
        try:
            if self._visitor.connection:
                self._call(socketio_codec.read_call(text))
            else:
                self._connect(socketio_codec.read_connect(text))
        except PacketError:
            return False
        return True

    def leave(self) -> None:
        """Let the peer know that the socket has closed."""
        if isinstance(self._sid, bytes):
            result = self._relay.leave(self._sid, self._visitor.connection)
            self._hub.deliver(result.deliveries)

    def _connect(self, about: Message) -> None:
        """Open the namespace; a device that says whose it is has its seat at once."""
        self._hub.add(self._name, self._line)
        self._visitor = self._visitor.on(self._name)
        said = [socketio_codec.connected(self._name)]
        result = Result()
        if about:
            result = self._relay.answer("resume", self._visitor, about)
            said.append(socketio_codec.told("news", result.answer))
            self._note_seat(about, result)
        self._line.say(*said)
        self._hub.deliver(result.deliveries)

    def _call(self, call: socketio_codec.Call) -> None:
        result = Result(error_reply(BadRequestError()))
        if call.message is not None:
            result = self._relay.answer(call.event, self._visitor, call.message)
            self._note_seat(call.message, result)
        if call.number:
            self._line.say(socketio_codec.answered(call.number, result.answer))
        elif not result.answer["ok"]:
            # Who waits for no answer hears no more than that it was not taken.
            about = {"event": call.event, **result.answer}
            self._line.say(socketio_codec.told("refused", about))
        self._hub.deliver(result.deliveries)

    def _note_seat(self, message: Message, result: Result) -> None:
        if result.answer["ok"]:
            self._sid = message.get("sid") or result.answer.get("sid") or self._sid


class FanOut(Protocol):
    """The way of a packet to a connection that another worker holds."""

    def publish(self, connection: str, packet: str) -> None:
        """Send a packet to all workers; what gets lost is fetched by its device."""

    def listen(
        self, receive: Callable[[str, str], None], on_gap: Callable[[], None]
    ) -> None:
        """Give `receive` what others publish, for ever.

        `on_gap` is called when something may have been missed.
        """


class ConnectionHub:
    """The open connections of this worker, and the way to those of others."""

    def __init__(self, fan_out: FanOut | None = None) -> None:
        """With `fan_out`, other workers are reached too; `listen` then hears them."""
        self._fan_out = fan_out
        self.open: set[Line] = set()
        self._connected: dict[str, Line] = {}

    def add(self, connection: str, line: Line) -> None:
        """Remember under which name a socket is reached from now on."""
        self._connected[connection] = line

    def remove(self, connection: str) -> None:
        """Forget a socket."""
        self._connected.pop(connection, None)

    def ping(self, now: float) -> None:
        """Ask all who have been silent whether they are there."""
        for line in tuple(self.open):
            line.ask(socketio_codec.PING, now)

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Bring each event to its socket, here or at another worker."""
        for to in deliveries:
            packet = socketio_codec.told(to.event, to.content)
            if to.connection in self._connected:
                self._send(to.connection, packet)
            elif self._fan_out is not None:
                self._fan_out.publish(to.connection, packet)

    def listen(self) -> None:
        """Bring what other workers publish to the sockets of this one, for ever."""
        if self._fan_out is not None:
            self._fan_out.listen(self._send, self._drop_all)

    def _send(self, connection: str, packet: str) -> None:
        line = self._connected.get(connection)
        if line is not None:
            line.say(packet)

    def _drop_all(self) -> None:
        """Hang up on everybody: their devices come back and fetch what they missed."""
        log.warning("hanging_up_after_gap", sockets=len(self._connected))
        for line in tuple(self._connected.values()):
            line.drop()


class Sweeper:
    """Ends pairings when their time is over, and not only when somebody asks."""

    def __init__(
        self,
        socketio: SocketIO,
        relay: Relay,
        hub: ConnectionHub,
        seconds: float,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._socketio, self._relay = socketio, relay
        self._hub, self._seconds, self._clock = hub, seconds, clock
        self._starting = Lock()

    def start(self) -> None:
        """Start sweeping, unless it goes on already."""
        if self._starting.acquire(blocking=False):
            self._socketio.start_background_task(self._run)

    def _run(self) -> None:
        while True:
            self._socketio.sleep(self._seconds)
            try:
                self._hub.ping(self._clock())
                self._hub.deliver(self._relay.sweep())
            except UnavailableError:
                continue  # the store is away and has said so; it comes back
            except Exception:
                # Without sweeping nothing would ever expire for those who wait.
                log.exception("sweep_failed")
