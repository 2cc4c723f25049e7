"""A server with nothing but the bridge, for gunicorn: `served:make()`."""

from flask import Flask
from flask_socketio import SocketIO
from jinja2 import DictLoader

from mobile_bridge import SOCKET_OPTIONS, Limits, MemoryPairingStore, init_app
from mobile_bridge.core.protocol import Mode

PAGE = "own_scan={{ own_scan }}"
FAST = Limits(
    shown_seconds=dict.fromkeys(Mode, 3.0),
    sweep_seconds=0.1,
    creations_a_minute=1000,
    lookups_a_minute=1000,
)


def make(limits: Limits = FAST) -> Flask:
    """Return the application."""
    app = Flask(__name__)
    app.jinja_loader = DictLoader({"bridge/phone.html": PAGE})
    socketio = SocketIO(app, async_mode="gevent", **SOCKET_OPTIONS)
    init_app(app, socketio, MemoryPairingStore(), limits=limits)
    return app
