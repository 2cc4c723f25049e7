"""A program that asks, and a person with a phone who answers."""

from datetime import timedelta

import pytest

from tests.support.asked_documents import SigningDevice
from tests.support.signing import make_program
from tests.webapp.browser_client import Browser
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.relying.asking.request_context import asking_key


@pytest.fixture
def program(app, stored, factory, now):
    return make_program(app.test_client(), stored, now)


@pytest.fixture
def other_program(app, stored, program, now):
    return make_program(
        app.test_client(),
        stored,
        now,
        name="다른은행",
        page="https://other.example/",
        redirect_uris="https://other.example/callback",
        post_logout_redirect_uris="",
        backchannel_logout_uri="",
        return_uris="https://other.example/answered",
        webhook_uri="",
    )


@pytest.fixture
def certificate_key():
    return new_key(KeyKind.P_256)


@pytest.fixture
def certificate(factory, now, certificate_key):
    return factory.issued(now - timedelta(days=1), key=certificate_key)


@pytest.fixture
def device_for(app, certificate, certificate_key):
    """Make the phone that has the code of a request."""

    def make(request_id):
        with app.test_request_context():
            key = asking_key()
        return SigningDevice(
            Browser(app.test_client()),
            certificate,
            certificate_key,
            asking_key=key,
            request_id=request_id,
        )

    return make


@pytest.fixture
def start(app):
    """Lead a person's browser to where a program was told to."""

    def lead(request_id):
        browser = Browser(app.test_client())
        answer = browser.client.get(f"/ask/for/{request_id}")
        assert (answer.status_code, answer.location) == (303, f"/ask/{request_id}")
        return browser

    return lead
