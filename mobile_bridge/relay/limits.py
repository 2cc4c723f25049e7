"""How much the relay bears, and the counting of it."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mobile_bridge.core.protocol import Direction, Mode

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The relay's limits; every number is one a person never meets."""

    shown_seconds: Mapping[Mode, float] = field(
        default_factory=lambda: MappingProxyType({Mode.QR: 120.0, Mode.TYPED: 180.0})
    )
    joined_seconds: float = 120.0
    # Somebody chooses a password meanwhile, and types it twice on a phone.
    key_making_seconds: float = 300.0
    first_message_bytes: int = 4 * 1024
    bytes_in_all: int = 64 * 1024
    creations_a_minute: int = 10
    lookups_a_minute: int = 10
    bad_lookups_a_second: int = 100
    message_bytes: int = 96 * 1024  # one message on the wire, as text
    frames_a_minute: int = 300
    posts_a_minute: int = 600
    connections_an_address: int = 50
    sweep_seconds: float = 1.0
    trusted_proxies: tuple[str, ...] = ()

    def seconds_together(self, direction: Direction) -> float:
        """Return how long two devices have from the moment both are there."""
        makes_key = direction is Direction.RESPONDER_MAKES_KEY
        return self.key_making_seconds if makes_key else self.joined_seconds


class FixedWindowLimit:
    """So many of something, for each of many, in each stretch of time."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._window = 0
        self._used: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._used)

    def allows(self, client: str, now: float) -> bool:
        """Say whether `client` has any left."""
        self._turn_over(now)
        return self._used.get(client, 0) < self._limit

    def acquire(self, client: str, now: float) -> bool:
        """Use one up; say whether there was one left."""
        had = self.allows(client, now)
        self._used[client] = self._used.get(client, 0) + had
        return had

    def _turn_over(self, now: float) -> None:
        """Forget everybody when a new stretch begins, so that memory stays small."""
        window = int(now // self._seconds)
        if window != self._window:
            self._window, self._used = window, {}


class CountMinLimit:
    """The same for any number of clients, in memory that never grows.

    A count-min sketch (Cormode, Muthukrishnan 2005): each client has a cell in every
    row, and the smallest of them bounds its use from above. Only when very many come
    in one stretch can a stranger's use count against somebody.
    """

    ROWS, CELLS = 4, 2**16

    def __init__(self, limit: int, seconds: float) -> None:
        # A cell counts to 65,535; a limit beyond that is none.
        self._limit, self._seconds = min(limit, 2**16 - 1), seconds
        self._window = 0
        self._rows = self._empty()

    def allows(self, client: str, now: float) -> bool:
        """Say whether `client` has any left."""
        self._turn_over(now)
        return self._estimate(self._cells(client)) < self._limit

    def acquire(self, client: str, now: float) -> bool:
        """Use one up; say whether there was one left."""
        self._turn_over(now)
        cells = self._cells(client)
        count = self._estimate(cells)
        if count >= self._limit:
            return False
        for row, cell in zip(self._rows, cells, strict=True):
            # Only what is too low is raised: others' cells are spared.
            row[cell] = max(row[cell], count + 1)
        return True

    def _estimate(self, cells: list[int]) -> int:
        return min(row[cell] for row, cell in zip(self._rows, cells, strict=True))

    def _cells(self, client: str) -> list[int]:
        # Python's hash of text is keyed anew in each process: nobody can aim at cells.
        return [hash((row, client)) % self.CELLS for row in range(self.ROWS)]

    def _empty(self) -> list["array[int]"]:
        return [array("H", bytes(2 * self.CELLS)) for _ in range(self.ROWS)]

    def _turn_over(self, now: float) -> None:
        window = int(now // self._seconds)
        if window != self._window:
            self._window, self._rows = window, self._empty()


class ConcurrencyLimit:
    """How many of each are here at the same time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._active: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._active)

    def acquire(self, client: str) -> bool:
        """Let one more in, if there is room."""
        count = self._active.get(client, 0)
        if count >= self._limit:
            return False
        self._active[client] = count + 1
        return True

    def release(self, client: str) -> None:
        """Let one out who was let in."""
        self._active[client] -= 1
        if not self._active[client]:
            del self._active[client]
