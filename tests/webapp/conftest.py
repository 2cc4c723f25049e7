"""A small real centre for each test: its own folder, CA, database and customer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.webapp.visitor import Visitor
from webapp import create_app, demo
from webapp.clock import utc_now

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory):
    """Make keys and tables once; tests copy the folder."""
    folder = tmp_path_factory.mktemp("demo")
    made = demo.prepare(folder, public_url=URL, pki_url=URL, now=utc_now())
    return folder, made


@pytest.fixture
def config(demo_template, tmp_path):
    """The configuration of a centre of its own."""
    from shutil import copytree

    folder, _ = demo_template
    copytree(folder, tmp_path / "instance")
    made = demo.prepare(
        tmp_path / "instance", public_url=URL, pki_url=URL, now=utc_now()
    )
    return replace(made.config, rate_limits=False)


@pytest.fixture
def password(demo_template):
    return demo_template[1].password


@pytest.fixture
def app(config):
    return create_app(config)


@pytest.fixture
def visitor(app):
    return Visitor(app.test_client())


@pytest.fixture
def customer(visitor, password):
    """A signed-in visitor."""
    visitor.sign_in("demo", password)
    return visitor


@pytest.fixture
def now():
    return datetime.now(UTC)
