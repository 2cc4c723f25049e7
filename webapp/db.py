"""The database: engine, session of the request, column types, migrations.

SQLite runs in WAL with `synchronous=FULL`: what was answered survives a power cut.
Nothing that yields to another greenlet may stand between the first write and the
commit of a transaction.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask, current_app, g
from sqlalchemy import DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every stored thing inherits from."""

    metadata = MetaData(naming_convention=NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite would lose the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Refuse a moment without a zone, store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Return an aware moment whatever the database gave."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def make_engine(url: str) -> Engine:
    """Return an engine for `url`; SQLite is set to be durable."""
    # Hidden, since what is stored must not stand in an error message.
    engine = create_engine(url, hide_parameters=True)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _make_durable)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form; does nothing where they are."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def init_app(app: Flask, engine: Engine) -> None:
    """Give each request its own session, closed at its end."""
    app.extensions["certferry.sessions"] = sessionmaker(engine, expire_on_commit=False)
    app.teardown_appcontext(_close)


def session() -> Session:
    """Return the session of this request."""
    if "db_session" not in g:
        g.db_session = current_app.extensions["certferry.sessions"]()
    found: Session = g.db_session
    return found


def _close(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("db_session", None)
    if opened is not None:
        opened.close()


def _make_durable(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor: Any = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=1000",  # meanwhile this process does nothing else,
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
