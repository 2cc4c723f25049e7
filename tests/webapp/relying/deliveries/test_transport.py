"""Hostile addresses: a redirect, a slow and a huge answer, names that lead inside."""

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.support.receiver import Receiver, raw_server, receiving
from webapp.pki.authority import make_root
from webapp.pki.tls_certificate import make_server_certificate
from webapp.relying.deliveries import transport
from webapp.relying.deliveries.rules import Failure, Post, Reach

POST = Post(body=b"x", content_type="text/plain")
DEMO = Reach(is_demo=True)


def test_a_redirect_is_not_followed(receiver):
    with receiving(Receiver()) as inside:
        receiver.answer = lambda _post: (307, {"Location": inside.address()}, b"")

        answer = transport.send(receiver.address(), POST, DEMO)

    assert (answer.status, inside.posts) == (307, [])


def test_only_the_first_of_a_huge_answer_is_read(receiver):
    receiver.answer = lambda _post: (400, {"Content-Type": "a/b"}, b"y" * 10**7)

    answer = transport.send(receiver.address(), POST, DEMO)

    assert answer.status == 400
    assert answer.body == b"y" * transport.MAX_ANSWER
    assert answer.content_type == "a/b"


@pytest.mark.parametrize(
    "begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 C\r\n"]
)
def test_an_answer_that_comes_byte_by_byte_ends_in_time(begin):
    def drip(connected):
        connected.sendall(begin)
        for _second in range(200):
            connected.sendall(b"a")
            time.sleep(0.05)

    with raw_server(drip) as port:
        began = time.monotonic()
        address = f"http://127.0.0.1:{port}/"
        answer = transport.send(address, POST, DEMO, deadline=0.5)

    assert answer.failure is Failure.TIME
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "reply", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100]
)
def test_what_is_no_answer_is_none(reply):
    def serve(connected):
        connected.recv(4096)
        connected.sendall(reply)

    with raw_server(serve) as port:
        answer = transport.send(f"http://127.0.0.1:{port}/", POST, DEMO)

    assert (answer.status, answer.failure) == (0, Failure.ANSWER)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "http://[::1]:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f.1:{port}/",
        "ftp://127.0.0.1:{port}/",
    ],
)
def test_this_machine_is_not_told(receiver, address):
    answer = transport.send(address.format(port=receiver.port), POST, Reach())

    assert answer.failure in (Failure.ADDRESS, Failure.NAME)
    assert receiver.posts == []


def test_a_network_that_is_named_is_told(receiver):
    reach = Reach(networks=("127.0.0.0/8",))

    assert transport.send(receiver.address(), POST, reach).status == 204


def test_a_name_is_looked_up_once_and_what_was_looked_at_is_connected_to(
    receiver, monkeypatch
):
    """A name that leads elsewhere a moment later leads nowhere (DNS rebinding)."""
    lookups = []
    true_lookup = socket.getaddrinfo

    def look_up(host, port, *args, **options):
        if host != "bank.example":
            return true_lookup(host, port, *args, **options)
        lookups.append(host)
        inside = "127.0.0.1" if len(lookups) > 1 else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (inside, port))]

    connected = []

    def connect(address, timeout):
        connected.append(address)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    reach = Reach(networks=("192.0.2.0/24",))
    answer = transport.send(f"https://bank.example:{receiver.port}/", POST, reach)

    assert answer.failure is Failure.CONNECTION
    assert lookups == ["bank.example"]
    assert connected == [("192.0.2.1", receiver.port)]


def test_a_name_with_one_address_inside_is_not_told(monkeypatch):
    entries = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: entries)

    answer = transport.send("https://bank.example/", POST, Reach())

    assert answer.failure is Failure.ADDRESS


def test_of_a_name_s_addresses_the_one_that_listens_is_told(receiver, monkeypatch):
    entries = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", receiver.port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", fake_lookup(entries))

    answer = transport.send(receiver.address(host="bank.example"), POST, DEMO)

    assert answer.status == 204


def fake_lookup(entries):
    """Return a look-up that knows one name, and asks the true one for others."""
    true_lookup = socket.getaddrinfo

    def look_up(host, *args, **options):
        if host == "bank.example":
            return entries
        return true_lookup(host, *args, **options)

    return look_up


def test_a_name_that_nobody_has_is_said(monkeypatch):
    def look_up(*_args, **_options):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    answer = transport.send("https://bank.example/", POST, Reach())

    assert answer.failure is Failure.NAME


@pytest.fixture
def tls_server(tmp_path):
    """A server with TLS that answers, and the file of the root that certifies it."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    root = make_root(now - timedelta(days=1), serial=1)
    certificate = make_server_certificate(
        root,
        key.public_key(),
        names=["127.0.0.1", "localhost"],
        serial=2,
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=1),
    )
    files = {name: tmp_path / f"{name}.pem" for name in ("root", "server", "key")}
    files["root"].write_bytes(root.certificate.public_bytes(Encoding.PEM))
    files["server"].write_bytes(certificate.public_bytes(Encoding.PEM))
    files["key"].write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["server"], files["key"])

    def serve(connected):
        with context.wrap_socket(connected, server_side=True) as secured:
            request = secured.recv(4096)
            # Head and body come apart; what is left unread would reset the line.
            while not request.endswith(POST.body):
                request += secured.recv(4096)
            secured.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    with raw_server(serve) as port:
        yield port, files["root"]


def test_a_certificate_that_nobody_trusts_ends_it(tls_server):
    answer = transport.send(f"https://127.0.0.1:{tls_server[0]}/", POST, DEMO)

    assert answer.failure is Failure.CERTIFICATE


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_demo_trusts_its_own_root(tls_server, host):
    port, root = tls_server
    reach = Reach(is_demo=True, trusted_root=root)

    assert transport.send(f"https://{host}:{port}/", POST, reach).status == 202


def test_a_certificate_for_another_name_ends_it(tls_server, monkeypatch):
    port, root = tls_server
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    monkeypatch.setattr(socket, "getaddrinfo", fake_lookup([entry]))
    reach = Reach(is_demo=True, trusted_root=root)

    answer = transport.send(f"https://bank.example:{port}/", POST, reach)

    assert answer.failure is Failure.CERTIFICATE
