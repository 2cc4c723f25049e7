"""The database keeps what it is told to keep, and its tables are the models'."""

import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from mobile_bridge.formats.korean_time import KST
from tests.webapp.older import write_older
from webapp import db
from webapp.accounts.models import Customer
from webapp.audit.checkpoint import verify
from webapp.audit.models import AuditEntry
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def engine(tmp_path):
    new_engine = db.make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    yield new_engine
    new_engine.dispose()


@pytest.fixture
def migrated(engine):
    db.migrate(engine)
    return engine


def entry(at):
    return AuditEntry(id=1, at=at, event="test", actor="centre", detail="{}", hash=b"h")


def picture(engine):
    with engine.connect() as connection:
        return connection.execute(
            text("SELECT name, sql FROM sqlite_master ORDER BY name")
        ).all()


def test_migrating_twice_changes_nothing(engine):
    db.migrate(engine)
    once = picture(engine)
    db.migrate(engine)

    assert len(once) > 10
    assert picture(engine) == once


def test_the_migrations_make_exactly_the_tables_of_the_models(migrated):
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.Base.metadata) == []
    assert set(db.Base.metadata.tables) <= set(inspect(migrated).get_table_names())


def test_migrations_run_from_any_folder(engine, tmp_path, monkeypatch):
    copytree(db.MIGRATIONS, tmp_path / "100% ours" / "migrations")
    monkeypatch.setattr(db, "MIGRATIONS", tmp_path / "100% ours" / "migrations")

    db.migrate(engine)

    assert inspect(engine).has_table("certificate")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: a commit survives a power cut
        ("foreign_keys", 1),
        ("busy_timeout", 1000),
    ],
)
def test_every_connection_is_durable(migrated, pragma, value):
    connections = [migrated.connect() for _ in range(3)]
    for connection in connections:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value
        connection.close()


def test_a_moment_is_stored_in_utc_whatever_its_zone(migrated):
    noon = datetime(2026, 3, 5, 12, 0, tzinfo=KST)
    with Session(migrated) as session:
        session.add(entry(noon))
        session.commit()
    with Session(migrated) as session:
        at = session.query(AuditEntry).one().at

    assert at == noon
    assert at.tzinfo is UTC
    assert at.hour == 3


def test_a_moment_without_a_zone_is_not_stored(migrated):
    with Session(migrated) as session:
        session.add(entry(datetime(2026, 3, 5)))  # noqa: DTZ001
        with pytest.raises(StatementError, match="time zone"):
            session.commit()


def test_an_application_needs_its_customer(migrated, now):
    with Session(migrated) as session:
        session.add(
            Application(id="a", customer_id=404, started_at=now, expires_at=now)
        )
        with pytest.raises(IntegrityError):
            session.commit()


def test_an_error_of_the_database_does_not_tell_what_was_stored(migrated):
    with Session(migrated) as session:
        session.add(Customer(login_id="demo", password_hash="a-secret-hash"))
        with pytest.raises(IntegrityError) as raised:
            session.commit()

    assert "a-secret-hash" not in str(raised.value)


def test_an_older_database_is_brought_up_with_its_log_chained(engine):
    with engine.begin() as connection:
        write_older(connection)

    db.migrate(engine)

    with Session(engine) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert session.get_one(Certificate, "c1").lineage_id == "c1"
        assert session.get_one(Customer, 1).kind == "personal"
        walked = session.get_one(Application, "a1")
        assert walked.privacy_version == walked.terms_version == "2026-03"
        assert walked.privacy_accepted_at == walked.terms_accepted_at
        session.expunge_all()
        assert verify(session).entries == 3
    # It had the numbers 2, 3 and 7.
    assert [(entry.id, entry.event, entry.actor) for entry in entries] == [
        (1, "terms.accepted", "customer:1"),
        (2, "certificate.issued", "customer:1"),
        (3, "older.one", "centre"),
    ]
    assert entries[0].at == datetime(2026, 3, 5, 3, 0, 2, 123456, tzinfo=UTC)


def test_a_migration_that_fails_changes_nothing(engine, monkeypatch):
    with engine.begin() as connection:
        write_older(connection)
    before = picture(engine)

    with monkeypatch.context() as once:
        once.setattr("webapp.migrations.chaining.entry_hash", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            db.migrate(engine)

    assert picture(engine) == before
    db.migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 1000


def test_a_row_that_names_another_one_that_is_missing_stops_a_migration(engine):
    with engine.begin() as connection:
        write_older(connection)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(text("DELETE FROM customer"))
        connection.commit()
        connection.execute(text("PRAGMA foreign_keys=ON"))

    with pytest.raises(db.DanglingForeignKeyError):
        db.migrate(engine)


def test_there_is_a_way_back_to_the_older_form_and_up_again(engine):
    with engine.begin() as connection:
        write_older(connection)
    db.migrate(engine)
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    with engine.connect() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        connection.commit()

    db.migrate(engine)

    with Session(engine) as session:
        assert verify(session).entries == 3


def test_whoever_made_a_password_before_the_update_is_kept(engine):
    with engine.begin() as connection:
        write_older(connection)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        config = Config()
        config.set_main_option("script_location", str(db.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for id_, maker in ((1, "NULL"), (2, "1")):
            connection.execute(
                text(
                    "INSERT INTO operator (id, login_id, password_hash, session_key,"
                    " name, role, must_change_password, created_at, password_by)"
                    f" VALUES ({id_}, 'o{id_}', 'x', 'k{id_}', '박창구', 'counter',"
                    f" false, '2026-03-05 03:00:00.000000', {maker})"
                )
            )
        connection.commit()

    db.migrate(engine)

    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT operator_id, by_id FROM operator_password_maker")
        ).all()
    assert [tuple(row) for row in rows] == [(2, 1)]


def test_whether_somebody_was_told_before_the_update_is_kept(engine):
    with engine.begin() as connection:
        write_older(connection)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        config = Config()
        config.set_main_option("script_location", str(db.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        kinds = ("card_issued", "card_issued", "card_issued", "registered")
        for id_, kind in enumerate(kinds, 1):
            connection.execute(
                text(
                    "INSERT INTO account_change (id, customer_id, kind, made_at)"
                    f" VALUES ({id_}, 1, '{kind}', '2026-03-05 03:00:00.000000')"
                )
            )
        moment = "'2026-03-05 03:00:00.000000'"
        for change, try_at, sent_at in ((1, "NULL", moment), (2, moment, "NULL")):
            connection.execute(
                text(
                    "INSERT INTO change_notice"
                    " (change_id, channel, address, attempts, try_at, sent_at)"
                    f" VALUES ({change}, 'email', 'x', 1, {try_at}, {sent_at})"
                )
            )
        connection.commit()

    db.migrate(engine)

    with engine.begin() as connection:
        rows = connection.execute(text("SELECT told FROM account_change ORDER BY id"))
        assert list(rows.scalars()) == ["told", None, "untold", None]


def test_lists_go_on_above_the_numbers_from_before_the_update(engine):
    with engine.begin() as connection:
        write_older(connection)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        config = Config()
        config.set_main_option("script_location", str(db.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0018")
        # Their lists were numbered apart from the changes: ahead, behind, without any.
        for issuer, number, changes in (("a", 7, 3), ("b", 3, 9), ("c", 4, None)):
            for listed in (number - 1, number):
                connection.execute(
                    text(
                        "INSERT INTO revocation_list"
                        " (issuer_id, number, der, this_update, next_update, changes)"
                        f" VALUES ('{issuer}', {listed}, 'x',"
                        " '2026-03-05 03:00:00.000000',"
                        " '2026-03-06 03:00:00.000000', 0)"
                    )
                )
            if changes is not None:
                connection.execute(
                    text(f"INSERT INTO status_changes VALUES ('{issuer}', {changes})")
                )
        connection.commit()

    db.migrate(engine)

    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT issuer_id, count FROM status_changes ORDER BY issuer_id")
        )
        assert [tuple(row) for row in rows] == [("a", 8), ("b", 9), ("c", 5)]


def test_processes_that_start_at_once_migrate_once(engine):
    url = engine.url.render_as_string()
    work = "import sys; from webapp import db; db.migrate(db.make_engine(sys.argv[1]))"
    started = [
        subprocess.Popen([sys.executable, "-c", work, url], cwd=ROOT) for _ in range(3)
    ]

    assert [process.wait(60) for process in started] == [0, 0, 0]
    with Session(engine) as session:
        assert verify(session).entries == 0


def happened(session, key, log):
    db.run_before_commit(session, key, lambda _session: log.append(key))


def test_what_everybody_needs_is_locked_last_and_in_one_order(migrated):
    log = []
    with Session(migrated) as session:
        happened(session, db.LockOrder.AUDIT, log)
        happened(session, db.LockOrder.STATUS_CHANGES, log)
        assert log == []
        session.commit()
        session.commit()

    assert log == [db.LockOrder.STATUS_CHANGES, db.LockOrder.AUDIT]


def test_what_is_rolled_back_is_not_done(migrated):
    log = []
    with Session(migrated) as session:
        happened(session, db.LockOrder.AUDIT, log)
        session.rollback()
        session.commit()
        with session.begin_nested():
            happened(session, db.LockOrder.STATUS_CHANGES, log)
        inner = session.begin_nested()
        happened(session, db.LockOrder.AUDIT, log)
        inner.rollback()
        assert log == []
        session.commit()

    assert log == [db.LockOrder.STATUS_CHANGES]


def broke(error, *, invalidated=False):
    kind = OperationalError if isinstance(error, sqlite3.Error) else DBAPIError
    return kind("SELECT", {}, error, connection_invalidated=invalidated)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (broke(sqlite3.OperationalError("database is locked")), True),
        (broke(sqlite3.OperationalError("database table is locked")), True),
        (broke(sqlite3.OperationalError("database or disk is full")), False),
        (broke(sqlite3.OperationalError("unable to open database file")), False),
        (broke(Exception("gone"), invalidated=True), True),
        (PoolTimeoutError("none came free"), True),
    ],
)
def test_only_what_passes_by_itself_is_said_to_be_busy(error, passes):
    assert db.is_transient(error) is passes


def test_a_driver_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(db.DriverMissingError) as raised:
        db.make_engine("postgresql://127.0.0.1/x")

    guide = (ROOT / "docs" / "operating.md").read_text()
    command = re.search(r"pip (install .*\.whl\[postgresql\]')", guide)
    assert command
    assert command[1] in str(raised.value)


def test_nothing_tells_to_install_by_a_name_that_anybody_could_take():
    by_name = re.compile(
        r"(pip3?|pipx|uv|poetry) +(\w+ +)*(install|run|add)\b[^\n]*"
        r"""[\s'"`]certferry(?![\w./-])"""
    )
    assert by_name.search("pip install 'certferry[postgresql]'")
    assert by_name.search("pip install -U certferry")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", ".", ":!tests", ":!static"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [
        name
        for name in listed.split("\0")
        if name and by_name.search((ROOT / name).read_text(errors="replace"))
    ]

    assert listed
    assert names == []
