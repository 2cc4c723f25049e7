"""An institution's own server: a real one, that answers as it is told to."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """A post that arrived, and when, on this machine's clock in seconds."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Receiver:
    """What arrived, in order; `answer` says for a post how to answer it."""

    answer: Callable[[Received], tuple[int, dict[str, str], bytes]] = lambda _post: (
        204,
        {},
        b"",
    )
    posts: list[Received] = field(default_factory=list)
    port: int = 0
    delay: float = 0.0
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def address(self, path: str = "/events", host: str = "127.0.0.1") -> str:
        """Return where it is."""
        return f"http://{host}:{self.port}{path}"

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Received]:
        """Return what arrived, once it is `count` posts.

        Raises:
            AssertionError: they did not come in time.
        """
        with self._arrived:
            is_there = self._arrived.wait_for(lambda: len(self.posts) >= count, seconds)
            assert is_there, f"{len(self.posts)} of {count} posts came"
            return list(self.posts)

    def take(self, post: Received) -> tuple[int, dict[str, str], bytes]:
        """Note a post, and return how to answer it."""
        with self._arrived:
            self.posts.append(post)
            self._arrived.notify_all()
        if self.delay:
            time.sleep(self.delay)
        return self.answer(post)


@contextmanager
def receiving(receiver: Receiver, port: int = 0) -> Iterator[Receiver]:
    """Have a receiver listen on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            post = Received(
                path=self.path,
                headers=dict(self.headers.items()),
                body=self.rfile.read(length),
                at=time.monotonic(),
            )
            status, headers, body = receiver.take(post)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Write nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing where the other side hung up."""

    server = Server(("127.0.0.1", port), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Have `serve` speak to who connects, byte for byte; yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(30)

    def accept() -> None:
        try:
            connected, _address = listener.accept()
        except OSError:
            return
        with connected:
            try:
                serve(connected)
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
