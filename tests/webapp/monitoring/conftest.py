"""A centre that whoever has the token may watch."""

from dataclasses import replace

import pytest

from webapp.values.secret import Secret

TOKEN = Secret("0123456789abcdef" * 2)
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def config(config):
    return replace(config, metrics_token=TOKEN)


@pytest.fixture
def client(app):
    return app.test_client()
