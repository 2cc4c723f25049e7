"""A small real centre for each test: its own folder, CA, database and customer."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.support.certificate_factory import CertificateFactory
from tests.webapp.browser_client import Browser
from webapp import create_app, db
from webapp.accounts.models import Customer
from webapp.clock import utc_now
from webapp.demo import instance

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory):
    """Make keys and tables once; tests copy the database."""
    folder = tmp_path_factory.mktemp("demo")
    demo_instance = instance.create_or_open(
        folder, public_url=URL, pki_url=URL, now=utc_now()
    )
    # A cheap hash of the same password: most tests only want somebody signed in.
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    engine = db.make_engine(demo_instance.config.database_url)
    with Session(engine) as session:
        session.execute(
            update(Customer).values(password_hash=cheap.hash(demo_instance.password))
        )
        session.commit()
    engine.dispose()
    return folder, demo_instance


@pytest.fixture
def config(demo_template, tmp_path):
    """The configuration of a centre with a database of its own.

    The newest list that it published lies beside its key: no two share that folder.
    """
    folder, demo_instance = demo_template
    keys = copytree(
        folder / "ca", tmp_path / "keys", ignore=ignore_patterns("issuing.crl*")
    )
    database = copy(folder / "certferry.db", tmp_path)
    Path(database).chmod(0o600)  # as a centre writes it
    return replace(
        demo_instance.config,
        database_url=f"sqlite:///{database}",
        issuing_key=keys / "issuing.key",
        rate_limits=False,
        require_phone_check=False,
        require_security_card=False,
        operator_second_factor="off",  # what concerns it turns it on
    )


@pytest.fixture
def password(demo_template):
    return demo_template[1].password


@pytest.fixture
def app(config):
    return create_app(config)


@pytest.fixture
def stored(app):
    """A session of the database, beside the centre's own."""
    with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
        yield session


@pytest.fixture
def visitor(app):
    return Browser(app.test_client())


@pytest.fixture
def customer(visitor, password):
    """A signed-in visitor."""
    visitor.sign_in("demo", password)
    return visitor


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def factory(app, stored):
    """Certificates of the demo's customer, at any moment of their life."""
    return CertificateFactory.of(app, stored)
