"""A centre whose verifier is a process that all tests of a run share."""

import pytest

from webapp import create_app
from webapp.relying.verification import service
from webapp.relying.verification.isolation import IsolatedVerifier


@pytest.fixture(scope="session")
def isolated():
    verifier = IsolatedVerifier()
    yield verifier
    verifier.close()


@pytest.fixture
def app(config, isolated, monkeypatch):
    monkeypatch.setattr(service, "IsolatedVerifier", lambda: isolated)
    return create_app(config)
