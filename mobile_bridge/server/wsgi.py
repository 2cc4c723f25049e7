"""The relay's two transports: Socket.IO and plain POST; in front of the application.

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
from mobile_bridge.server.client_address import TrustedProxies
from mobile_bridge.server.own_origin import OriginCheck
from mobile_bridge.server.socketio_codec import PONG, PacketError
from mobile_bridge.server.websocket import WebSocketConnection

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

SOCKETS = "/socket.io/"

log = structlog.get_logger("bridge")


class BridgeMiddleware:
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
        self._proxies = TrustedProxies(limits.trusted_proxies)
        self._origins = origins or OriginCheck(self._proxies)
        self._concurrency = ConcurrencyLimit(limits.connections_an_address)
        self._hub = hub
        self._sweeper = ExpirySweeper(
            socketio, relay, self._hub, limits.sweep_seconds, clock=clock
        )
        self._posts = http_endpoint.HttpEndpoint(
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
        client = self._proxies.client("", environ)
        if path.startswith(http_endpoint.PATH):
            return self._posts.answer(environ, start_response, client)
        accepted = websocket.accept_key(environ)
        sock = environ.get("gunicorn.socket")
        if accepted is None or sock is None or not self._is_ours(environ):
            return http_endpoint.reject(start_response, "400 Bad Request")
        if not self._concurrency.acquire(client.network):
            return http_endpoint.reject(start_response, "429 Too Many Requests")
        try:
            self._serve(sock, accepted, client)
        finally:
            self._concurrency.release(client.network)
        # gunicorn shall close the socket and say nothing.
        raise StopIteration

    def _is_ours(self, environ: Environ) -> bool:
        """Say whether it speaks our version, and comes from our own page if any."""
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        is_version = asked.get("EIO") == ["4"]
        is_version = is_version and asked.get("transport") == ["websocket"]
        return is_version and self._origins.accepts(environ)

    def _serve(self, sock: Any, accepted: str, client: ClientInfo) -> None:
        frames = FixedWindowLimit(self._limits.frames_a_minute, MINUTE)
        ws = WebSocketConnection(
            sock,
            message_bytes=self._limits.message_bytes,
            may_send=lambda: frames.acquire("", self._clock()),
            clock=self._clock,
        )
        name = secrets.token_urlsafe(15)
        opening = socketio_codec.encode_open(
            name,
            ping_seconds=websocket.PING_SECONDS,
            silence_seconds=websocket.SILENCE_SECONDS,
            max_payload=self._limits.message_bytes,
        )
        ws.accept(accepted, opening)
        self._hub.open.add(ws)
        session = SocketSession(ws, name, client, self._hub, self._relay)
        try:
            ws.serve(session.receive)
        finally:
            self._hub.open.discard(ws)
            self._hub.remove(name)
            session.leave()


class SocketSession:
    """What one socket says, in its order."""

    def __init__(
        self,
        ws: WebSocketConnection,
        name: str,
        client: ClientInfo,
        hub: "ConnectionHub",
        relay: Relay,
    ) -> None:
        self._ws, self._name = ws, name
        self._client, self._hub, self._relay = client, hub, relay
        self._sid: object = None  # the pairing that it belongs to

    def receive(self, text: str) -> bool:
        """Answer one packet; say whether to hear more."""
        if text == PONG:
            return True
        try:
            if self._client.connection:
                self._dispatch(socketio_codec.decode_event(text))
            else:
                self._connect(socketio_codec.decode_connect(text))
        except PacketError:
            return False
        return True

    def leave(self) -> None:
        """Let the peer know that the socket has closed."""
        if isinstance(self._sid, bytes):
            result = self._relay.leave(self._sid, self._client.connection)
            self._hub.deliver(result.deliveries)

    def _connect(self, auth: Message) -> None:
        """Open the namespace; a device that sends its token is attached at once."""
        self._hub.add(self._name, self._ws)
        self._client = self._client.on(self._name)
        packets = [socketio_codec.encode_connect(self._name)]
        result = Result()
        if auth:
            result = self._relay.answer("resume", self._client, auth)
            packets.append(socketio_codec.encode_event("news", result.answer))
            self._note_pairing(auth, result)
        self._ws.send(*packets)
        self._hub.deliver(result.deliveries)

    def _dispatch(self, packet: socketio_codec.EventPacket) -> None:
        result = Result(error_reply(BadRequestError()))
        if packet.message is not None:
            result = self._relay.answer(packet.event, self._client, packet.message)
            self._note_pairing(packet.message, result)
        if packet.number:
            self._ws.send(socketio_codec.encode_ack(packet.number, result.answer))
        elif not result.answer["ok"]:
            # Who waits for no answer hears no more than that it was not taken.
            reply = {"event": packet.event, **result.answer}
            self._ws.send(socketio_codec.encode_event("refused", reply))
        self._hub.deliver(result.deliveries)

    def _note_pairing(self, message: Message, result: Result) -> None:
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
        self.open: set[WebSocketConnection] = set()
        self._connected: dict[str, WebSocketConnection] = {}

    def add(self, connection: str, ws: WebSocketConnection) -> None:
        """Remember under which name a socket is reached from now on."""
        self._connected[connection] = ws

    def remove(self, connection: str) -> None:
        """Forget a socket."""
        self._connected.pop(connection, None)

    def ping(self, now: float) -> None:
        """Ask all who have been silent whether they are there."""
        for ws in tuple(self.open):
            ws.heartbeat(socketio_codec.PING, now)

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Bring each event to its socket, here or at another worker."""
        for to in deliveries:
            packet = socketio_codec.encode_event(to.event, to.content)
            if to.connection in self._connected:
                self._send(to.connection, packet)
            elif self._fan_out is not None:
                self._fan_out.publish(to.connection, packet)

    def listen(self) -> None:
        """Bring what other workers publish to the sockets of this one, for ever."""
        if self._fan_out is not None:
            self._fan_out.listen(self._send, self._drop_all)

    def _send(self, connection: str, packet: str) -> None:
        ws = self._connected.get(connection)
        if ws is not None:
            ws.send(packet)

    def _drop_all(self) -> None:
        """Hang up on everybody: their devices come back and fetch what they missed."""
        log.warning("hanging_up_after_gap", sockets=len(self._connected))
        for ws in tuple(self._connected.values()):
            ws.abort()


class ExpirySweeper:
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
