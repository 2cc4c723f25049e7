"""A command works for the centre that is named, and never for a demo by chance."""

import os
import stat

import pytest
import structlog
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp import db
from webapp.accounts.models import Operator
from webapp.cli.main import main

DATABASE = "CERTFERRY_DATABASE_URL"
ADD = ("operators", "add", "chief", "--name", "최", "--role", "administrator")
COMMANDS = [
    ADD,
    ("operators", "list"),
    ("operators", "set-password", "operator"),
    ("customers", "set-password", "demo"),
    ("audit", "verify"),
    ("audit", "checkpoint"),
    ("audit", "checkpoints"),
]


@pytest.fixture(autouse=True)
def _logs_as_before():
    yield
    structlog.reset_defaults()


@pytest.fixture
def demo_folder(tmp_path, demo_template, monkeypatch):
    """A folder in which a demo was tried; the one we are in."""
    (tmp_path / "instance").mkdir()
    source = demo_template[0] / "certferry.db"
    (tmp_path / "instance" / "certferry.db").write_bytes(source.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "instance"


def run(*arguments, **environ):
    bare = {name: None for name in os.environ if name.startswith("CERTFERRY_")}
    return CliRunner().invoke(
        main, [str(part) for part in arguments], env=bare | environ
    )


def operators(url):
    engine = db.make_engine(url)
    with Session(engine) as session:
        count = session.scalar(select(func.count()).select_from(Operator))
    engine.dispose()
    return count


def test_the_first_operator_is_one_of_the_configured_centre(demo_folder, tmp_path):
    url = f"sqlite:///{tmp_path / 'real.db'}"
    before = (demo_folder / "certferry.db").read_bytes()

    done = run(*ADD, **{DATABASE: f" {url}\r\n"})

    assert done.exit_code == 0, done.output
    assert operators(url) == 1
    assert (demo_folder / "certferry.db").read_bytes() == before
    assert stat.S_IMODE((tmp_path / "real.db").stat().st_mode) == 0o600


@pytest.mark.usefixtures("demo_folder")
@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_lands_in_a_demo_by_chance(command):
    done = run(*command)

    assert done.exit_code == 2
    assert "CERTFERRY_DATABASE_URL" in done.output
    assert "--demo" in done.output
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("named", [["--demo"], ["--instance", "instance"]])
def test_a_demo_is_meant_where_it_is_named(demo_folder, named, tmp_path):
    url = f"sqlite:///{tmp_path / 'real.db'}"
    demo_url = f"sqlite:///{demo_folder / 'certferry.db'}"
    before = operators(demo_url)

    done = run(*ADD, *named, **{DATABASE: url})

    assert done.exit_code == 0, done.output
    assert operators(demo_url) == before + 1
    assert not (tmp_path / "real.db").exists()


@pytest.mark.parametrize("command", [*COMMANDS, ("worker", "--once")])
@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({DATABASE: "nonsense"}, DATABASE),
        ({DATABASE: "mysql://u:sesame@h/n"}, DATABASE),
        ({DATABASE: "sqlite:////nowhere/at/all.db"}, "nowhere"),
        ({"CERTFERRY_DATABASE_ULR": "sqlite:///a.db"}, f"is {DATABASE} meant?"),
    ],
)
def test_a_wrong_environment_ends_in_a_sentence(command, environ, sentence):
    done = run(*command, **environ)

    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    if command[0] != "worker" or DATABASE not in environ:
        assert sentence in done.output
    assert "sesame" not in done.output


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:sesame@127.0.0.1:1/n",
        "postgresql://127.0.0.1:1/n?password=sesame",
    ],
)
def test_no_password_is_taken_from_the_command_line(command, address):
    done = run(*command, "--database", address)

    assert done.exit_code == 2
    assert "can read a command line" in done.output
    assert "sesame" not in done.output


def test_a_customer_of_a_configured_centre_has_to_be_named(tmp_path):
    url = f"sqlite:///{tmp_path / 'c.db'}"

    done = run("customers", "set-password", **{DATABASE: url})

    assert done.exit_code == 2
    assert "Whose password" in done.output


def test_what_any_command_writes_is_for_its_owner_only(tmp_path):
    before = os.umask(0o022)
    try:
        run(*ADD, **{DATABASE: f"sqlite:///{tmp_path / 'c.db'}"})
        after = os.umask(0o022)
    finally:
        os.umask(before)

    assert after == 0o022  # of this very process
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600]
