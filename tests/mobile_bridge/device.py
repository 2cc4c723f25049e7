"""A device with a real Socket.IO connection."""

import time
from queue import Queue
from types import TracebackType
from typing import Any, Self

import socketio

NAMESPACE = "/bridge"
EVENTS = ("peer", "frame", "got", "ended")
TIMEOUT = 10


class Device:
    """Connects, asks, and keeps what it is told in one queue for each event."""

    def __init__(
        self, address: str, agent: str = "", origin: str | None = None
    ) -> None:
        self.told: dict[str, Queue[Any]] = {event: Queue() for event in EVENTS}
        self._socket = socketio.Client(reconnection=False)
        for event, queue in self.told.items():
            self._socket.on(event, queue.put, namespace=NAMESPACE)
        headers = {"User-Agent": agent} | ({"Origin": origin} if origin else {})
        self._socket.connect(
            address, headers, transports=["websocket"], namespaces=[NAMESPACE]
        )

    def ask(self, event: str, **message: object) -> dict[str, Any]:
        """Return the relay's answer."""
        answer: dict[str, Any] = self._socket.call(
            event, message, namespace=NAMESPACE, timeout=TIMEOUT
        )
        return answer

    def say(self, event: str, **message: object) -> None:
        """Ask without waiting for an answer."""
        self._socket.emit(event, message, namespace=NAMESPACE)

    def is_hung_up(self) -> bool:
        """Say whether the server closes the connection, after waiting for it."""
        end = time.monotonic() + TIMEOUT
        while self._socket.connected and time.monotonic() < end:
            time.sleep(0.02)
        return not self._socket.connected

    def hear(self, event: str) -> dict[str, Any]:
        """Return the next event of this kind."""
        content: dict[str, Any] = self.told[event].get(timeout=TIMEOUT)
        return content

    def hear_frame(self) -> bytes:
        """Return the peer's next message."""
        data: bytes = self.hear("frame")["data"]
        return data

    def leave(self) -> None:
        self._socket.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()
