"""The bridge of a centre with several workers: what they share is in Redis."""

import hashlib
import time
from typing import Any

from flask import Flask
from flask_socketio import SocketIO
from redis.exceptions import RedisError

import mobile_bridge
from mobile_bridge.server.own_origin import OriginCheck
from mobile_bridge.server.redis.pubsub import RedisPubSub
from mobile_bridge.server.redis.store import RedisPairingStore, open_redis
from webapp.config import Config


def init_app(
    app: Flask,
    config: Config,
    options: dict[str, Any],
    *,
    limits: mobile_bridge.Limits,
    origins: OriginCheck,
) -> None:
    """Add the bridge to `app`; it starts also while Redis is away."""
    url = str(config.redis_url)
    store = RedisPairingStore(url, secret=_counting_secret(config))
    app.extensions["certferry.pairings"] = store
    # Several machines have in common only the clock on the wall.
    mobile_bridge.init_app(
        app,
        SocketIO(app, **options),
        store,
        limits=limits,
        clock=time.time,
        origins=origins,
        fan_out=RedisPubSub(url),
    )


def is_reachable(url: str) -> bool:
    """Say whether that Redis answers.

    Raises:
        ValueError: this is not the address of a Redis.
    """
    with open_redis(url) as redis:
        try:
            return bool(redis.ping())
        except (RedisError, OSError):
            return False


def _counting_secret(config: Config) -> bytes:
    """Return what addresses are hashed with before they are counted."""
    name = b"certferry addresses"
    return hashlib.blake2b(name, key=config.secret_key.encode()[:64]).digest()
