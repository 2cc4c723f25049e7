"""A far-away line on this machine: a TCP proxy whose every byte takes its time.

A browser's own throttling leaves out TCP, TLS and WebSockets, and a kernel need not
have netem; so this stands in between. It limits no bandwidth. As on a real line, it
takes a round trip to open a connection. With `slow_start` ten segments are under way at
first, and one more for each that arrived (RFC 6928, RFC 5681).
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

SEGMENT = 1460
FIRST_SEGMENTS = 10
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Segment:
    """Some bytes that a device sent or got, and when it did."""

    at: float  # time.time() at the device
    connection: int
    is_up: bool  # from the device
    size: int


@dataclass(slots=True)
class DelayedLink:
    """A way to `target`, `round_trip` seconds long there and back."""

    target: tuple[str, int]
    round_trip: float
    slow_start: bool = False
    segments: list[Segment] = field(default_factory=list)
    connections: int = 0

    def between(self, begin: float, end: float) -> list[Segment]:
        """Return what went over the line meanwhile, in its order."""
        there = [segment for segment in self.segments if begin <= segment.at <= end]
        return sorted(there, key=lambda segment: segment.at)

    async def carry(
        self, device: asyncio.StreamReader, to_device: asyncio.StreamWriter
    ) -> None:
        """Carry one connection until both sides have hung up."""
        opened, number = time.time(), self.connections
        self.connections += 1
        server, to_server = await asyncio.open_connection(*self.target)
        up = _Direction(self, number, is_up=True, opens_at=opened + self.round_trip)
        down = _Direction(self, number, is_up=False, opens_at=0)
        directions = (up.carry(device, to_server), down.carry(server, to_device))
        # Ended from outside it ends quietly, like any other.
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(*directions)
        for writer in (to_server, to_device):
            writer.close()


class _Direction:
    """One direction of one connection."""

    def __init__(
        self, link: DelayedLink, number: int, *, is_up: bool, opens_at: float
    ) -> None:
        self._link, self._number, self._is_up = link, number, is_up
        self._opens_at = opens_at
        self._window = FIRST_SEGMENTS * SEGMENT
        self._under_way: deque[tuple[float, int]] = deque()

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(self._deliver(waiting, writer))
        try:
            while data := await reader.read(PIECE):
                await self._send(data, waiting)
        finally:
            await waiting.put((time.time() + self._link.round_trip / 2, b""))
            await delivering

    async def _send(
        self, data: bytes, waiting: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        """Let data leave, as much at once as may be under way."""
        size = SEGMENT if self._link.slow_start else PIECE
        for at in range(0, len(data), size):
            part = data[at : at + size]
            leaves = max(time.time(), self._opens_at, self._has_room(len(part)))
            self._under_way.append((leaves + self._link.round_trip, len(part)))
            arrives = leaves + self._link.round_trip / 2
            # What the device did, and when: it sent now, or it will get it then.
            noted = leaves if self._is_up else arrives
            segment = Segment(noted, self._number, self._is_up, len(part))
            self._link.segments.append(segment)
            await waiting.put((arrives, part))

    def _has_room(self, size: int) -> float:
        """Return when so much more may be under way."""
        if not self._link.slow_start:
            return 0
        room = 0.0
        while sum(direction for _, direction in self._under_way) + size > self._window:
            room, arrived = self._under_way.popleft()
            self._window += arrived
        return room

    async def _deliver(
        self,
        waiting: asyncio.Queue[tuple[float, bytes]],
        writer: asyncio.StreamWriter,
    ) -> None:
        while True:
            at, data = await waiting.get()
            await asyncio.sleep(max(0.0, at - time.time()))
            if not data:
                break
            writer.write(data)
            with suppress(ConnectionError):
                await writer.drain()
        with suppress(OSError):
            writer.write_eof()


@contextmanager
def standing(link: DelayedLink, host: str) -> Iterator[DelayedLink]:
    """Let `link` begin at `host`, on the port that it leads to."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(link.carry, host, link.target[1])
        ready.set()
        await stop.wait()
        server.close()
        open_still = asyncio.all_tasks() - {asyncio.current_task()}
        for task in open_still:
            task.cancel()
        await asyncio.gather(*open_still, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        if not ready.wait(5):
            raise OSError(f"nobody can listen on {host}:{link.target[1]}")
        yield link
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


def turns(segments: list[Segment]) -> dict[int, int]:
    """Return how often an answer came on each connection: its round trips."""
    counts: dict[int, int] = {}
    was_up: dict[int, bool] = {}
    for segment in segments:
        turned = not segment.is_up and was_up.get(segment.connection, False)
        counts[segment.connection] = counts.get(segment.connection, 0) + turned
        was_up[segment.connection] = segment.is_up
    return counts
