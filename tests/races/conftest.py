"""One centre on SQLite and one on PostgreSQL, on which everything is raced for."""

from dataclasses import replace

import pytest

from tests.races.world import ORIGIN, World
from tests.support.postgresql_server import PostgresqlServer
from webapp import db
from webapp.accounts.models import Role
from webapp.clock import utc_now
from webapp.demo import instance


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory):
    """The address of an empty database that takes many connections."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('race') / 'centre.db'}"
        return
    with PostgresqlServer() as server:
        yield server.make("races")


@pytest.fixture(scope="session")
def world(database_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("centre")
    demo_instance = instance.create_or_open(
        folder, public_url=ORIGIN, pki_url=ORIGIN, now=utc_now()
    )
    engine = db.make_engine(database_url)
    db.migrate(engine)
    engine.dispose()
    config = replace(
        demo_instance.config,
        database_url=database_url,
        rate_limits=False,
        require_phone_check=True,
        require_security_card=True,
        second_checks=("card", "one-time-code", "passkey"),
    )
    world = World(config)
    world.operator(Role.ADMINISTRATOR)
    yield world
    world.close()
