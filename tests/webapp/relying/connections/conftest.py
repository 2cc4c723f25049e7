"""A person who is signed in at the centre, and institutions that take people."""

import re

import pytest

from tests.support.openid import Bank, Person, register
from tests.support.receiver import Receiver, receiving
from tests.webapp.browser_client import Browser
from webapp.accounts.models import Customer
from webapp.clock import utc_now
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.relying.deliveries.loop import Courier, feed
from webapp.relying.delivery_kinds import FEEDS, KINDS


@pytest.fixture
def receiver():
    with receiving(Receiver()) as server:
        yield server


@pytest.fixture
def institution_of(stored, now, receiver):
    """Register an institution that takes people from the centre's page."""

    def make(name="가람은행", host="garam.example", **fields):
        return register(
            stored,
            now,
            **{
                "name": name,
                "page": f"https://{host}/",
                "redirect_uris": f"https://{host}/callback",
                "post_logout_redirect_uris": "",
                "backchannel_logout_uri": "",
                "events_uri": receiver.address("/events"),
                "joining_text": "계좌를 만들 때 써요",
                "joining_claims": "name certificate_fingerprint",
                **fields,
            },
        )[0]

    return make


@pytest.fixture
def bank(app, stored, now, receiver):
    institution, secret = register(stored, now, events_uri=receiver.address("/bank"))
    return Bank(app.test_client(), institution.id, secret)


@pytest.fixture
def person(app, stored, factory, now, password):
    """Somebody with a certificate, signed in at the centre in this browser."""
    key = new_key(KeyKind.P_256)
    certificate = factory.issued(now, key=key)
    person = Person(app.test_client(), stored, key, certificate)
    Browser(person.client).sign_in("demo", password)
    return person


@pytest.fixture
def send(person):
    """Send a form of a page that the person opened."""

    def submit(page, path, **fields):
        text = person.open(page).text
        token = re.search(r'name="csrf-token" content="([^"]+)"', text)[1]
        return person.client.post(path, data={"csrf_token": token, **fields})

    return submit


@pytest.fixture
def courier(app, config):
    engine = app.extensions["certferry.sessions"].kw["bind"]
    courier = Courier(
        engine=engine, config=config, kinds=KINDS, feeds=FEEDS, clock=utc_now
    )
    feed(courier)
    return courier


@pytest.fixture
def other_customer(stored, person):
    """Somebody else."""
    own = stored.get_one(Customer, person.certificate.customer_id)
    columns = [column.key for column in Customer.__mapper__.column_attrs]
    values = {name: getattr(own, name) for name in columns if name != "id"}
    unique = {"login_id": "other", "session_key": "x" * 32, "number": "9" * 10}
    with unit_of_work_on(stored):
        customer = Customer(**(values | unique))
        stored.add(customer)
    return customer
