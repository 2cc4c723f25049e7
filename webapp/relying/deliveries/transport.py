"""Send a post to an address that others registered, and read a little of the answer.

The name is looked up once; the connection goes to the very address that was looked at,
so that a name that leads elsewhere a moment later leads nowhere (DNS rebinding). No
redirect is followed. All of it, the handshake included, has DEADLINE seconds.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from webapp.relying.deliveries.rules import Answer, Failure, Post, Reach

DEADLINE: Final = 10.0  # seconds
CONNECT_TIMEOUT: Final = 5.0
MAX_TRIED: Final = 3  # addresses of one name
MAX_ANSWER: Final = 4096  # bytes that are read of it
AGENT: Final = "certferry"
_PORTS: Final = {"https": 443, "http": 80}

Send = Callable[[str, Post, Reach], Answer]


class _RefusedError(Exception):
    """There is no answer; the argument says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


def send(
    address: str, post: Post, reach: Reach, *, deadline: float = DEADLINE
) -> Answer:
    """Post to an address; an answer of status 0 where there is none."""
    try:
        return _send(urlsplit(address), post, reach, deadline)
    except _RefusedError as error:
        return Answer(failure=error.failure)
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(failure=Failure.ANSWER)


def _send(parts: SplitResult, post: Post, reach: Reach, deadline: float) -> Answer:
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    addresses = _look_up(host, port, parts.scheme, reach)
    connected = _connect(addresses, port)
    watch = _Watch(connected, deadline)
    try:
        if parts.scheme == "https":
            context = _tls(reach.trusted_root)
            connected = watch.socket = _secure(connected, host, context)
        answer = _exchange(connected, parts, post)
    except (OSError, http.client.HTTPException, ValueError):
        answer = Answer(failure=Failure.ANSWER)
    finally:
        watch.end()
    # What was broken off may look like an answer that ended early.
    return Answer(failure=Failure.TIME) if watch.is_over else answer


class _Watch:
    """Breaks a connection off when its time is over, whatever it is doing."""

    def __init__(self, connected: socket.socket, seconds: float) -> None:
        self.socket, self.is_over = connected, False
        self._timer = threading.Timer(seconds, self._break_off)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Stop watching, and close."""
        self._timer.cancel()
        with suppress(OSError):
            self.socket.close()

    def _break_off(self) -> None:
        self.is_over = True
        with suppress(OSError, ValueError):
            self.socket.shutdown(socket.SHUT_RDWR)


def _look_up(host: str, port: int, scheme: str, reach: Reach) -> list[str]:
    """Return the addresses of a host; all of them have to be allowed."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _RefusedError(Failure.NAME) from None
    addresses = [str(entry[4][0]) for entry in entries]
    allows = {"https": reach.allows, "http": reach.allows_plain}.get(scheme)
    if allows is None or not addresses or not all(map(allows, addresses)):
        raise _RefusedError(Failure.ADDRESS)
    return list(dict.fromkeys(addresses))


def _connect(addresses: list[str], port: int) -> socket.socket:
    """Connect to the first that listens: a name may have one of IPv6 that does not."""
    for ip in addresses[:MAX_TRIED]:
        with suppress(OSError):
            return socket.create_connection((ip, port), CONNECT_TIMEOUT)
    raise _RefusedError(Failure.CONNECTION)


def _secure(
    connected: socket.socket, host: str, context: ssl.SSLContext
) -> socket.socket:
    try:
        return context.wrap_socket(connected, server_hostname=host)
    except ssl.SSLCertVerificationError:
        raise _RefusedError(Failure.CERTIFICATE) from None


@lru_cache
def _tls(trusted_root: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if trusted_root is not None:
        context.load_verify_locations(trusted_root)
    return context


def _exchange(connected: socket.socket, parts: SplitResult, post: Post) -> Answer:
    # Only writes and reads: it is connected already.
    connection = http.client.HTTPConnection(parts.netloc)
    connection.sock = connected
    path = parts.path or "/"
    connection.request(
        "POST",
        f"{path}?{parts.query}" if parts.query else path,
        body=post.body,
        headers={
            "Host": parts.netloc,
            "Content-Type": post.content_type,
            "User-Agent": AGENT,
            "Connection": "close",
            **post.headers,
        },
    )
    answer = connection.getresponse()
    return Answer(
        status=answer.status,
        content_type=answer.headers.get("Content-Type", "")[:100],
        body=answer.read(MAX_ANSWER),
    )
