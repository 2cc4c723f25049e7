"""The relay's two doors: Socket.IO and plain POST; in front of the application.

Socket.IO's server object keeps what several workers share: who is connected, and the
way to a socket that another worker holds. What our devices say all the time does not
go through it, but straight to the relay; that is several times faster, and nobody can
call a handler by a name of their own choice.
"""

import secrets
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

import structlog
from flask_socketio import SocketIO
from socketio import PubSubManager

from mobile_bridge import packets, posts, websocket
from mobile_bridge.errors import BadRequestError, UnavailableError
from mobile_bridge.limits import MINUTE, Allowance, Crowd, Limits
from mobile_bridge.messages import Delivery, Message, Outcome, refused
from mobile_bridge.own_origin import OriginCheck
from mobile_bridge.packets import NAMESPACE, PONG, PacketError
from mobile_bridge.relay import Relay
from mobile_bridge.visitor import Proxies, Visitor
from mobile_bridge.websocket import Line

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
        *,
        clock: Callable[[], float],
        origins: OriginCheck | None = None,
    ) -> None:
        self._inner, self._relay, self._limits = inner, relay, limits
        self._clock = clock
        self._proxies = Proxies(limits.trusted_proxies)
        self._origins = origins or OriginCheck(self._proxies)
        self._crowd = Crowd(limits.connections_an_address)
        self._sockets = Sockets(socketio)
        self._sweeper = Sweeper(
            socketio, relay, self._sockets, limits.sweep_seconds, clock=clock
        )
        self._posts = posts.Posts(
            relay,
            limits,
            deliver=self._sockets.deliver,
            crowd=self._crowd,
            origins=self._origins,
            clock=clock,
        )

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith((posts.PATH, SOCKETS)):
            return self._inner(environ, start_response)
        # Started with the first request, so that each worker has its own.
        self._sweeper.start()
        visitor = self._proxies.visitor("", environ)
        if path.startswith(posts.PATH):
            return self._posts.answer(environ, start_response, visitor)
        accepted = websocket.accept_key(environ)
        sock = environ.get("gunicorn.socket")
        if accepted is None or sock is None or not self._is_ours(environ):
            return posts.turn_away(start_response, "400 Bad Request")
        if not self._crowd.enter(visitor.network):
            return posts.turn_away(start_response, "429 Too Many Requests")
        try:
            self._serve(sock, accepted, visitor)
        finally:
            self._crowd.leave(visitor.network)
        # gunicorn shall close the socket and say nothing.
        raise StopIteration

    def _is_ours(self, environ: Environ) -> bool:
        """Say whether it speaks our version, and comes from our own page if any."""
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        is_version = asked.get("EIO") == ["4"]
        is_version = is_version and asked.get("transport") == ["websocket"]
        return is_version and self._origins.accepts(environ)

    def _serve(self, sock: Any, accepted: str, visitor: Visitor) -> None:
        frames = Allowance(self._limits.frames_a_minute, MINUTE)
        line = Line(
            sock,
            message_bytes=self._limits.message_bytes,
            may_send=lambda: frames.take("", self._clock()),
            clock=self._clock,
        )
        name = secrets.token_urlsafe(15)
        opening = packets.opening(
            name,
            ping_seconds=websocket.PING_SECONDS,
            silence_seconds=websocket.SILENCE_SECONDS,
            most=self._limits.message_bytes,
        )
        line.greet(accepted, opening)
        self._sockets.open.add(line)
        talk = Talk(line, name, visitor, self._sockets, self._relay)
        try:
            line.serve(talk.take)
        finally:
            self._sockets.open.discard(line)
            self._sockets.leave(name)
            talk.leave()


class Talk:
    """What one socket says, in its order."""

    def __init__(
        self,
        line: Line,
        name: str,
        visitor: Visitor,
        sockets: "Sockets",
        relay: Relay,
    ) -> None:
        self._line, self._name = line, name
        self._visitor, self._sockets, self._relay = visitor, sockets, relay
        self._sid: object = None  # the pairing at which it has a seat

    def take(self, text: str) -> bool:
        """Answer one packet; say whether to hear more."""
        if text == PONG:
            return True
        try:
            if self._visitor.connection:
                self._call(packets.read_call(text))
            else:
                self._connect(packets.read_connect(text))
        except PacketError:
            return False
        return True

    def leave(self) -> None:
        """Let the peer know that the socket has closed."""
        if isinstance(self._sid, bytes):
            outcome = self._relay.leave(self._sid, self._visitor.connection)
            self._sockets.deliver(outcome.deliveries)

    def _connect(self, about: Message) -> None:
        """Open the namespace; a device that says whose it is has its seat at once."""
        connection = self._sockets.enter(self._name, self._line)
        self._visitor = self._visitor.on(connection)
        said = [packets.connected(connection)]
        outcome = Outcome()
        if about:
            outcome = self._relay.answer("resume", self._visitor, about)
            said.append(packets.told("news", outcome.answer))
            self._note_seat(about, outcome)
        self._line.say(*said)
        self._sockets.deliver(outcome.deliveries)

    def _call(self, call: packets.Call) -> None:
        outcome = Outcome(refused(BadRequestError()))
        if call.message is not None:
            outcome = self._relay.answer(call.event, self._visitor, call.message)
            self._note_seat(call.message, outcome)
        if call.number:
            self._line.say(packets.answered(call.number, outcome.answer))
        elif not outcome.answer["ok"]:
            # Who waits for no answer hears no more than that it was not taken.
            about = {"event": call.event, **outcome.answer}
            self._line.say(packets.told("refused", about))
        self._sockets.deliver(outcome.deliveries)

    def _note_seat(self, message: Message, outcome: Outcome) -> None:
        if outcome.answer["ok"]:
            self._sid = message.get("sid") or outcome.answer.get("sid") or self._sid


class Sockets:
    """The open sockets of this worker, and the way to those of others."""

    def __init__(self, socketio: SocketIO) -> None:
        self._server = socketio.server
        self._is_shared = isinstance(self._server.manager, PubSubManager)
        self.open: set[Line] = set()
        self._here: dict[str, Line] = {}
        self._names: dict[str, str] = {}

    def enter(self, name: str, line: Line) -> str:
        """Take a socket in; return under which name others reach it."""
        connection = name
        if self._is_shared:
            # What the manager needs so that another worker's words arrive here.
            self._server._handle_eio_connect(name, {})
            self._server.eio.sockets[name] = Outlet(line)
            connection = self._server.manager.connect(name, NAMESPACE)
        self._here[connection], self._names[name] = line, connection
        return connection

    def leave(self, name: str) -> None:
        """Forget a socket."""
        connection = self._names.pop(name, None)
        if connection is None:
            return
        del self._here[connection]
        if self._is_shared:
            self._server._handle_eio_disconnect(name, "transport close")
            self._server.eio.sockets.pop(name, None)

    def ask(self, now: float) -> None:
        """Ask all who have been silent whether they are there."""
        for line in tuple(self.open):
            line.ask(packets.PING, now)

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Bring each event to its socket, here or at another worker."""
        for to in deliveries:
            line = self._here.get(to.connection)
            if line is not None:
                line.say(packets.told(to.event, to.content))
            elif self._is_shared:
                self._elsewhere(to)

    def _elsewhere(self, to: Delivery) -> None:
        content = packets.plain(to.content)
        try:
            self._server.emit(to.event, content, to=to.connection, namespace=NAMESPACE)
        except Exception as fault:
            # What is not told is fetched: devices ask again until it is over.
            log.warning("not_delivered", kind=type(fault).__name__)


class Outlet:
    """A socket as Engine.IO knows it: something to send packets to."""

    closed = closing = False
    connected = upgraded = True

    def __init__(self, line: Line) -> None:
        self._line = line

    def send(self, packet: Any) -> None:
        """Send one of the library's own packets."""
        self._line.say(packet.encode())

    def close(self, *_arguments: Any, **_options: Any) -> None:
        """Hang up."""
        self._line.drop()


class Sweeper:
    """Ends pairings when their time is over, and not only when somebody asks."""

    def __init__(
        self,
        socketio: SocketIO,
        relay: Relay,
        sockets: Sockets,
        seconds: float,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._socketio, self._relay = socketio, relay
        self._sockets, self._seconds, self._clock = sockets, seconds, clock
        self._starting = Lock()

    def start(self) -> None:
        """Start sweeping, unless it goes on already."""
        if self._starting.acquire(blocking=False):
            self._socketio.start_background_task(self._run)

    def _run(self) -> None:
        while True:
            self._socketio.sleep(self._seconds)
            try:
                self._sockets.ask(self._clock())
                self._sockets.deliver(self._relay.sweep())
            except UnavailableError:
                continue  # the store is away and has said so; it comes back
            except Exception:
                # Without sweeping nothing would ever expire for those who wait.
                log.exception("sweep_failed")
