"""The relay behind Socket.IO: turns events into calls and deliveries into events.

The handlers are hung on python-socketio's server itself, not on Flask-SocketIO's
decorators: those build a Flask request for each event, and nothing here needs one.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from flask_socketio import SocketIO

from mobile_bridge.limits import Limits
from mobile_bridge.messages import Delivery
from mobile_bridge.relay import EVENTS, Relay
from mobile_bridge.visitor import Proxies, Visitor

NAMESPACE = "/bridge"
# What the SocketIO object has to be made with, besides its async_mode.
SOCKET_OPTIONS: dict[str, Any] = {
    "transports": ["websocket"],  # no sticky sessions, no half-open polling
    "async_handlers": False,  # one device's messages are handled in their order
    "manage_session": False,
    "max_http_buffer_size": 64 * 1024,
    "serve_client": False,
}

Handler = Callable[..., dict[str, object]]


def connect(socketio: SocketIO, relay: Relay, limits: Limits) -> None:
    """Let `relay` answer the events of the namespace."""
    proxies, visitors = Proxies(limits.trusted_proxies), dict[str, Visitor]()
    sweeper = _Sweeper(socketio, relay, limits.sweep_seconds)

    def arrive(connection: str, environ: dict[str, Any]) -> None:
        visitors[connection] = proxies.visitor(connection, environ)
        # Started with the first connection, so that each worker has its own.
        sweeper.start()

    def leave(connection: str, _reason: str) -> None:
        visitors.pop(connection, None)

    _hang_up(socketio, "connect", arrive)
    _hang_up(socketio, "disconnect", leave)
    for event in EVENTS:
        _hang_up(socketio, event, _handler(socketio, relay, event, visitors))


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
            _deliver(self._socketio, self._relay.sweep())


def _handler(
    socketio: SocketIO, relay: Relay, event: str, visitors: Mapping[str, Visitor]
) -> Handler:
    def handle(connection: str, message: object = None) -> dict[str, object]:
        outcome = relay.answer(event, visitors[connection], message)
        _deliver(socketio, outcome.deliveries)
        return outcome.answer

    return handle


def _deliver(socketio: SocketIO, deliveries: tuple[Delivery, ...]) -> None:
    for to in deliveries:
        socketio.server.emit(
            to.event, to.content, to=to.connection, namespace=NAMESPACE
        )


def _hang_up(socketio: SocketIO, event: str, handler: Callable[..., Any]) -> None:
    if socketio.server is None:
        socketio.handlers.append((event, handler, NAMESPACE))
    else:
        socketio.server.on(event, handler, namespace=NAMESPACE)
