"""The bridge: carries a sealed bundle between two devices and cannot open it."""

import secrets
import time
from collections.abc import Callable

from flask import Flask
from flask_socketio import SocketIO

from mobile_bridge.events import SOCKET_OPTIONS, connect
from mobile_bridge.limits import Limits
from mobile_bridge.registry import MemoryRegistry, Registry
from mobile_bridge.relay import Relay
from mobile_bridge.routes import bp

__all__ = ["SOCKET_OPTIONS", "Limits", "MemoryRegistry", "Registry", "init_app"]


def init_app(
    app: Flask,
    socketio: SocketIO,
    registry: Registry,
    *,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Add the relay and the phone's page to `app`.

    `socketio` belongs to the bridge alone: nobody else's events come through.
    """
    bounds = limits or Limits()
    relay = Relay(registry, bounds, clock=clock, random=secrets.token_bytes)
    connect(socketio, relay, bounds, clock=clock)
    app.register_blueprint(bp)
