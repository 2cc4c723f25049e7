"""An institution whose program signs, and a person with an EC key and a phone."""

from datetime import timedelta

import pytest

from tests.support.cloud_signature import Program, access_token
from tests.support.openid import Bank, Person, register
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind


@pytest.fixture
def bank_of(app, stored, now):
    """Make an institution that may ask for signatures over hashes."""

    def make(*purposes, **fields):
        chosen = purposes or ("sign_in", "sign_hashes")
        institution, secret = register(stored, now, purposes=chosen, **fields)
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


@pytest.fixture
def program_of(app, now):
    """Have a person let an institution's program call."""

    def make(bank, person, scope="openid service"):
        return Program(app.test_client(), access_token(bank, person, now, scope))

    return make


@pytest.fixture
def program(program_of, bank, person):
    return program_of(bank, person)
