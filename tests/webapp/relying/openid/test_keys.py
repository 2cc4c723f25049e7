"""Keys are made in time, published before they sign, and forgotten."""

import secrets
from datetime import timedelta

import pytest

from webapp.authenticators.encryption import OtherKeyError
from webapp.db import unit_of_work_on
from webapp.relying.openid import keys

SEAL = b"s" * 32
DAY = timedelta(days=1)


def prepare(stored, now):
    with unit_of_work_on(stored):
        return keys.prepare(stored, SEAL, secrets.token_bytes, now)


def test_a_key_is_published_a_day_before_it_signs(stored, now):
    prepare(stored, now)
    first = keys.current_key(stored, SEAL, now).kid

    assert not prepare(stored, now + 89 * DAY)
    assert prepare(stored, now + 91 * DAY)
    assert keys.current_key(stored, SEAL, now + 91 * DAY).kid == first
    assert len(keys.published_keys(stored, now + 91 * DAY)["keys"]) == 2
    assert keys.current_key(stored, SEAL, now + 92 * DAY).kid != first


def test_an_old_key_is_forgotten(stored, now):
    for days in (0, 91, 182):
        prepare(stored, now + days * DAY)

    assert len(keys.published_keys(stored, now + 182 * DAY)["keys"]) == 2


def test_what_is_published_has_no_private_part(stored, now):
    prepare(stored, now)

    (key,) = keys.published_keys(stored, now)["keys"]

    assert set(key) == {"kty", "kid", "alg", "use", "n", "e"}


def test_another_seal_opens_no_key(stored, now):
    prepare(stored, now)

    with pytest.raises(OtherKeyError):
        keys.current_key(stored, b"t" * 32, now)


def test_a_key_is_opened_once_for_many_tokens(stored, now, monkeypatch):
    """Reading a private key costs ten times what a signature does."""
    prepare(stored, now)
    first = keys.current_key(stored, SEAL, now)
    monkeypatch.setattr(keys, "decrypt", None)  # what would be called again

    assert keys.current_key(stored, SEAL, now) is first
