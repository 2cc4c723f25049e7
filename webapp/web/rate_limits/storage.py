"""Counts of attempts in the memory of one process, never more than so many.

Some are counted under a name that a client writes. Each of its addresses gets to write
few of them, but addresses are many; the oldest count makes room for a new one.
"""

from limits.storage import MemoryStorage

SCHEME = "bounded-memory"
MAX_COUNTS = 100_000


class BoundedMemoryStorage(MemoryStorage):
    """The library's own storage in memory, with a bound."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012  # as the library declares it

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; a new key takes the place of the oldest where all are taken."""
        if key not in self.storage and len(self.storage) >= MAX_COUNTS:
            self.clear(next(iter(self.storage)))
        return super().incr(key, expiry, amount)
