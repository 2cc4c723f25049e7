"""A server with nothing but the bridge, its limits out of the way: `served:make()`."""

from dataclasses import replace

from flask import Flask
from flask_socketio import SocketIO

from mobile_bridge import SOCKET_OPTIONS, Limits, MemoryPairingStore, init_app

MANY = 10**6


def make() -> Flask:
    """Return what is measured."""
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="gevent", **SOCKET_OPTIONS)
    # All clients of a measurement have one address.
    limits = replace(
        Limits(),
        creations_a_minute=MANY,
        lookups_a_minute=MANY,
        posts_a_minute=MANY,
        connections_an_address=MANY,
    )
    init_app(app, socketio, MemoryPairingStore(capacity=MANY), limits=limits)
    return app
