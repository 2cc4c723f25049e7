"""Requests of institutions, and devices that answer them as a browser does."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy.orm import Session

from webapp.certificates.models import Certificate
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import AuthorityKey
from webapp.relying.asking.contents import (
    Asker,
    Contents,
    Document,
    Documents,
    SignIn,
    from_json,
    hashes_of,
)
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.service import (
    Answer,
    AskingBrowser,
    ask,
    open_request,
    statement_of,
)
from webapp.relying.asking.statement import Statement

BANK = Asker("hangang-bank", "한강은행", "https://bank.example")
CENTRE = "http://127.0.0.1:8000"
NETWORK = "127.0.0.1"
LIFE = timedelta(minutes=5)
OPENER = "test"
CONTRACT = Document("계약서", hashlib.sha256(b"contract").digest())
RECEIPT = Document("영수증", hashlib.sha256(b"receipt").digest())
TWO_DOCUMENTS = Documents((CONTRACT, RECEIPT))


def make_request(
    session: Session,
    now: datetime,
    contents: Contents | None = None,
    *,
    asker: Asker = BANK,
    customer_id: int | None = None,
    opener: str = OPENER,
    network: str = NETWORK,
) -> str:
    """Have a request made that nobody saw; return its id."""
    with unit_of_work_on(session):
        asking = ask(
            session,
            asker,
            SignIn(b"state") if contents is None else contents,
            opener=opener,
            browser=AskingBrowser(network, "Chrome, Windows"),
            expires_at=now + LIFE,
            now=now,
            random=secrets.token_bytes,
            customer_id=customer_id,
        )
    return asking.request_id


def show_request(session: Session, request_id: str, now: datetime) -> AskingRequest:
    """Have a device shown a request."""
    with unit_of_work_on(session):
        return open_request(session, request_id, now=now)


def seen_request(
    session: Session, now: datetime, contents: Contents | None = None, **more: Any
) -> AskingRequest:
    """Have a request made and a device shown it; `more` is as of `make_request`."""
    return show_request(session, make_request(session, now, contents, **more), now)


def sign_messages(key: AuthorityKey, messages: Iterable[bytes]) -> tuple[bytes, ...]:
    """Sign as a browser does, each of some messages."""
    digests = [hashlib.sha256(message).digest() for message in messages]
    return tuple(sign_digest(key, digest) for digest in digests)


def sign_statement(key: AuthorityKey, statement: Statement) -> tuple[bytes, ...]:
    """Sign as a browser does: each message of a statement, and the hashes it is for."""
    hashes = hashes_of(statement.contents)
    own = sign_messages(key, statement.messages)
    return (*own, *(sign_digest(key, digest) for digest in hashes))


def answer_by(
    key: AuthorityKey,
    certificate: Certificate,
    request: AskingRequest,
    *,
    number: str = "",
    centre: str = CENTRE,
    network: str = NETWORK,
) -> Answer:
    """Return what a device answers that approves a request."""
    return Answer(
        serial=certificate.serial,
        signatures=sign_statement(key, statement_of(request, certificate, centre)),
        number=number,
        centre=centre,
        network=network,
    )


def sign_digest(key: AuthorityKey, digest: bytes) -> bytes:
    """Sign what has this SHA-256."""
    form = Prehashed(SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(digest, ec.ECDSA(form))
    return key.sign(digest, padding.PKCS1v15(), form)


def read_statement(fields: dict[str, Any]) -> Statement:
    """Return the statement that a vector of both languages writes."""
    asker = fields["asker"]
    return Statement(
        request_id=fields["requestId"],
        asker=Asker(asker["id"], asker["name"], asker["origin"]),
        contents=from_json(fields["contents"]),
        centre=fields["centre"],
        asked_at=datetime.fromtimestamp(fields["askedAt"], UTC),
        expires_at=datetime.fromtimestamp(fields["expiresAt"], UTC),
        fingerprint=fields["fingerprint"],
    )
