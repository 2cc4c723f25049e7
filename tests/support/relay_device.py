"""A device at the relay, with a real Socket.IO client or by POST alone."""

import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from queue import Queue
from types import TracebackType
from typing import Any, Self

import requests
import socketio

NAMESPACE = "/bridge"
EVENTS = ("news", "peer", "frame", "got", "ended", "refused")
TIMEOUT = 10
OCTETS = ("sid", "token", "m1", "data")


def text(octets: bytes) -> str:
    """Return base64url without padding, as bytes travel."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets(text_value: str) -> bytes:
    """Return the bytes that base64url writes."""
    return urlsafe_b64decode(text_value + "=" * (-len(text_value) % 4))


def on_the_wire(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as it travels."""
    return {k: text(v) if isinstance(v, bytes) else v for k, v in message.items()}


def off_the_wire(message: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with its bytes as bytes."""
    content = {k: octets(v) if k in OCTETS else v for k, v in message.items()}
    if "frames" in content:
        content["frames"] = [off_the_wire(frame) for frame in message["frames"]]
    return content


class Device:
    """Connects, asks, and keeps what it is told in one queue for each event."""

    def __init__(
        self,
        address: str,
        agent: str = "",
        origin: str | None = None,
        auth: dict[str, Any] | None = None,
        *,
        mask: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`mask` draws what the client's frames are masked with (RFC 6455 5.3)."""
        self.token = secrets.token_bytes(16)
        self.queues: dict[str, Queue[Any]] = {event: Queue() for event in EVENTS}
        self._address, self._agent = address, agent
        self._socket = socketio.Client(
            reconnection=False, websocket_extra_options={"get_mask_key": mask}
        )
        for event, queue in self.queues.items():
            self._socket.on(event, queue.put, namespace=NAMESPACE)
        headers = {"User-Agent": agent} | ({"Origin": origin} if origin else {})
        self._socket.connect(
            address,
            headers,
            auth=auth,
            transports=["websocket"],
            namespaces=[NAMESPACE],
        )

    def ask(self, event: str, **message: object) -> dict[str, Any]:
        """Return the relay's answer, by socket."""
        if event in ("show", "join", "resume"):
            message = {"token": self.token} | message
        answer: dict[str, Any] = self._socket.call(
            event, on_the_wire(message), namespace=NAMESPACE, timeout=TIMEOUT
        )
        return off_the_wire(answer)

    def post(self, event: str, **message: object) -> dict[str, Any]:
        """Return the relay's answer, by POST."""
        body: dict[str, Any] = {"token": self.token} | message
        return post(self._address, event, agent=self._agent, **body)

    def send(self, event: str, **message: object) -> None:
        """Ask without waiting for an answer."""
        self._socket.emit(event, on_the_wire(message), namespace=NAMESPACE)

    def is_closed(self) -> bool:
        """Say whether the server closes the connection, after waiting for it."""
        end = time.monotonic() + TIMEOUT
        while self._socket.connected and time.monotonic() < end:
            time.sleep(0.02)
        return not self._socket.connected

    def receive(self, event: str) -> dict[str, Any]:
        """Return the next event of this kind."""
        return off_the_wire(self.queues[event].get(timeout=TIMEOUT))

    def receive_frame(self) -> bytes:
        """Return the peer's next message."""
        data: bytes = self.receive("frame")["data"]
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


def post(
    address: str, event: str, *, agent: str = "", origin: str = "", **message: object
) -> dict[str, Any]:
    """Return what the relay answers to a POST; its status stands in `status`."""
    headers = {"User-Agent": agent} | ({"Origin": origin} if origin else {})
    response = requests.post(
        f"{address}/bridge/{event}",
        json=on_the_wire(message),
        headers=headers,
        timeout=TIMEOUT + 20,
    )
    return off_the_wire(response.json()) | {"status": response.status_code}
