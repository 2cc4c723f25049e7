"""How much the relay bears, and the counting of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mobile_bridge.protocol import Mode

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
    frames_a_minute: int = 300
    connections_an_address: int = 50
    sweep_seconds: float = 1.0
    trusted_proxies: tuple[str, ...] = ()


class Allowance:
    """So many of something, for each of many, in each stretch of time."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._stretch = 0
        self._used: dict[str, int] = {}

    def has(self, who: str, now: float) -> bool:
        """Say whether `who` has any left."""
        self._turn_over(now)
        return self._used.get(who, 0) < self._most

    def take(self, who: str, now: float) -> bool:
        """Use one up; say whether there was one left."""
        had = self.has(who, now)
        self._used[who] = self._used.get(who, 0) + had
        return had

    def _turn_over(self, now: float) -> None:
        """Forget everybody when a new stretch begins, so that memory stays small."""
        stretch = int(now // self._seconds)
        if stretch != self._stretch:
            self._stretch, self._used = stretch, {}


class Crowd:
    """How many of each are here at the same time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._here: dict[str, int] = {}

    def enter(self, who: str) -> bool:
        """Let one more in, if there is room."""
        here = self._here.get(who, 0)
        if here >= self._most:
            return False
        self._here[who] = here + 1
        return True

    def leave(self, who: str) -> None:
        """Let one out who was let in."""
        self._here[who] -= 1
        if not self._here[who]:
            del self._here[who]
