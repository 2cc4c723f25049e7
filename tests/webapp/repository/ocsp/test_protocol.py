"""The responder on connections that stay: the same answers as in front of the site."""

import asyncio
import base64
import http.client
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import quote

import pytest
from cryptography.x509 import ocsp
from werkzeug.test import Client

from webapp.clock import utc_now
from webapp.pki.services.ocsp import IssuerHashes, build_request
from webapp.repository.ocsp import protocol
from webapp.repository.ocsp.endpoint import OcspEndpoint
from webapp.repository.ocsp.protocol import OcspServer
from webapp.repository.ocsp.responder import OcspResponder

TIMEOUT = 20


class RunningServer:
    """The server on a port of its own, in a thread, until the block is left."""

    def __init__(self, responder):
        self._responder, self.ready = responder, threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()))

    def __enter__(self):
        self._thread.start()
        assert self.ready.wait(TIMEOUT)
        return self

    def __exit__(self, *_error):
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(TIMEOUT)

    async def serve(self):
        """Serve until the block is left."""
        self.loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        with ThreadPoolExecutor(2) as executor:
            self.ocsp = OcspServer(self._responder, executor, utc_now)
            server = await self.loop.create_server(self.ocsp.protocol, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await self._stop.wait()
            server.close()
            await self.ocsp.close(0.1)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def call(self, work):
        """Do something in the server's thread."""

        async def call():
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(TIMEOUT)


@pytest.fixture
def responder(app):
    ca = app.extensions["certferry.ca"]
    sessions = app.extensions["certferry.sessions"]
    return OcspResponder(ca.authority, ca.services, sessions, utc_now)


@pytest.fixture
def server(responder):
    with RunningServer(responder) as running:
        yield running


@pytest.fixture
def questions(app, factory, now):
    """Requests for three certificates."""
    hashes = IssuerHashes.of(app.extensions["certferry.ca"].authority.certificate)
    serials = [int(factory.issued(now).serial, 16) for _ in range(3)]
    return [build_request([hashes.cert_id(serial)]) for serial in serials]


def post(body):
    return (
        b"POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body


def in_path(question):
    return f"/ocsp/{quote(base64.b64encode(question).decode(), safe='')}"


def read_until_closed(line):
    return b"".join(iter(lambda: line.recv(65536), b""))


def read_until_reset(line):
    content = b""
    with suppress(ConnectionResetError):
        while octets := line.recv(65536):
            content += octets
    return content


def read_responses(line, count):
    """Return so many bodies that come on a connection."""
    content, bodies = b"", []
    while len(bodies) < count:
        head, end, rest = content.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        if end and length and len(rest) >= int(length[1]):
            bodies.append(rest[: int(length[1])])
            content = rest[int(length[1]) :]
            continue
        more = line.recv(65536)
        assert more, "closed too early"
        content += more
    return bodies


def serial_in(body):
    return ocsp.load_der_ocsp_response(body).serial_number


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/ocsp", {}),
        ("POST", "/ocsp/", {}),
        ("GET", "{question}", {}),
        ("HEAD", "{question}", {}),
        ("GET", "{question}", {"If-None-Match": "*"}),
        ("GET", "/ocsp/%2F%2Fno-request", {}),
        ("PUT", "/ocsp", {}),
        ("DELETE", "{question}", {}),
        ("GET", "/", {}),
        ("POST", "/ocspx", {}),
        ("GET", "//ocsp/", {}),
    ],
)
def test_it_says_what_is_said_in_front_of_the_site(
    server, responder, questions, method, path, headers
):
    path = path.format(question=in_path(questions[0]))
    body = questions[0] if method in ("POST", "PUT") else None
    site = Client(OcspEndpoint(responder, utc_now))
    expected = site.open(path, method=method, data=body, headers=headers)

    connection = http.client.HTTPConnection("127.0.0.1", server.port, TIMEOUT)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content, sent = response.read(), dict(response.headers)

    connection.close()
    assert sent.pop("Date")
    assert (response.status, content) == (expected.status_code, expected.data)
    assert sent == dict(expected.headers)


def test_a_connection_stays_and_its_requests_are_answered_in_order(server, questions):
    asked = [*questions, *questions[::-1]]  # some are ready, some are looked for
    with server.connect() as line:
        line.sendall(b"".join(map(post, asked)))
        bodies = read_responses(line, len(asked))

        assert [serial_in(body) for body in bodies[:3]] == [
            serial_in(body) for body in bodies[:2:-1]
        ]
        line.sendall(post(questions[0]))
        assert read_responses(line, 1)[0] == bodies[0]


def test_a_request_may_come_octet_by_octet_and_in_chunks(server, questions):
    body = questions[0]
    chunked = b"POST /ocsp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (body[:5], len(body) - 5, body[5:])
    with server.connect() as line:
        for octet in post(body):
            line.sendall(bytes([octet]))
        line.sendall(chunked)
        first, second = read_responses(line, 2)

    assert first == second
    assert serial_in(first)


@pytest.mark.parametrize(
    ("request_line", "stays"), [(b"HTTP/1.0\r\n", False), (b"HTTP/1.1\r\n", True)]
)
def test_an_older_client_is_hung_up_on_unless_it_wants_to_stay(
    server, questions, request_line, stays
):
    message = post(questions[0]).replace(b"HTTP/1.1\r\n", request_line)
    with server.connect() as line:
        line.sendall(message)
        if stays:
            line.sendall(message.replace(b"Host: a", b"Connection: close"))
        content = read_until_closed(line)
    with server.connect() as line:
        line.sendall(message.replace(b"Host: a", b"Connection: keep-alive"))
        read_responses(line, 1)
        line.sendall(message.replace(b"Host: a", b"Connection: close"))
        assert b"Connection: close" in read_until_closed(line)

    assert content.count(b"200 OK") == 1 + stays
    assert content.count(b"Connection: close") == 1


def test_who_waits_to_be_told_to_go_on_is_told(server, questions):
    head, _, body = post(questions[0]).partition(b"\r\n\r\n")
    with server.connect() as line:
        line.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 100 Continue")
        line.sendall(body)
        assert serial_in(read_responses(line, 1)[0])


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"no HTTP\r\n\r\n", b"400"),
        (b"POST /ocsp HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (
            b"POST /ocsp HTTP/1.1\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"400",
        ),
        (
            b"GET /ocsp HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            b"200",
        ),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", b"404"),
    ],
)
def test_what_is_no_plain_request_is_refused_and_hung_up_on(server, message, status):
    with server.connect() as line:
        line.sendall(message)
        content = read_until_closed(line)

    assert content.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "message",
    [
        b"GET /ocsp HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000,
        post(b"0" * 2_000_000),
    ],
    ids=["head", "body"],
)
def test_who_sends_without_end_is_hung_up_on(server, message):
    with server.connect() as line:
        with suppress(ConnectionError):  # before all was sent
            line.sendall(message)
        assert b"200 OK" not in read_until_reset(line)


@pytest.mark.parametrize("size", [8193, 20_000, 1_000_000])
def test_a_body_that_is_too_large_is_no_request(server, size):
    with server.connect() as line:
        line.sendall(post(b"0" * size))
        body = read_responses(line, 1)[0]

    answer = ocsp.load_der_ocsp_response(body)
    assert answer.response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_who_does_not_finish_a_request_is_hung_up_on(server, questions, monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.0)
    with server.connect() as slow, server.connect() as waiting:
        waiting.sendall(post(questions[0]))
        read_responses(waiting, 1)
        slow.sendall(post(questions[0])[:-1])
        while True:
            server.call(server.ocsp.close_overdue)
            if server.call(lambda: len(server.ocsp.connections)) == 1:
                break
        assert read_until_reset(slow) == b""
        waiting.sendall(post(questions[0]))
        assert read_responses(waiting, 1)


def test_there_are_no_more_connections_than_there_may_be(server, monkeypatch):
    monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 1)
    with server.connect() as first:
        first.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        read_responses(first, 1)
        with server.connect() as second:
            assert read_until_reset(second) == b""
