"""Orders for certificates, made beforehand, and the clients that send them."""

import base64
import hashlib
import secrets
import socket
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert
from sqlalchemy.orm import Session

from mobile_bridge.npki.identity import RANDOM_NUMBER_BYTES
from mobile_bridge.npki.identity_seal import SealKey, seal_random_number
from webapp import db
from webapp.accounts.models import Customer
from webapp.ca.identity_key import identity_key
from webapp.ca.material import load_ca_material
from webapp.clock import utc_now
from webapp.config import Config
from webapp.demo import people
from webapp.enrolment.guards import STEP_TIMEOUT
from webapp.enrolment.models import Application
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION

TYPE = "personal-sign"
TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """One certificate: when it was asked for and had, and its hash."""

    sent_at: float
    had: float
    digest: bytes


def make_request() -> bytes:
    """Return a PKCS#10 request for a new P-256 key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def prepare(config: Config, signing_requests: list[bytes]) -> list[bytes]:
    """Store a customer with a ready application for each; return HTTP requests."""
    numbers = range(1000, 1000 + len(signing_requests))
    customers = [_customer(number) for number in numbers]
    applications = [_application(number) for number in numbers]
    engine = db.make_engine(config.database_url)
    with Session(engine) as session:
        session.execute(insert(Customer), customers)
        session.execute(insert(Application), applications)
        session.commit()
    engine.dispose()
    public = _identity_key(config).public
    signer = Flask(__name__)
    signer.config.update(SECRET_KEY=str(config.secret_key), WTF_CSRF_TIME_LIMIT=None)
    return [
        _message(
            signer,
            config,
            customer["session_key"],
            application["id"],
            request=der,
            sealed=seal(public, str(application["id"]), der),
        )
        for customer, application, der in zip(
            customers, applications, signing_requests, strict=True
        )
    ]


def drive(
    messages: list[bytes], *, pool: ProcessPoolExecutor, port: int, clients: int
) -> list[Answer]:
    """Share the messages out among the clients; return when all are answered."""
    start = time.monotonic() + 0.5  # by then every process has its connection
    shares = [messages[number::clients] for number in range(clients)]
    running = [pool.submit(client, port, share, start) for share in shares]
    return list(chain.from_iterable(one.result() for one in running))


def client(port: int, messages: list[bytes], start: float) -> list[Answer]:
    """Send requests one after the other, from `start` on, over one connection."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        time.sleep(max(0.0, start - time.monotonic()))
        answers = []
        for message in messages:
            sent_at = time.monotonic()
            wire.sendall(message)
            body = _body(wire)
            had = time.monotonic()
            answers.append(Answer(sent_at, had, hashlib.sha256(body).digest()))
        return answers


def _customer(number: int) -> dict[str, object]:
    now = utc_now()
    return {
        "id": number,
        "login_id": f"customer-{number}",
        "password_hash": "none",
        "session_key": secrets.token_hex(16),
        "name": "김하나",
        "latin_name": "KIM HANA",
        "birth_date": people.BIRTH_DATE,
        "number": f"{number:016d}",
        "created_at": now,
    }


def _application(customer_id: int) -> dict[str, object]:
    now = utc_now()
    return {
        "id": secrets.token_urlsafe(16),
        "customer_id": customer_id,
        "started_at": now,
        "expires_at": now + STEP_TIMEOUT,
        "terms_version": TERMS_VERSION,
        "terms_accepted_at": now,
        "privacy_version": PRIVACY_VERSION,
        "privacy_accepted_at": now,
        "identity_confirmed_at": now,
        "type_id": TYPE,
    }


def seal(public: bytes, application_id: str, request: bytes) -> bytes:
    """Return a new R, sealed as a browser does."""
    return seal_random_number(
        public,
        secrets.token_bytes(RANDOM_NUMBER_BYTES),
        request=request,
        application_id=application_id,
    )


def _identity_key(config: Config) -> SealKey:
    return identity_key(load_ca_material(config).issuing)


def _message(
    signer: Flask,
    config: Config,
    session_key: object,
    application: object,
    *,
    request: bytes,
    sealed: bytes,
) -> bytes:
    with signer.test_request_context():
        cookie["_user_id"] = session_key
        cookie["began"] = int(time.time())  # as webapp/web/login_session.py does
        token = generate_csrf()
        # The interface that Flask has unless told otherwise (flask.sessions).
        sessions = cast("SecureCookieSessionInterface", signer.session_interface)
        serializer = sessions.get_signing_serializer(signer)
        if serializer is None:
            raise ValueError("a centre without a secret key signs no cookie")
        signed = serializer.dumps(dict(cookie))
    host = config.public_url.partition("://")[2]
    head = (
        f"POST /certificates HTTP/1.1\r\nHost: {host}\r\n"
        "Accept: application/pkix-cert\r\nContent-Type: application/pkcs10\r\n"
        f"Content-Length: {len(request)}\r\nCookie: session={signed}\r\n"
        f"X-CSRFToken: {token}\r\nApplication-Id: {application}\r\n"
        f"Idempotency-Key: {secrets.token_urlsafe(24)}\r\n"
        f"Sealed-Random-Number: {base64.b64encode(sealed).decode()}\r\n\r\n"
    )
    return head.encode() + request


def _body(wire: socket.socket) -> bytes:
    came = wire.recv(65536)
    while b"\r\n\r\n" not in came:
        came += wire.recv(65536)
    head, _, body = came.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 "), came
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += wire.recv(65536)
    return body
