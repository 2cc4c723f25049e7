"""How much the relay bears, and the counting of it."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mobile_bridge.core.protocol import Mode

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The relay's limits; every number is one a person never meets."""

    shown_seconds: Mapping[Mode, float] = field(
        default_factory=lambda: MappingProxyType({Mode.QR: 120.0, Mode.TYPED: 180.0})
    )
    joined_seconds: float = 120.0
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


class FixedWindowLimit:
    """So many of something, for each of many, in each stretch of time."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._stretch = 0
        self._used: dict[str, int] = {}

    def allows(self, who: str, now: float) -> bool:
        """Say whether `who` has any left."""
        self._turn_over(now)
        return self._used.get(who, 0) < self._most

    def acquire(self, who: str, now: float) -> bool:
        """Use one up; say whether there was one left."""
        had = self.allows(who, now)
        self._used[who] = self._used.get(who, 0) + had
        return had

    def _turn_over(self, now: float) -> None:
        """Forget everybody when a new stretch begins, so that memory stays small."""
        stretch = int(now // self._seconds)
        if stretch != self._stretch:
            self._stretch, self._used = stretch, {}


class CountMinLimit:
    """The same for any number of clients, in memory that never grows.

    A count-min sketch (Cormode, Muthukrishnan 2005): each client has a cell in every
    row, and the smallest of them bounds its use from above. Only when very many come
    in one stretch can a stranger's use count against somebody.
    """

    ROWS, CELLS = 4, 2**16

    def __init__(self, most: int, seconds: float) -> None:
        # A cell counts to 65,535; a limit beyond that is none.
        self._most, self._seconds = min(most, 2**16 - 1), seconds
        self._stretch = 0
        self._rows = self._empty()

    def allows(self, who: str, now: float) -> bool:
        """Say whether `who` has any left."""
        self._turn_over(now)
        return self._least(self._cells(who)) < self._most

    def acquire(self, who: str, now: float) -> bool:
        """Use one up; say whether there was one left."""
        self._turn_over(now)
        cells = self._cells(who)
        least = self._least(cells)
        if least >= self._most:
            return False
        for row, cell in zip(self._rows, cells, strict=True):
            # Only what is too low is raised: others' cells are spared.
            row[cell] = max(row[cell], least + 1)
        return True

    def _least(self, cells: list[int]) -> int:
        return min(row[cell] for row, cell in zip(self._rows, cells, strict=True))

    def _cells(self, who: str) -> list[int]:
        # Python's hash of text is keyed anew in each process: nobody can aim at cells.
        return [hash((row, who)) % self.CELLS for row in range(self.ROWS)]

    def _empty(self) -> list["array[int]"]:
        return [array("H", bytes(2 * self.CELLS)) for _ in range(self.ROWS)]

    def _turn_over(self, now: float) -> None:
        stretch = int(now // self._seconds)
        if stretch != self._stretch:
            self._stretch, self._rows = stretch, self._empty()


class ConcurrencyLimit:
    """How many of each are here at the same time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._here: dict[str, int] = {}

    def acquire(self, who: str) -> bool:
        """Let one more in, if there is room."""
        here = self._here.get(who, 0)
        if here >= self._most:
            return False
        self._here[who] = here + 1
        return True

    def release(self, who: str) -> None:
        """Let one out who was let in."""
        self._here[who] -= 1
        if not self._here[who]:
            del self._here[who]
