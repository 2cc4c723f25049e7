"""A bank that holds a certificate, and a real server of its own that hears of it."""

import pytest

from tests.support.deliveries import read_token
from tests.support.openid import Bank, Person, register
from tests.support.receiver import Receiver, receiving
from webapp.clock import utc_now
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.relying.deliveries.loop import Courier, deliver_due, feed
from webapp.relying.delivery_kinds import FEEDS, KINDS


@pytest.fixture
def receiver():
    with receiving(Receiver()) as server:
        yield server


@pytest.fixture
def bank_of(app, stored, now, receiver):
    """Make a bank that hears of events."""

    def make(**fields):
        addresses = {
            "events_uri": receiver.address("/events"),
            "backchannel_logout_uri": "",
            **fields,
        }
        institution, secret = register(stored, now, **addresses)
        return Bank(app.test_client(), institution.id, secret)

    return make


@pytest.fixture
def bank(bank_of):
    return bank_of()


@pytest.fixture
def person(app, stored, factory, now):
    key = new_key(KeyKind.P_256)
    certificate = factory.issued(now, key=key)
    return Person(app.test_client(), stored, key, certificate)


@pytest.fixture
def courier(app, config):
    engine = app.extensions["certferry.sessions"].kw["bind"]
    courier = Courier(
        engine=engine, config=config, kinds=KINDS, feeds=FEEDS, clock=utc_now
    )
    feed(courier)  # the log up to here is old news
    return courier


@pytest.fixture
def holding(bank, person, courier, now):
    """The bank, where the person signed in and agreed to all that it asks for."""
    person.sign_in(bank, now)
    return bank


@pytest.fixture
def hear(app, courier, receiver):
    """Have all sent that is due; return what arrived since the last time."""
    heard = []

    def read(audience):
        deliver_due(courier)
        new = receiver.posts[len(heard) :]
        heard.extend(new)
        return [read_token(app.test_client(), post, audience) for post in new]

    return read
