"""Answers that are held until what a page shows has changed.

A look every half second reads, with one query, all that is waited for in this process:
a page that waits costs a connection, and its question once in HELD_SECONDS. What is
changed here is looked at when it is changed; what another process changes, at the next
look.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

HELD_SECONDS: Final = 50.0  # proxies break off after a minute
INTERVAL: Final = 0.5  # seconds between two looks

log = structlog.get_logger()


# Never from the names themselves: a worker makes these modules cooperative later.
@dataclass(eq=False, slots=True)
class _Wait:
    """Somebody who knows a value and waits for another."""

    previous: str
    changed: threading.Event = field(default_factory=lambda: threading.Event())


class LongPoll:
    """Holds answers. `read` returns the values of names as they are now."""

    def __init__(
        self, read: Callable[[Collection[str]], Mapping[str, str]], interval: float
    ) -> None:
        self._read, self._interval = read, interval
        self._waits: dict[str, set[_Wait]] = {}
        self._is_looking = False

    def wait(self, name: str, previous: str, seconds: float) -> None:
        """Return when the value of `name` is another one, or the time is over."""
        wait = _Wait(previous)
        self._waits.setdefault(name, set()).add(wait)
        if not self._is_looking:
            self._is_looking = True
            threading.Thread(target=self._look_on, daemon=True).start()
        try:
            wait.changed.wait(seconds)
        finally:
            self._waits[name].discard(wait)
            if not self._waits[name]:
                del self._waits[name]

    def look(self, name: str) -> None:
        """Look at one value now, which was just changed and committed."""
        if name in self._waits:
            self._compare([name])

    def _look_on(self) -> None:
        try:
            while self._waits:
                self._compare(list(self._waits))
                time.sleep(self._interval)
        finally:
            self._is_looking = False

    def _compare(self, names: Collection[str]) -> None:
        try:
            values = self._read(names)
        except SQLAlchemyError as error:  # the next look may find it there again
            log.warning("long_poll_blind", kind=type(error).__name__)
            return
        for name in names:
            for wait in tuple(self._waits.get(name, ())):
                if values.get(name) != wait.previous:
                    wait.changed.set()
