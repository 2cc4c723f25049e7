"""Where pairings live while they live: a Protocol, and its form in memory."""

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from mobile_bridge.errors import NotAvailableError, TooManyError
from mobile_bridge.pairing import Pairing

Change = Callable[[Pairing], Pairing]


class Registry(Protocol):
    """Keeps pairings by sid and changes each one atomically."""

    def add(self, pairing: Pairing) -> None:
        """Keep a new pairing; raise when its sid is taken or the house is full."""

    def get(self, sid: bytes) -> Pairing | None:
        """Return the pairing, if there is one."""

    def change(self, sid: bytes, change: Change) -> tuple[Pairing, Pairing]:
        """Replace a pairing by what `change` makes of it; return both."""

    def take_expired(self, now: float) -> list[Pairing]:
        """Remove and return the pairings whose time is over."""


class MemoryRegistry:
    """Pairings of one process; nothing is written anywhere."""

    def __init__(self, most: int = 5_000) -> None:
        self._most = most
        self._pairings: dict[bytes, Pairing] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pairings)

    def add(self, pairing: Pairing) -> None:
        """Keep a new pairing.

        Raises:
            TooManyError: the house is full.
            NotAvailableError: the sid is taken.
        """
        with self._lock:
            if len(self._pairings) >= self._most:
                raise TooManyError
            if pairing.sid in self._pairings:
                raise NotAvailableError
            self._pairings[pairing.sid] = pairing

    def get(self, sid: bytes) -> Pairing | None:
        """Return the pairing, if there is one."""
        return self._pairings.get(sid)

    def change(self, sid: bytes, change: Change) -> tuple[Pairing, Pairing]:
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
            return before, after

    def take_expired(self, now: float) -> list[Pairing]:
        """Remove and return the pairings whose time is over."""
        with self._lock:
            over = [p for p in self._pairings.values() if p.expires_at <= now]
            for pairing in over:
                del self._pairings[pairing.sid]
            return over
