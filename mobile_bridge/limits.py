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
