"""OCSP over HTTP for a server of its own: connections that stay, answers from memory.

What is answered, and with which headers, is the same as in front of the site
(`endpoint`); HTTP is read by llhttp (`httptools`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Final, cast
from urllib.parse import unquote

import httptools

from webapp.pki.services.ocsp import MAX_REQUEST_BYTES
from webapp.repository.ocsp.endpoint import (
    PATH,
    HttpResponse,
    make_response,
    read_question,
)
from webapp.repository.ocsp.responder import OcspAnswer, OcspResponder

HEAD_SECONDS: Final = 10.0  # for a whole request to come
IDLE_SECONDS: Final = 75.0  # between two; longer than nginx keeps its own (60)
MAX_CONNECTIONS: Final = 4000  # of a process: the service may open 8192 files
MAX_HEAD_BYTES: Final = 6 * MAX_REQUEST_BYTES  # with a question in the path
MAX_MESSAGE_BYTES: Final = 1024 * 1024  # read to its end, and kept by nobody
_PATH: Final = PATH.encode()
MAX_HEADS: Final = 10_000  # kept in memory, about 0.4 KB each


@dataclass(slots=True)
class HttpRequest:
    """A request as far as it has come."""

    method: str = ""
    url: bytes = b""
    body: bytes = b""
    if_none_match: str = ""
    is_last: bool = False  # on its connection
    version: str = "1.1"
    has_head: bool = False
    size: int = field(default=0, repr=False)  # of what came of it, in octets


class OcspServer:
    """What the connections of one process share."""

    def __init__(
        self,
        responder: OcspResponder,
        executor: Executor,
        clock: Callable[[], datetime],
    ) -> None:
        self.responder, self.executor, self.clock = responder, executor, clock
        self.loop = asyncio.get_running_loop()
        self.connections: set[OcspProtocol] = set()
        self._heads: dict[tuple[str, int], bytes] = {}
        self._date: tuple[int, bytes] = (0, b"")

    def protocol(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return OcspProtocol(self)

    def close_overdue(self) -> None:
        """Close the connections on which nothing came in time."""
        moment = self.loop.time()
        for connection in list(self.connections):
            connection.close_when_overdue(moment)

    async def close(self, patience: float) -> None:
        """Close every connection, after what is being answered within some seconds."""
        end = self.loop.time() + patience
        for connection in list(self.connections):
            connection.finish()
        while self.connections and self.loop.time() < end:
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.abort()

    def encode(self, request: HttpRequest, answer: OcspAnswer) -> bytes:
        """Return the octets of a response to a POST that asked a question."""
        now = self.clock()
        key = (
            (answer.etag, answer.max_age(now)) if answer.etag else ("", len(answer.der))
        )
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= MAX_HEADS:
                self._heads.clear()
            response = make_response(answer, request.method, "", now)
            head = self._heads[key] = _head(response)
        return b"".join((head, self._date_at(now), _end(request), answer.der))

    def encode_response(self, request: HttpRequest, response: HttpResponse) -> bytes:
        """Return the octets of any response."""
        date = self._date_at(self.clock())
        return b"".join((_head(response), date, _end(request), response.body))

    def _date_at(self, now: datetime) -> bytes:
        second = int(now.timestamp())
        if self._date[0] != second:
            text = format_datetime(now.replace(microsecond=0), usegmt=True)
            self._date = (second, f"Date: {text}\r\n".encode())
        return self._date[1]


class OcspProtocol(asyncio.Protocol):
    """One connection: its requests are answered in their order."""

    def __init__(self, server: OcspServer) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._request = HttpRequest()
        self._queue: deque[HttpRequest] = deque()
        self._transport: asyncio.Transport | None = None
        self._deadline = server.loop.time() + HEAD_SECONDS
        self._is_waiting = self._is_closing = self._is_full = False

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a new connection, unless there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        if len(self._server.connections) >= MAX_CONNECTIONS:
            self._transport.abort()
            return
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._server.connections.discard(self)
        self._transport = None
        self._queue.clear()
        del self._parser  # which knows this object: nothing is left for the collector

    def data_received(self, data: bytes) -> None:
        """Read what came; answer each request that is whole."""
        if self._is_closing:
            return
        if not self._request.size and not self._queue:
            self._deadline = self._server.loop.time() + HEAD_SECONDS
        self._request.size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # nobody changes the protocol here
            self._is_closing = True
        except httptools.HttpParserError:
            self._refuse("400 Bad Request")
        if self._request.size > MAX_MESSAGE_BYTES:
            self._refuse("413 Content Too Large")
        elif self._request.size > MAX_HEAD_BYTES and not self._request.has_head:
            self._refuse("431 Request Header Fields Too Large")
        self._answer_next()

    def pause_writing(self) -> None:
        """Read no more from somebody who does not read."""
        self._is_full = True
        self._listen()

    def resume_writing(self) -> None:
        """Go on."""
        self._is_full = False
        self._answer_next()

    # Called by the parser.

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        self._request.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take the few headers that matter."""
        lower = name.lower()
        if lower == b"if-none-match":
            self._request.if_none_match = value.decode("latin-1")
        elif lower == b"expect" and value.lower() == b"100-continue":
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_headers_complete(self) -> None:
        """Note that the body comes now."""
        self._request.has_head = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, and one octet too many of it at most."""
        room = MAX_REQUEST_BYTES + 1 - len(self._request.body)
        self._request.body += body[:room]

    def on_message_complete(self) -> None:
        """Put a whole request in the queue."""
        request, self._request = self._request, HttpRequest()
        request.method = self._parser.get_method().decode("latin-1")
        request.version = self._parser.get_http_version()
        request.is_last = not self._parser.should_keep_alive()
        self._queue.append(request)

    # Called by the server.

    def close_when_overdue(self, moment: float) -> None:
        """Close the connection where nothing came in time, or nobody reads."""
        is_idle = not self._is_waiting and (not self._queue or self._is_full)
        if is_idle and moment > self._deadline:
            self.abort()

    def abort(self) -> None:
        """Close the connection at once, whatever is being answered."""
        if self._transport is not None:
            self._transport.abort()

    def finish(self) -> None:
        """Close the connection now, or after what is being answered."""
        self._is_closing = True
        if not self._is_waiting and not self._queue:
            self._close()

    def _answer_next(self) -> None:
        while self._queue and not self._is_waiting and not self._is_full:
            self._answer(self._queue.popleft())
        if self._is_closing and not self._queue and not self._is_waiting:
            self._close()
        self._listen()

    def _answer(self, request: HttpRequest) -> None:
        server = self._server
        path = PATH if request.url == _PATH else _path(request.url)
        question = read_question(request.method, path, request.body)
        if isinstance(question, HttpResponse):
            self._send(request, server.encode_response(request, question))
            return
        ready = server.responder.ready_answer(question)
        if ready is not None:
            self._send_answer(request, ready)
            return
        self._is_waiting = True
        work = server.loop.run_in_executor(
            server.executor, server.responder.answer, question
        )
        work.add_done_callback(lambda done: self._go_on(request, done))

    def _go_on(self, request: HttpRequest, work: "asyncio.Future[OcspAnswer]") -> None:
        self._is_waiting = False
        if work.cancelled() or work.exception() is not None:
            self._refuse("500 Internal Server Error")
        else:
            self._send_answer(request, work.result())
        self._answer_next()

    def _send_answer(self, request: HttpRequest, answer: OcspAnswer) -> None:
        server = self._server
        if request.method == "POST":
            self._send(request, server.encode(request, answer))
            return
        response = make_response(
            answer, request.method, request.if_none_match, server.clock()
        )
        self._send(request, server.encode_response(request, response))

    def _refuse(self, status: str) -> None:
        request = HttpRequest(is_last=True)
        response = HttpResponse(status, [("Content-Length", "0")], b"")
        self._queue.clear()
        self._send(request, self._server.encode_response(request, response))

    def _send(self, request: HttpRequest, octets: bytes) -> None:
        self._deadline = self._server.loop.time() + IDLE_SECONDS
        self._write(octets)
        if request.is_last:
            self._is_closing = True
            self._queue.clear()

    def _write(self, octets: bytes) -> None:
        if self._transport is not None:
            self._transport.write(octets)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _listen(self) -> None:
        """Read on while nothing is to be done first."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        is_busy = self._is_waiting or self._is_full
        with suppress(RuntimeError):
            if is_busy and transport.is_reading():
                transport.pause_reading()
            elif not is_busy and not transport.is_reading():
                transport.resume_reading()


def _path(url: bytes) -> str:
    try:
        path: bytes = httptools.parse_url(url).path or b""
    except httptools.HttpParserInvalidURLError:
        return ""
    return unquote(path.decode("latin-1"), "latin-1")


def _head(response: HttpResponse) -> bytes:
    lines = [f"HTTP/1.1 {response.status}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def _end(request: HttpRequest) -> bytes:
    if request.is_last:
        return b"Connection: close\r\n\r\n"
    if request.version == "1.0":
        return b"Connection: keep-alive\r\n\r\n"
    return b"\r\n"
