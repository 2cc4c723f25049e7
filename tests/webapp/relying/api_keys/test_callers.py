"""A call with a key is counted by the key; a wrong key opens nothing."""

import base64
import secrets
from dataclasses import replace

import pytest
from sqlalchemy import select

from webapp import create_app
from webapp.accounts.models import Operator
from webapp.db import unit_of_work_on
from webapp.relying.api_keys.models import ApiKey
from webapp.relying.api_keys.service import CHANCE, NewApiKey, make_key
from webapp.relying.verification import service

BODY = {"document": base64.b64encode(b"nothing").decode()}


@pytest.fixture
def app(config, isolated, monkeypatch):
    monkeypatch.setattr(service, "IsolatedVerifier", lambda: isolated)
    return create_app(replace(config, rate_limits=True))


@pytest.fixture
def text(stored, now):
    """A key for two calls a minute."""
    operator_id = stored.scalars(select(Operator.id).limit(1)).one()
    with unit_of_work_on(stored):
        return make_key(
            stored,
            NewApiKey("Other bank", "Loans", 2),
            operator_id=operator_id,
            chance=secrets.token_bytes(CHANCE),
            now=now,
        )[1]


def call(app, authorization=None):
    headers = {"Authorization": authorization} if authorization else {}
    return app.test_client().post("/api/v1/verify", json=BODY, headers=headers)


def test_a_call_with_a_key_is_answered_and_its_use_noted(app, stored, text):
    reply = call(app, f"Bearer {text}")

    assert reply.status_code == 200
    assert stored.scalars(select(ApiKey.used_at)).one() is not None


def test_the_calls_of_a_key_end_with_its_number_and_others_go_on(app, text):
    statuses = [call(app, f"Bearer {text}").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert call(app).status_code == 200


@pytest.mark.parametrize(
    "authorization", ["Bearer nonsense", "Bearer ", "Basic dTpw", "Bearer {text}0"]
)
def test_a_wrong_key_is_refused_whatever_is_wrong(app, text, authorization):
    reply = call(app, authorization.replace("{text}", text))

    assert (reply.status_code, reply.get_json()["code"]) == (401, "api_key_refused")


def test_guessing_keys_is_counted_by_the_address(app):
    statuses = [call(app, "Bearer nonsense").status_code for _ in range(21)]

    assert statuses == [401] * 20 + [429]
