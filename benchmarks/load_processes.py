"""Clients in processes of their own, away from the servers' core."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from benchmarks.servers import Server, cores
from benchmarks.transfer_clients import SESSIONS

AHEAD = 0.2  # by then every client stands ready

Drive = Callable[[str, Server, int], "LoadResult"]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What came of some sessions."""

    took: list[float]  # seconds of each, in order of length
    seconds: float  # from the first one's beginning to the last one's end
    cpu_seconds: float  # the server's

    @property
    def per_second(self) -> float:
        """Sessions in a second."""
        return len(self.took) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """The server's processor time for one session."""
        return 1000 * self.cpu_seconds / len(self.took)

    def percentile(self, percent: int) -> float:
        """Return the milliseconds within which so many of them were through."""
        return (
            1000 * self.took[min(len(self.took) - 1, len(self.took) * percent // 100)]
        )


@contextmanager
def drivers(clients: int, frames: Sequence[bytes]) -> Iterator[Drive]:
    """Start clients; give what lets them all have sessions with a server."""
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(
        clients, mp_context=context, initializer=_settle, initargs=(frames,)
    ) as pool:

        def drive(kind: str, server: Server, sessions: int) -> LoadResult:
            start, per_client = time.monotonic() + AHEAD, -(-sessions // clients)
            had = server.cpu_seconds
            running = [
                pool.submit(_have_sessions, kind, server.port, per_client, start)
                for _ in range(clients)
            ]
            ran = list(chain.from_iterable(one.result() for one in running))
            spent = server.cpu_seconds - had
            seconds = max(end for _, end in ran) - min(began for began, _ in ran)
            return LoadResult(sorted(end - began for began, end in ran), seconds, spent)

        yield drive


_FRAMES: list[bytes] = []


def _settle(frames: Sequence[bytes]) -> None:
    os.sched_setaffinity(0, cores()[1])
    _FRAMES[:] = frames


def _have_sessions(
    kind: str, port: int, count: int, start: float
) -> list[tuple[float, float]]:
    """Have sessions one after the other; return when each began and ended."""
    had = []
    time.sleep(max(0.0, start - time.monotonic()))
    for _ in range(count):
        began = time.monotonic()
        SESSIONS[kind](port, _FRAMES)
        had.append((began, time.monotonic()))
    return had
