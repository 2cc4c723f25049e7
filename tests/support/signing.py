"""A program of an institution that calls the signing API, and its people's devices."""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.openid import register
from webapp.relying.institutions.models import Institution

RETURN = "https://bank.example/answered"
HOOK = "https://bank.example/hook"
ALL = ("sign_in", "sign_documents", "consent", "prove")
PATH = "/api/v1/requests"


@dataclass
class Program:
    """A program with the secret of its institution."""

    client: FlaskClient
    institution: Institution
    secret: str

    @property
    def auth(self) -> tuple[str, str]:
        """How it proves who it is."""
        return self.institution.id, self.secret

    def make(self, key: str | None = None, /, **fields: Any) -> TestResponse:
        """Make a request; of nobody by name, unless the fields say for whom."""
        body = {"purpose": "sign_in", "return_uri": RETURN, **fields}
        return self.send({k: v for k, v in body.items() if v is not None}, key)

    def send(self, body: object, key: str | None = None) -> TestResponse:
        """Send a body, whatever it is."""
        headers = {} if key is None else {"Idempotency-Key": key}
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(
            PATH,
            data=data,
            content_type="application/json",
            headers=headers,
            auth=self.auth,
        )

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read what is below the address of the calls."""
        return self.client.get(f"{PATH}/{path}", auth=self.auth, headers=headers)

    def withdraw(self, request_id: str) -> TestResponse:
        """Take a request back."""
        return self.client.post(f"{PATH}/{request_id}/withdraw", auth=self.auth)


def make_program(
    client: FlaskClient,
    session: Session,
    now: datetime,
    *,
    purposes: tuple[str, ...] = ALL,
    **fields: str,
) -> Program:
    """Register an institution with a program."""
    addresses = {"return_uris": RETURN, "webhook_uri": HOOK}
    institution, secret = register(
        session, now, purposes=purposes, **{**addresses, **fields}
    )
    return Program(client, institution, secret)


def encoded(content: bytes) -> str:
    """Return bytes as a body carries them."""
    return b64encode(content).decode()
