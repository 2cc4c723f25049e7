"""Every command says in a sentence what is wrong with a PostgreSQL database."""

import os
import subprocess
import sys

import pytest
import structlog
from click.testing import CliRunner
from sqlalchemy import text

from tests.deploy.centre import BARE, ROOT, settings
from tests.support.postgresql_server import PostgresqlServer
from tests.support.servers import free_port
from webapp import db
from webapp.cli.main import main
from webapp.database_check import DatabaseUnusableError, open_database

DATABASE = "CERTFERRY_DATABASE_URL"
COMMANDS = [
    ("operators", "add", "chief", "--name", "최"),
    ("operators", "list"),
    ("customers", "set-password", "demo"),
    ("audit", "verify"),
    ("audit", "checkpoint"),
]


@pytest.fixture(autouse=True)
def _logs_as_before():
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def server():
    with PostgresqlServer() as running:
        yield running


@pytest.fixture
def config(instance):
    return instance[1]


@pytest.fixture(scope="module")
def wrong(server):
    """Addresses of databases that cannot be used, and what has to be said of each."""
    server.make("ascii", "--encoding", "SQL_ASCII", "--template", "template0")
    newer = db.make_engine(server.make("newer"))
    db.migrate(newer)
    with newer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer.dispose()
    here = f"127.0.0.1:{server.port}"
    return {
        "encoding": (server.url("ascii"), "createdb --encoding UTF8"),
        "newer": (server.url("newer"), "newer certferry"),
        "none": (server.url("nowhere"), '"nowhere" does not exist'),
        "user": (f"postgresql://nobody:sesame@{here}/newer", '"nobody"'),
        "away": (f"postgresql://u:sesame@127.0.0.1:{free_port()}/n", "refused"),
        "host": ("postgresql://u:sesame@nowhere.invalid/n", "nowhere.invalid"),
        "option": (f"postgresql://u:sesame@{here}/n?sslmode=odd", "sslmode"),
    }


KINDS = ("encoding", "newer", "none", "user", "away", "host", "option")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_is_one_sentence_without_the_password(wrong, kind):
    url, expected = wrong[kind]
    with pytest.raises(DatabaseUnusableError) as raised:
        open_database(url, print)

    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_command_ends_with_it(wrong, kind, command, config):
    url, expected = wrong[kind]
    bare = {name: None for name in os.environ if name.startswith("CERTFERRY_")}
    environ = settings(config, **{DATABASE: url})
    done = CliRunner().invoke(main, list(command), env=bare | environ)

    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert expected in done.output
    assert "sesame" not in done.output


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("check",)])
def test_nothing_starts_with_it_and_all_that_is_wrong_is_said(wrong, command, config):
    url, expected = wrong["encoding"]
    environ = settings(config, **{DATABASE: url, "CERTFERRY_TYPES": "/nowhere.toml"})
    port = ["--port", str(free_port())] if command != ("worker",) else []
    done = subprocess.run(
        [sys.executable, "-m", "webapp", *command, *port],
        cwd=ROOT,
        env=BARE | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert expected in done.stderr
    assert "CERTFERRY_TYPES: /nowhere.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_older_name_of_the_scheme_is_the_same_database(server, config):
    url = server.make("renamed").replace("postgresql://", "postgres://")
    environ = settings(config, **{DATABASE: url})
    command = ["operators", "add", "chief", "--name", "최"]

    done = CliRunner().invoke(main, command, env=environ)

    assert done.exit_code == 0, done.output
    engine = db.make_engine(server.url("renamed"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT login_id FROM operator")) == "chief"
    engine.dispose()
