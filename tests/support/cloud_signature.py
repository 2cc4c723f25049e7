"""A program that knows the CSC API, and a person whose phone answers it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.asking import answer_by, show_request
from tests.support.openid import Bank, Person
from webapp.db import unit_of_work_on
from webapp.relying.asking import service as asking
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.openers import openers_of
from webapp.relying.asking.rules import State
from webapp.relying.asking.scan_code import number_check
from webapp.relying.cloud_signature.rules import ECDSA_SHA_256, SHA_256

BASE = "/csc/v1"
CLAIMS = ["signing_credentials"]


def encode(octets: bytes) -> str:
    """Return octets as the standard writes them."""
    return base64.b64encode(octets).decode()


def access_token(
    bank: Bank, person: Person, now: datetime, scope: str = "openid service"
) -> str:
    """Have a person sign in and agree; return the program's token."""
    answer = person.open(bank.address(scope=scope))
    answer = person.sign(answer.location, now) if "/ask/" in answer.location else answer
    if answer.location.startswith("/openid/consent/"):
        answer = person.agree(answer.location, claims=CLAIMS)
    code = answer.location.partition("code=")[2].partition("&")[0]
    token: str = bank.exchange(code).get_json()["access_token"]
    return token


@dataclass
class Program:
    """Calls for one person of one institution."""

    client: FlaskClient
    token: str = field(repr=False)

    def call(
        self, name: str, /, *, prefer: str = "wait=0", **body: Any
    ) -> TestResponse:
        """Call a method of the standard."""
        headers = {"Prefer": prefer, "Accept-Language": "en"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.client.post(f"{BASE}/{name}", json=body, headers=headers)

    def credential_ids(self) -> list[str]:
        """Return what it can have something signed with."""
        ids: list[str] = self.call("credentials/list").get_json()["credentialIDs"]
        return ids

    def authorize(
        self, credential_id: str, hashes: Sequence[bytes], /, **fields: Any
    ) -> TestResponse:
        """Ask for an authorization of hashes."""
        body = {
            "credentialID": credential_id,
            "numSignatures": len(hashes),
            "hash": [encode(digest) for digest in hashes],
            **fields,
        }
        return self.call("credentials/authorize", **body)

    def sign(
        self, credential_id: str, sad: str, hashes: Sequence[bytes], /, **fields: Any
    ) -> TestResponse:
        """Ask for the signatures of hashes."""
        body = {
            "credentialID": credential_id,
            "SAD": sad,
            "hash": [encode(digest) for digest in hashes],
            "hashAlgo": SHA_256,
            "signAlgo": ECDSA_SHA_256,
            **fields,
        }
        return self.call("signatures/signHash", **body)


def open_requests(
    session: Session, customer_id: int | None = None
) -> Sequence[AskingRequest]:
    """Return what programs wait for, of one person or all, the earliest first."""
    session.rollback()
    stmt = select(AskingRequest).where(
        AskingRequest.opener == "cloud_signature",
        AskingRequest.state.in_((State.MADE, State.SEEN)),
    )
    if customer_id is not None:
        stmt = stmt.where(AskingRequest.customer_id == customer_id)
    return session.scalars(stmt.order_by(AskingRequest.asked_at)).all()


def approve(person: Person, request_id: str, now: datetime) -> None:
    """Approve on the phone what a program asked for."""
    request = show_request(person.session, request_id, now)
    with unit_of_work_on(person.session):
        asking.approve(
            person.session,
            request_id,
            answer_by(person.key, person.certificate, request),
            issuer_id=person.certificate.issuer_id,
            numbers=number_check(b"k" * 32, request_id),
            openers=openers_of(person.client.application),
            now=now,
        )


def decline(person: Person, request_id: str, now: datetime) -> None:
    """Say no on the phone."""
    show_request(person.session, request_id, now)
    openers = openers_of(person.client.application)
    with unit_of_work_on(person.session):
        asking.decline(person.session, request_id, openers=openers, now=now)
