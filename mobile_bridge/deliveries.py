"""The way of a delivery to a socket at another worker: Redis' publish and subscribe.

What is published while a worker does not listen is gone. So a worker that listens
again after a gap hangs up on its sockets: their devices come back, to any worker, and
fetch what they missed, or learn that their pairing is lost.
"""

from collections.abc import Iterator
from typing import Any

import structlog
from redis import TimeoutError
from redis.client import PubSub
from redis.exceptions import RedisError
from socketio.pubsub_manager import PubSubManager

from mobile_bridge.redis_registry import PREFIX, open_redis

CHANNEL = f"{PREFIX}:deliveries"
QUIET_SECONDS = 5.0  # then Redis is asked whether it is still there
FIRST_PAUSE, LAST_PAUSE = 0.1, 2.0  # seconds between attempts to reach it

log = structlog.get_logger("bridge")


class Deliveries(PubSubManager):  # type: ignore[misc]  # it has no types
    """Socket.IO's manager for several workers; sending never raises.

    The library's own `RedisManager` waits up to a minute before it listens again,
    waits for ever on a connection that died in silence, and tells nobody of a gap.
    """

    name = "redis"

    def __init__(self, url: str) -> None:
        super().__init__(channel=CHANNEL)
        self._redis: Any = open_redis(url)
        self._has_gap = False

    def _publish(self, message: dict[str, Any]) -> None:
        try:
            self._redis.publish(self.channel, self.json.dumps(message))
        except (RedisError, OSError) as error:
            # What is not told is fetched: devices ask again until it is over.
            log.warning("not_published", error=type(error).__name__)

    def _listen(self) -> Iterator[bytes]:
        pause = FIRST_PAUSE
        while True:
            try:
                with self._redis.pubsub() as line:
                    line.subscribe(self.channel)
                    for message in _heard(line):
                        if message["type"] == "subscribe":
                            pause = FIRST_PAUSE
                            self._after_gap()
                        elif message["type"] == "message":
                            yield message["data"]
            except (RedisError, OSError) as error:
                if pause == FIRST_PAUSE:  # once, not at each attempt
                    log.warning("not_listening", error=type(error).__name__)
                self._has_gap = True
            self.server.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE)

    def _after_gap(self) -> None:
        """Hang up on everybody if something may have been missed."""
        if self._has_gap:
            sockets = list(self.server.eio.sockets.values())
            log.warning("hanging_up_after_gap", sockets=len(sockets))
            for one in sockets:
                one.close()
                self.server.sleep(0)
        # Subscribed once more on this line means that the client connected again.
        self._has_gap = True


def _heard(line: PubSub) -> Iterator[dict[str, Any]]:
    """Give what Redis says.

    Raises:
        RedisError: the connection is over, or nothing comes through it.
    """
    is_asked = False
    while True:
        message: dict[str, Any] | None = line.get_message(timeout=QUIET_SECONDS)
        if message is not None:
            is_asked = False
            yield message
        elif is_asked:
            raise TimeoutError("no answer to a ping")
        else:
            line.ping()
            is_asked = True
