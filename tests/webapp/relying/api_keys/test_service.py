"""An API key opens the call until it is ended; only its hash is kept."""

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.accounts.models import Operator
from webapp.audit.models import AuditEntry
from webapp.db import unit_of_work_on
from webapp.relying.api_keys import service
from webapp.relying.api_keys.errors import (
    ApiKeyFieldsError,
    ApiKeyRefusedError,
    ApiKeyRevokedError,
    ApiKeyUnknownError,
)

NEW = service.NewApiKey("Other bank", "Checks signatures of loans", 60)


@pytest.fixture
def operator_id(stored):
    return stored.scalars(select(Operator.id).limit(1)).one()


@pytest.fixture
def key_and_text(stored, operator_id, now):
    with unit_of_work_on(stored):
        return service.make_key(
            stored,
            NEW,
            operator_id=operator_id,
            chance=secrets.token_bytes(service.CHANCE),
            now=now,
        )


def test_the_text_of_a_key_opens_and_is_not_stored(stored, key_and_text):
    key, text = key_and_text

    assert service.authenticate(stored, text).id == key.id
    secret = text.rpartition("_")[2]
    columns = [getattr(key, name) for name in key.__table__.columns.keys()]  # noqa: SIM118
    assert secret not in map(str, columns)


@pytest.mark.parametrize("change", [lambda text: text[:-1] + "0", str.upper, str.strip])
def test_another_text_opens_nothing(stored, key_and_text, change):
    _key, text = key_and_text
    other = change(text) if change is not str.strip else f"{text} "

    if other != text:
        with pytest.raises(ApiKeyRefusedError):
            service.authenticate(stored, other)


@pytest.mark.parametrize("text", ["", "certferry__", "김하나", "x" * 10_000])
def test_what_is_no_key_is_refused(stored, text):
    with pytest.raises(ApiKeyRefusedError):
        service.authenticate(stored, text)


def test_an_ended_key_opens_nothing_and_is_ended_once(
    stored, key_and_text, operator_id, now
):
    key, text = key_and_text
    ending = {"operator_id": operator_id, "detail": {"reason": "misuse"}, "now": now}
    with unit_of_work_on(stored):
        service.revoke_key(stored, key, **ending)

    with pytest.raises(ApiKeyRefusedError):
        service.authenticate(stored, text)
    with pytest.raises(ApiKeyRevokedError):
        service.revoke_key(stored, key, **ending)


def test_making_and_ending_stand_in_the_log_without_the_secret(
    stored, key_and_text, operator_id, now
):
    key, text = key_and_text
    with unit_of_work_on(stored):
        service.revoke_key(
            stored, key, operator_id=operator_id, detail={"reason": "misuse"}, now=now
        )

    entries = stored.scalars(
        select(AuditEntry).where(AuditEntry.event.like("api_key.%"))
    ).all()
    assert [entry.event for entry in entries] == ["api_key.made", "api_key.revoked"]
    assert all(key.id in entry.detail for entry in entries)
    assert all(text.rpartition("_")[2] not in entry.detail for entry in entries)


def test_use_is_noted_once_a_minute(key_and_text, now):
    key, _text = key_and_text

    service.note_use(key, now)
    service.note_use(key, now + timedelta(seconds=59))
    assert key.used_at == now
    service.note_use(key, now + timedelta(seconds=60))

    assert key.used_at == now + timedelta(seconds=60)


def test_an_unknown_key_is_not_found(stored):
    with pytest.raises(ApiKeyUnknownError):
        service.find_key(stored, "0" * 16)


@pytest.mark.parametrize(
    "fields",
    [
        ("", "what for", "60"),
        ("name", "", "60"),
        ("n" * 61, "what for", "60"),
        ("name", "w" * 201, "60"),
        ("name", "what for", "0"),
        ("name", "what for", "6001"),
        ("name", "what for", "many"),
        ("name", "what for", "٦٠"),
    ],
)
def test_a_new_key_needs_all_its_fields(fields):
    with pytest.raises(ApiKeyFieldsError):
        service.parse_new_key(*fields)
