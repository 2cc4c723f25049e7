"""Where pairings live while they live: a Protocol, and its form in memory."""

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from mobile_bridge.errors import NotAvailableError, TooManyError
from mobile_bridge.relay.limits import CountMinLimit
from mobile_bridge.relay.pairing import PRE_AGREEMENT, Pairing

Change = Callable[[Pairing], Pairing]


class RateLimit(Protocol):
    """So many of something, for each of many, in each stretch of time."""

    def allows(self, client: str, now: float) -> bool:
        """Say whether `client` has any left."""

    def acquire(self, client: str, now: float) -> bool:
        """Use one up; say whether there was one left."""


class PairingStore(Protocol):
    """Keeps pairings by sid and changes each one atomically.

    All of it may raise UnavailableError where what is kept is elsewhere.
    """

    def add(self, pairing: Pairing) -> None:
        """Keep a new pairing; raise when its sid is taken or the store is full."""

    def get(self, sid: bytes) -> Pairing | None:
        """Return the pairing, if there is one."""

    def find(self, number: str) -> Pairing | None:
        """Return the pairing that is shown under a number, if there is one."""

    def update(self, sid: bytes, change: Change) -> tuple[Pairing, Pairing]:
        """Replace a pairing by what `change` makes of it; return both.

        `change` is pure and may be called more than once.
        """

    def pop_expired(self, now: float) -> list[Pairing]:
        """Remove and return the pairings whose time is over, each to one caller."""

    def rate_limit(self, name: str, limit: int, seconds: float) -> RateLimit:
        """Return a count that all who share this registry share."""


class MemoryPairingStore:
    """Pairings of one process; nothing is written anywhere.

    When the store is full, the oldest that is not agreed makes room: who fills it with
    codes that are never scanned, or scans them all alone, keeps nobody out.
    """

    def __init__(self, capacity: int = 5_000) -> None:
        self._capacity = capacity
        self._pairings: dict[bytes, Pairing] = {}
        self._numbers: dict[str, bytes] = {}
        self._unsure: dict[bytes, None] = {}  # not agreed, oldest first
        self._removed: list[Pairing] = []
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pairings)

    def add(self, pairing: Pairing) -> None:
        """Keep a new pairing.

        Raises:
            TooManyError: the store is full of pairings that are agreed.
            NotAvailableError: the sid or the number is taken.
        """
        with self._lock:
            if pairing.sid in self._pairings or pairing.number in self._numbers:
                raise NotAvailableError
            if len(self._pairings) >= self._capacity:
                self._removed.append(self._oldest_unsure())
            self._pairings[pairing.sid] = pairing
            if pairing.state in PRE_AGREEMENT:
                self._unsure[pairing.sid] = None
            if pairing.number is not None:
                self._numbers[pairing.number] = pairing.sid

    def get(self, sid: bytes) -> Pairing | None:
        """Return the pairing, if there is one."""
        return self._pairings.get(sid)

    def find(self, number: str) -> Pairing | None:
        """Return the pairing that is shown under a number, if there is one."""
        sid = self._numbers.get(number)
        return self._pairings.get(sid) if sid else None

    def update(self, sid: bytes, change: Change) -> tuple[Pairing, Pairing]:
        """Replace a pairing by what `change` makes of it; return both.

        Raises:
            NotAvailableError: there is none.
        """
        with self._lock:
            before = self._pairings.get(sid)
            if before is None:
                raise NotAvailableError
            after = change(before)
            self._pairings[sid] = after
            if after.state not in PRE_AGREEMENT:
                self._unsure.pop(sid, None)
            return before, after

    def pop_expired(self, now: float) -> list[Pairing]:
        """Remove and return the pairings whose time is over."""
        with self._lock:
            over = [p for p in self._pairings.values() if p.expires_at <= now]
            for pairing in over:
                self._forget(pairing)
            removed, self._removed = self._removed, []
            return removed + over

    def rate_limit(self, name: str, limit: int, seconds: float) -> CountMinLimit:
        """Return a count of this process."""
        return CountMinLimit(limit, seconds)

    def _oldest_unsure(self) -> Pairing:
        """Forget the oldest pairing that is not agreed, and return it."""
        sid = next(iter(self._unsure), None)
        if sid is None:
            raise TooManyError
        pairing = self._pairings[sid]
        self._forget(pairing)
        return pairing

    def _forget(self, pairing: Pairing) -> None:
        del self._pairings[pairing.sid]
        self._unsure.pop(pairing.sid, None)
        self._numbers.pop(pairing.number or "", None)
