"""What one worker leaves to the next when a centre without Redis restarts gracefully.

The pairings go through anonymous shared memory: it has no name and no file, the
processes of one centre inherit it from the one that started them, and it ends with
them. Only one worker at a time has the pairings; the lock says which, and the system
takes it from a worker that dies.
"""

import fcntl
import json
import math
import os
import time

from mobile_bridge.errors import RelayError
from mobile_bridge.relay.pairing_store import MemoryPairingStore
from mobile_bridge.server.pairing_json import from_text, to_text

MAX_WAIT = 10.0  # seconds; a worker that leaves has two for its last requests
POLL_SECONDS = 0.02


class Handover:
    """Each worker takes at its start and leaves at its end."""

    def __init__(self, memory: int) -> None:
        """`memory` is of `os.memfd_create`, made before the workers are."""
        self._memory = memory

    def take(self, store: MemoryPairingStore, max_wait: float = MAX_WAIT) -> int:
        """Wait until the worker before has left; keep and count its pairings."""
        end = time.monotonic() + max_wait
        while not self._locks():
            if time.monotonic() > end:
                return 0
            time.sleep(POLL_SECONDS)
        records = os.pread(self._memory, os.fstat(self._memory).st_size, 0)
        os.ftruncate(self._memory, 0)
        return sum(_restore_one(store, text) for text in json.loads(records or "[]"))

    def leave(self, store: MemoryPairingStore) -> None:
        """Give the pairings away; from here on this worker knows none."""
        if not self._locks():
            return
        texts = [to_text(pairing) for pairing in store.pop_expired(math.inf)]
        records = memoryview(json.dumps(texts).encode())
        os.ftruncate(self._memory, 0)
        written = 0
        while written < len(records):
            written += os.pwrite(self._memory, records[written:], written)
        fcntl.lockf(self._memory, fcntl.LOCK_UN)

    def _locks(self) -> bool:
        """Take the lock, unless another process has it."""
        try:
            fcntl.lockf(self._memory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _restore_one(store: MemoryPairingStore, text: str) -> bool:
    try:
        store.add(from_text(text))
    except RelayError:  # a new device was faster with the same number
        return False
    return True
