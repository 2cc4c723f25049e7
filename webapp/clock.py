"""The one place where the centre looks at the clock; rules get time as a value.

The clock of a demo can be set ahead, so that renewals, reminders and last days can be
tried. Nothing but the start of a demo calls `use_demo_clock`.
"""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path


class DemoClock:
    """How many days a demo is ahead, in a file of its folder.

    So all its processes have one time, and it is still the same after a restart.
    """

    MAX_DAYS = 360  # the demo's CA and its lists last longer than that

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[int, int] = (-1, 0)  # when the file was written, its days

    @property
    def days(self) -> int:
        """How many days the demo is ahead; 0 where nothing readable says so."""
        try:
            written = self._file.stat().st_mtime_ns
            if written != self._read[0]:
                text = self._file.read_text("ascii").strip()
                days = int(text) if text.isdecimal() else 0
                self._read = (written, min(days, self.MAX_DAYS))
        except (OSError, ValueError):
            return 0
        return self._read[1]

    def set(self, days: int) -> None:
        """Set the demo ahead, in all its processes.

        Raises:
            OSError: the folder cannot be written.
        """
        # A name of its own: another request may be setting the clock just now.
        new = self._file.with_name(f"{self._file.name}.{secrets.token_hex(8)}.new")
        try:
            new.write_text(str(max(0, min(days, self.MAX_DAYS))), "ascii")
            new.replace(self._file)
        finally:
            new.unlink(missing_ok=True)


_demo_clock: DemoClock | None = None


def use_demo_clock(file: Path | None) -> None:
    """Take the time of this process from a demo's clock; None for the true time."""
    global _demo_clock
    _demo_clock = DemoClock(file) if file else None


def demo_clock() -> DemoClock | None:
    """Return the clock of a demo; None in every other process."""
    return _demo_clock


def ahead() -> timedelta:
    """Return how far this process is ahead of the true time."""
    return timedelta(days=_demo_clock.days if _demo_clock else 0)


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC) + ahead()


def true_time(moment: datetime) -> datetime:
    """Return the true time of a moment: what others than this centre's clock show.

    The code of an authenticator app and the end of a sign-in go by it.
    """
    return moment - ahead()
