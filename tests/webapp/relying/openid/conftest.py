"""A bank that is registered, and a person with a certificate."""

from datetime import timedelta

import pytest

from tests.support.openid import Bank, Person, register
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind


@pytest.fixture
def bank_of(app, stored, now):
    """Make a bank; each has a program of its own."""

    def make(**fields):
        institution, secret = register(stored, now, **fields)
        return Bank(app.test_client(), institution.id, secret)

    return make


@pytest.fixture
def bank(bank_of):
    return bank_of()


@pytest.fixture
def person(app, stored, factory, now):
    key = new_key(KeyKind.P_256)
    certificate = factory.issued(now - timedelta(days=1), key=key)
    return Person(app.test_client(), stored, key, certificate)
