"""A terminal asks only whom it knows, and believes nothing else."""

import json
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from mobile_bridge.device.http_client import (
    CentreError,
    OfflineError,
    RelayHttpClient,
    UnexpectedReplyError,
    UntrustedError,
    parse_origin,
)
from tests.support.terminals import FaultyServer

ANSWERS = {
    "fine": (200, b'{"ok":true,"a":1}'),
    "over": (410, b'{"ok":false,"code":"ended"}'),
    "away": (502, b"<html>"),
    "page": (200, b"<html>"),
    "long": (200, b'{"ok":true,"a":"' + b"a" * 300_000 + b'"}'),
    "list": (200, b"[]"),
    "moved": (302, b""),
}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = ANSWERS[self.path.rpartition("/")[2]]
        self.send_response(status)
        self.send_header("Location", "https://elsewhere.example/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def somebody():
    """Give a server of HTTP and how to begin it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def root(somebody, tmp_path):
    """Let the server speak TLS with a certificate of its own; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "demo")])
    now = datetime.now(UTC)
    here = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "root.pem"
    pem = certificate.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    somebody.socket = context.wrap_socket(somebody.socket, server_side=True)
    return file


def address(server, scheme="http"):
    return f"{scheme}://127.0.0.1:{server.server_port}"


def test_what_the_relay_says_comes_back(somebody):
    door = RelayHttpClient(address(somebody))

    assert door.post("fine", {}).content == json.loads(ANSWERS["fine"][1])
    assert door.post("over", {}).code == "ended"


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ("away", OfflineError),
        ("page", UnexpectedReplyError),
        ("long", UnexpectedReplyError),
        ("list", UnexpectedReplyError),
        ("moved", UnexpectedReplyError),
    ],
)
def test_whoever_answers_otherwise_is_not_believed(somebody, event, error):
    with pytest.raises(error):
        RelayHttpClient(address(somebody)).post(event, {"token": "hidden"})


def test_nobody_there_is_a_cut_that_shows_nothing(somebody):
    where = address(somebody)
    somebody.socket.close()

    with pytest.raises(OfflineError) as cut:
        RelayHttpClient(where).post("fine", {"token": "hidden"})
    assert cut.value.__cause__ is None
    assert "hidden" not in str(cut.value)


PATIENCE = 8
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
FINE = HEAD + b'Content-Length: 11\r\n\r\n{"ok":true}'


def without_end(first, piece, pause):
    """Return an answer that begins and goes on for longer than anybody waits."""

    def answer(line):
        line.sendall(first)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            line.sendall(piece)
            time.sleep(pause)

    return answer


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
        (CHUNKS, b"1\r\n \r\n"),
        (HEAD, b"X"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_an_answer_in_small_pieces_has_one_time_for_all_of_them(first, piece):
    with FaultyServer.answering(without_end(first, piece, 0.05)) as server_stub:
        began = time.monotonic()
        with pytest.raises(OfflineError):
            RelayHttpClient(server_stub.address).post("show", {}, within=0.5)

    assert time.monotonic() - began < 2


def test_an_answer_that_is_too_long_is_not_read_to_its_end():
    whole = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with FaultyServer.answering(without_end(CHUNKS, whole, 0)) as server_stub:
        began = time.monotonic()
        with pytest.raises(UnexpectedReplyError):
            RelayHttpClient(server_stub.address).post("show", {})

    assert time.monotonic() - began < 5


def test_a_line_is_kept_after_a_whole_answer():
    with FaultyServer.answering(lambda line: line.sendall(FINE)) as server_stub:
        door = RelayHttpClient(server_stub.address)
        codes = [door.post("show", {}).code for _ in range(3)]

    assert codes == ["", "", ""]
    assert server_stub.connections == 1


def test_an_unknown_root_is_not_trusted_and_the_given_one_is(somebody, root):
    where = address(somebody, "https")

    with pytest.raises(UntrustedError):
        RelayHttpClient(where).post("fine", {})
    assert RelayHttpClient(where, ca=str(root)).post("fine", {}).code == ""


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://ca.example", "https://ca.example"),
        (" https://CA.example:443/ ", "https://ca.example"),
        ("https://ca.example:8443", "https://ca.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost", "http://localhost"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://인증.example", "https://xn--lu5b82b.example"),
    ],
)
def test_a_centre_is_written_as_a_browser_writes_it(text, origin):
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *("", "ca.example", "ftp://ca.example", "https://", "https://a:99999"),
        *("https://me@ca.example", "https://ca.example/p", "https://ca.example?x"),
        *("http://ca.example", "http://192.168.0.2:8000", "https://[::1"),
    ],
)
def test_what_is_no_address_of_a_centre_is_refused(text):
    with pytest.raises(CentreError):
        parse_origin(text)
