"""Pairings that several workers share, in Redis.

What stands there is what a worker would have in its memory: ciphertext, hashes of
tokens, kinds of device, addresses. It is there as long as the pairing and a little
longer; run that Redis without persistence (docs/operating.md).

Every step is one script and so happens whole or not at all. A change is made here and
kept if nobody was faster: each kept form of a pairing has a name of its own.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from redis import BlockingConnectionPool, ConnectionError, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from mobile_bridge.errors import NotAvailableError, TooManyError, UnavailableError
from mobile_bridge.relay.pairing import PRE_AGREEMENT, Pairing
from mobile_bridge.relay.pairing_store import Change
from mobile_bridge.server.pairing_json import from_text, to_text
from mobile_bridge.server.redis import lua

PREFIX = "certferry:1"  # a new number where a record changes its form
TIMEOUT = 1.0  # seconds; a person waits meanwhile
MAX_CONNECTIONS = 50
GRACE = 15.0  # seconds a record outlives its pairing, for the sweeper to find it
ATTEMPTS = 20
REMOVED_MS = 60_000  # what made room is told so within this time, or never
AT_ONCE = 200  # pairings swept in one script; nobody else is served meanwhile
VERSION_BYTES = 12

log = structlog.get_logger("bridge")


def _key(*parts: object) -> str:
    return ":".join(map(str, (PREFIX, *parts)))


def _record(sid: bytes) -> str:
    return _key("pairing", sid.hex())


def _number(number: str) -> str:
    return _key("number", number)


KEYS_OF_ONE = (_record(b""), _number(""))  # what those of one pairing begin with


def open_redis(url: str) -> Redis:
    """Return a client that answers or fails quickly; it connects when it is used."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=TIMEOUT,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        # Once more at once, for a connection that Redis closed meanwhile; not after a
        # timeout, which would only be a second one.
        retry=Retry(NoBackoff(), 1, (ConnectionError,)),
    )
    return Redis(connection_pool=pool)


class RedisPairingStore:
    """Keeps pairings for all workers that name the same Redis.

    When the store is full, the oldest that is not agreed makes room.
    """

    def __init__(
        self,
        redis: Redis | str,
        *,
        secret: bytes,
        capacity: int = 5_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`secret` is the same for all workers; addresses are hashed with it."""
        # Its types leave open whether it is the asynchronous one.
        self._redis: Any = open_redis(redis) if isinstance(redis, str) else redis
        self._secret, self._capacity, self._clock = secret, capacity, clock
        self._is_away = False
        self._scripts = {
            name: self._redis.register_script(text) for name, text in lua.ALL.items()
        }

    def __len__(self) -> int:
        with self._reaching():
            return int(self._redis.zcard(_key("expiries")))

    def add(self, pairing: Pairing) -> None:
        """Keep a new pairing.

        Raises:
            TooManyError: the store is full of pairings that are agreed.
            NotAvailableError: the sid or the number is taken.
            UnavailableError: Redis cannot be reached.
        """
        answer = self._save("add", pairing, self._capacity, *KEYS_OF_ONE, REMOVED_MS)
        if answer == b"full":
            raise TooManyError
        if answer == b"taken":
            raise NotAvailableError

    def get(self, sid: bytes) -> Pairing | None:
        """Return the pairing, if there is one.

        Raises:
            UnavailableError: Redis cannot be reached.
        """
        with self._reaching():
            text = self._redis.hget(_record(sid), "pairing")
        return from_text(text) if text else None

    def find(self, number: str) -> Pairing | None:
        """Return the pairing that is shown under a number, if there is one.

        Raises:
            UnavailableError: Redis cannot be reached.
        """
        text = self._run("find", [_number(number)], [_record(b"")])
        return from_text(text) if text else None

    def update(self, sid: bytes, change: Change) -> tuple[Pairing, Pairing]:
        """Replace a pairing by what `change` makes of it; return both.

        Raises:
            NotAvailableError: there is none.
            UnavailableError: Redis cannot be reached, or all others are faster.
        """
        for _ in range(ATTEMPTS):
            with self._reaching():
                version, text = self._redis.hmget(_record(sid), "version", "pairing")
            if not version or not text:
                raise NotAvailableError
            before = from_text(text)
            after = change(before)
            if after is before or self._save("update", after, version) == b"saved":
                return before, after
        raise UnavailableError

    def pop_expired(self, now: float) -> list[Pairing]:
        """Remove and return the pairings whose time is over, each to one caller.

        Raises:
            UnavailableError: Redis cannot be reached.
        """
        keys = [_key("expiries"), _key("alone"), _key("removed")]
        until = [now, AT_ONCE, *KEYS_OF_ONE]
        expired: list[Pairing] = []
        while some := self._run("pop_expired", keys, until):
            expired += map(from_text, some)
        return expired

    def rate_limit(self, name: str, limit: int, seconds: float) -> "RedisRateLimit":
        """Return a count that all workers share."""
        return RedisRateLimit(self._run, name, limit, seconds, secret=self._secret)

    def _save(self, script: str, pairing: Pairing, *conditions: object) -> Any:
        sid, number = pairing.sid, pairing.number or ""
        left = max(0.0, pairing.expires_at - self._clock())
        keys = [_record(sid), _key("expiries"), _number(number)]
        keys += [_key("alone"), _key("removed")]
        record = [
            secrets.token_bytes(VERSION_BYTES),
            to_text(pairing),
            number,
            sid,
            pairing.expires_at,
            round((left + GRACE) * 1000),
            pairing.shown_at if pairing.state in PRE_AGREEMENT else "",
        ]
        return self._run(script, keys, [*record, *conditions])

    def _run(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        with self._reaching():
            return self._scripts[script](keys, arguments)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turn every trouble with Redis into one refusal, and say when it begins."""
        try:
            yield
        except (RedisError, OSError) as error:
            if not self._is_away:
                log.warning("redis_unavailable", error=type(error).__name__)
            self._is_away = True
            raise UnavailableError from error
        self._is_away = False


class RedisRateLimit:
    """So many of something, for each of many, in each stretch of time, for all workers.

    Whom it counts is hashed with the installation's secret, and forgotten when the
    stretch is over.
    """

    def __init__(
        self,
        run: Callable[[str, list[str], list[Any]], Any],
        name: str,
        limit: int,
        seconds: float,
        *,
        secret: bytes,
    ) -> None:
        self._run, self._name = run, name
        self._limit, self._seconds, self._secret = limit, seconds, secret

    def allows(self, client: str, now: float) -> bool:
        """Say whether `client` has any left."""
        return self._count("allows", client, now)

    def acquire(self, client: str, now: float) -> bool:
        """Use one up; say whether there was one left."""
        return self._count("acquire", client, now)

    def _count(self, script: str, client: str, now: float) -> bool:
        window, elapsed = divmod(now, self._seconds)
        hashed = hashlib.blake2b(client.encode(), key=self._secret, digest_size=16)
        key = _key("used", self._name, int(window), hashed.hexdigest())
        left = max(1, round((self._seconds - elapsed) * 1000))
        return bool(self._run(script, [key], [self._limit, left]))
