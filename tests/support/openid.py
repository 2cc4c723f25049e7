"""A bank that has people sign in, and a person who signs with a certificate's key."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.asking import answer_by, show_request
from webapp.accounts.models import Operator
from webapp.certificates.models import Certificate
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import AuthorityKey
from webapp.relying.asking import service as asking
from webapp.relying.asking.openers import openers_of
from webapp.relying.asking.scan_code import number_check
from webapp.relying.institutions import service
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.rules import parse_registration

CALLBACK = "https://bank.example/callback"
FIELDS = {
    "name": "한강은행",
    "reason": "Sign-in of its customers",
    "page": "https://bank.example/",
    "redirect_uris": f"{CALLBACK}\nhttps://bank.example/other",
    "post_logout_redirect_uris": "https://bank.example/bye",
    "backchannel_logout_uri": "https://bank.example/ended",
}
VERIFIER = "v" * 43


def register(
    session: Session,
    now: datetime,
    *,
    purposes: tuple[str, ...] = ("sign_in",),
    **fields: str,
) -> tuple[Institution, str]:
    """Register an institution; return it and its secret."""
    operator_id = session.scalars(select(Operator.id).limit(1)).one()
    registration = parse_registration(
        {**FIELDS, **fields}, purposes, allow_loopback=True
    )
    with unit_of_work_on(session):
        institution, secret = service.register(
            session,
            registration,
            operator_id=operator_id,
            chance=secrets.token_bytes(service.CHANCE),
            now=now,
        )
    return institution, secret or ""


def challenge_of(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Bank:
    """A relying party, as it talks to the centre."""

    client: FlaskClient
    id: str
    secret: str = field(repr=False)

    def parameters(self, **changes: str) -> dict[str, str]:
        """Return what it asks for; an empty change leaves a parameter out."""
        parameters = {
            "client_id": self.id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid profile certificate",
            "state": "s1",
            "nonce": "n1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value}

    def address(self, **changes: str) -> str:
        """Return where it sends a browser."""
        return f"/openid/authorize?{urlencode(self.parameters(**changes))}"

    def exchange(self, code: str, /, **changes: str) -> TestResponse:
        """Exchange a code."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.client.post("/openid/token", data=fields, auth=self.auth)

    def userinfo(self, token: str) -> TestResponse:
        """Ask what the person agreed to."""
        header = {"Authorization": f"Bearer {token}"}
        return self.client.get("/openid/userinfo", headers=header)

    @property
    def auth(self) -> tuple[str, str]:
        """How it proves who it is."""
        return self.id, self.secret


@dataclass
class Person:
    """Somebody with a browser, and a key on a device."""

    client: FlaskClient
    session: Session
    key: AuthorityKey
    certificate: Certificate

    def open(self, path: str) -> TestResponse:
        """Open an address, and follow no redirect."""
        return self.client.get(path, headers={"Accept": "text/html"})

    def sign(self, waiting: str, now: datetime) -> TestResponse:
        """Approve on the device what this browser waits for, and go on."""
        request_id = waiting.rsplit("/", 1)[-1]
        request = show_request(self.session, request_id, now)
        with unit_of_work_on(self.session):
            asking.approve(
                self.session,
                request_id,
                answer_by(
                    self.key,
                    self.certificate,
                    request,
                    network=request.browser_network,
                ),
                issuer_id=self.certificate.issuer_id,
                numbers=number_check(b"k" * 32, request_id),
                openers=openers_of(self.client.application),
                now=now,
            )
        return self.open(f"/openid/resume/{request_id}")

    def agree(self, path: str, answer: str = "yes", **fields: Any) -> TestResponse:
        """Read what will be told, and answer."""
        page = self.open(path)
        assert page.status_code == 200, page.text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        claims = fields.pop("claims", ["name", "birthdate", "certificate_fingerprint"])
        form = {
            "csrf_token": token[1] if token else "",
            "answer": answer,
            "claims": claims,
        }
        return self.client.post(path, data=form, headers={"Accept": "text/html"})

    def sign_in(self, bank: Bank, now: datetime, **changes: str) -> dict[str, str]:
        """Sign in at a bank; return what it reads in the address."""
        answer = self.open(bank.address(**changes))
        if answer.location.startswith("/ask/"):
            answer = self.sign(answer.location, now)
        if answer.location.startswith("/openid/consent/"):
            answer = self.agree(answer.location)
        return query_of(answer)


def query_of(answer: TestResponse) -> dict[str, str]:
    """Return the parameters with which a browser is led back to the bank."""
    assert answer.location, answer.text
    parts = urlsplit(answer.location)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK, answer.location
    return {name: values[0] for name, values in parse_qs(parts.query).items()}
