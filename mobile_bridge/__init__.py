"""The bridge: carries a sealed bundle between two devices and cannot open it."""

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mobile_bridge.relay.limits import Limits
from mobile_bridge.relay.pairing_store import MemoryPairingStore, PairingStore

if TYPE_CHECKING:
    from flask import Flask
    from flask_socketio import SocketIO

    from mobile_bridge.server.own_origin import OriginCheck
    from mobile_bridge.server.wsgi import FanOut

__all__ = ["SOCKET_OPTIONS", "Limits", "MemoryPairingStore", "PairingStore", "init_app"]

# What the SocketIO object has to be made with, besides its async_mode.
SOCKET_OPTIONS: dict[str, Any] = {
    "transports": ["websocket"],  # no sticky sessions, no half-open polling
    "manage_session": False,
    "serve_client": False,
}


def init_app(
    app: "Flask",
    socketio: "SocketIO",
    store: PairingStore,
    *,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.monotonic,
    origins: "OriginCheck | None" = None,
    fan_out: "FanOut | None" = None,
) -> None:
    """Add the relay and the phone's page to `app`.

    `socketio` belongs to the bridge alone: nobody else's events come through. With a
    registry that several workers share, `clock` is one that they share too. `origins`
    judges which pages are the site's own; else the request's host and the limits'
    proxies decide. `fan_out` leads to the connections of other workers.
    """
    # Only a server needs these; a terminal starts without them.
    from mobile_bridge.relay.relay import Relay
    from mobile_bridge.server.views import bp
    from mobile_bridge.server.wsgi import BridgeMiddleware, ConnectionHub

    bounds = limits or Limits()
    relay = Relay(store, bounds, clock=clock, random=secrets.token_bytes)
    hub = ConnectionHub(fan_out)
    if fan_out is not None:
        # Listening begins before the first socket: it could miss its first delivery.
        socketio.start_background_task(hub.listen)
    middleware = BridgeMiddleware(
        app.wsgi_app, socketio, relay, bounds, hub, clock=clock, origins=origins
    )
    app.wsgi_app = middleware  # type: ignore[method-assign]
    app.register_blueprint(bp)
