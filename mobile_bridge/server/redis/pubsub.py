"""The way of a delivery to a socket at another worker: Redis' publish and subscribe.

What is published while a worker does not listen is gone. So a worker that listens
again after a gap hangs up on its sockets: their devices come back, to any worker, and
fetch what they missed, or learn that their pairing is lost.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from redis import TimeoutError
from redis.client import PubSub
from redis.exceptions import RedisError

from mobile_bridge.server.redis.store import PREFIX, open_redis

CHANNEL = f"{PREFIX}:deliveries"
QUIET_SECONDS = 5.0  # then Redis is asked whether it is still there
FIRST_PAUSE, LAST_PAUSE = 0.1, 2.0  # seconds between attempts to reach it

log = structlog.get_logger("bridge")


class RedisPubSub:
    """Packets for the connections of other workers, through one channel of Redis."""

    def __init__(self, url: str) -> None:
        self._redis: Any = open_redis(url)

    def publish(self, connection: str, packet: str) -> None:
        """Send a packet to whichever worker holds the connection; never raise."""
        try:
            self._redis.publish(CHANNEL, f"{connection} {packet}")
        except (RedisError, OSError) as error:
            # What is not told is fetched: devices ask again until it is over.
            log.warning("not_published", error=type(error).__name__)

    def listen(
        self, receive: Callable[[str, str], None], on_gap: Callable[[], None]
    ) -> None:
        """Give `receive` each connection and packet that is published, for ever.

        `on_gap` is called when listening goes on after it could not.
        """
        pause, has_gap = FIRST_PAUSE, False
        while True:
            try:
                with self._redis.pubsub() as subscription:
                    subscription.subscribe(CHANNEL)
                    for message in _messages(subscription):
                        if message["type"] == "message":
                            connection, _, packet = (
                                message["data"].decode(errors="replace").partition(" ")
                            )
                            receive(connection, packet)
                        elif message["type"] == "subscribe":
                            pause = FIRST_PAUSE
                            if has_gap:
                                on_gap()
                            # Once more here means that the client connected again.
                            has_gap = True
            except (RedisError, OSError) as error:
                if pause == FIRST_PAUSE:  # once, not at each attempt
                    log.warning("not_listening", error=type(error).__name__)
                has_gap = True
            time.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE)


def _messages(subscription: PubSub) -> Iterator[dict[str, Any]]:
    """Yield what Redis sends.

    Raises:
        RedisError: the connection is over, or nothing comes through it.
    """
    is_asked = False
    while True:
        message: dict[str, Any] | None = subscription.get_message(timeout=QUIET_SECONDS)
        if message is not None:
            is_asked = False
            yield message
        elif is_asked:
            raise TimeoutError("no answer to a ping")
        else:
            subscription.ping()
            is_asked = True
