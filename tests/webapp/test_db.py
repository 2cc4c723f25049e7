"""The database keeps what it is told to keep, and its tables are the models'."""

from datetime import UTC, datetime, timedelta, timezone
from shutil import copytree

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from webapp import db
from webapp.accounts.models import Customer
from webapp.applications.models import Application
from webapp.audit.models import AuditEntry

SEOUL = timezone(timedelta(hours=9))


@pytest.fixture
def engine(tmp_path):
    made = db.make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    yield made
    made.dispose()


@pytest.fixture
def migrated(engine):
    db.migrate(engine)
    return engine


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
    noon = datetime(2026, 3, 5, 12, 0, tzinfo=SEOUL)
    with Session(migrated) as session:
        session.add(AuditEntry(at=noon, what="test"))
        session.commit()
    with Session(migrated) as session:
        found = session.query(AuditEntry).one().at

    assert found == noon
    assert found.tzinfo is UTC
    assert found.hour == 3


def test_a_moment_without_a_zone_is_not_stored(migrated):
    with Session(migrated) as session:
        session.add(AuditEntry(at=datetime(2026, 3, 5), what="test"))  # noqa: DTZ001
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
