"""The relay behind Socket.IO: turns events into calls and deliveries into events.

The handlers are hung on python-socketio's server itself, not on Flask-SocketIO's
decorators: those build a Flask request for each event, and nothing here needs one.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

import structlog
from flask_socketio import SocketIO

from mobile_bridge import websocket
from mobile_bridge.limits import Limits
from mobile_bridge.messages import Delivery
from mobile_bridge.packets import NAMESPACE
from mobile_bridge.relay import EVENTS, Relay
from mobile_bridge.visitor import Proxies, Visitor

# What the SocketIO object has to be made with, besides its async_mode.
SOCKET_OPTIONS: dict[str, Any] = {
    "transports": ["websocket"],  # no sticky sessions, no half-open polling
    "async_handlers": False,  # one device's messages are handled in their order
    "manage_session": False,
    "max_http_buffer_size": 64 * 1024,
    "serve_client": False,
}
VISITOR = "mobile_bridge.visitor"

Handler = Callable[..., dict[str, object]]

log = structlog.get_logger("bridge")


def connect(
    socketio: SocketIO, relay: Relay, limits: Limits, *, clock: Callable[[], float]
) -> None:
    """Let `relay` answer the events of the namespace.

    There is no handler for the library's own `connect` and `disconnect`: whatever a
    client sends, it cannot call what is not there.
    """
    proxies = Proxies(limits.trusted_proxies)
    websocket.install(socketio.server, limits, proxies=proxies, clock=clock)
    sweeper = _Sweeper(socketio, relay, limits.sweep_seconds)
    for event in EVENTS:
        handler = _handler(socketio, relay, event, proxies, sweeper)
        socketio.server.on(event, handler, namespace=NAMESPACE)


class _Sweeper:
    """Ends pairings when their time is over, and not only when somebody asks."""

    def __init__(self, socketio: SocketIO, relay: Relay, seconds: float) -> None:
        self._socketio, self._relay, self._seconds = socketio, relay, seconds
        self._starting = Lock()

    def start(self) -> None:
        """Start sweeping, unless it goes on already."""
        if self._starting.acquire(blocking=False):
            self._socketio.start_background_task(self._run)

    def _run(self) -> None:
        while True:
            self._socketio.sleep(self._seconds)
            try:
                _deliver(self._socketio, self._relay.sweep())
            except Exception:
                # Without sweeping nothing would ever expire for those who wait.
                log.exception("sweep_failed")


def _handler(
    socketio: SocketIO, relay: Relay, event: str, proxies: Proxies, sweeper: _Sweeper
) -> Handler:
    def handle(connection: str, message: object = None) -> dict[str, object]:
        # Started with the first event, so that each worker has its own.
        sweeper.start()
        visitor = _visitor(socketio, proxies, connection)
        outcome = relay.answer(event, visitor, message)
        _deliver(socketio, outcome.deliveries)
        return outcome.answer

    return handle


def _visitor(socketio: SocketIO, proxies: Proxies, connection: str) -> Visitor:
    """Return who speaks, read once from the request that opened the connection."""
    environ = socketio.server.get_environ(connection, NAMESPACE)
    visitor: Visitor | None = environ.get(VISITOR)
    if visitor is None:
        visitor = environ[VISITOR] = proxies.visitor(connection, environ)
    return visitor


def _deliver(socketio: SocketIO, deliveries: tuple[Delivery, ...]) -> None:
    for to in deliveries:
        socketio.server.emit(
            to.event, to.content, to=to.connection, namespace=NAMESPACE
        )
