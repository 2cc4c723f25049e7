"""The database: engine, session of the request, column types, migrations.

SQLite runs in WAL with `synchronous=FULL`: what was answered survives a power cut.
Nothing that yields to another greenlet may stand between the first write and the
commit of a transaction. On PostgreSQL every statement yields; each transaction has a
connection of its own there, and what everybody locks is locked last
(`run_before_commit`).

Who reads, decides and writes locks first (`lock`), in this order: operators by their
ids, customer, application, certificates by their ids, a request of an institution. So
two never wait for each other, and nobody decides by what another transaction is
changing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app, g
from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    MetaData,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from webapp.exceptions import AppError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# At most this many connections a worker, and this long in the queue for one.
_POOL_OPTIONS = {
    "pool_pre_ping": True,  # a server that was restarted costs nobody an error
    "pool_size": 10,
    "max_overflow": 10,
    "pool_timeout": 5,
}
# A worker that hangs must not hold the others up.
_PG_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s"
)
_WAITING = "certferry.at_commit"
_BROKEN = "certferry.at_commit.broken"
_NEWS = "certferry.news"
_listeners: list[Callable[[], object]] = []
_ONE_AT_A_TIME = 0x63657274  # of PostgreSQL's advisory locks; "cert"
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=1000",  # meanwhile this process does nothing else
)
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every stored thing inherits from."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


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


class LockOrder(IntEnum):
    """The order in which transactions take the rows that everybody needs."""

    STATUS_CHANGES = 1
    AUDIT = 2


def make_engine(url: str) -> Engine:
    """Return an engine for `url`: SQLite is set to be durable, PostgreSQL to be brief.

    Raises:
        SQLAlchemyError: the address is none, or its driver is not installed.
    """
    address = make_url(url)
    name = address.get_backend_name()
    options: dict[str, Any] = {}
    if name == "postgresql":
        # One address for everybody: which driver is ours to choose.
        address = address.set(drivername="postgresql+psycopg")
        options = _POOL_OPTIONS | {
            "connect_args": {
                "connect_timeout": 5,
                "options": _PG_OPTIONS,
                # Of a database that names no encoding, text would come as bytes.
                "client_encoding": "utf8",
            }
        }
    try:
        # Hidden, since what is stored must not stand in an error message.
        engine = create_engine(address, hide_parameters=True, **options)
    except ModuleNotFoundError as error:
        raise DriverMissingError(error.name or name) from None
    if name == "sqlite":
        event.listen(engine, "connect", _make_durable)
    return engine


class DanglingForeignKeyError(SQLAlchemyError):
    """A row names another one that is not there; nothing was changed."""


class PreCommitError(SQLAlchemyError):
    """What belongs to these changes could not be written: only a rollback is left."""


class DriverMissingError(SQLAlchemyError):
    """The package that speaks to this kind of database is not installed."""

    def __str__(self) -> str:
        """Say what to install."""
        # By the file: whoever takes that name on the index would be installed.
        return (
            "its driver is not installed: pip install -c constraints.txt "
            "'./dist/certferry-0.1.0-py3-none-any.whl[postgresql]'"
        )


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form, whole or not at all; does nothing where they
    are. Processes that start at once take turns.
    """
    config = _alembic_config(MIGRATIONS)
    with engine.connect() as connection:
        if _is_newest(connection):
            return
        connection.rollback()
        with _migration_lock(connection):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def run_before_commit(
    session: Session, turn: LockOrder, do: Callable[[Session], object]
) -> None:
    """Have `do` called when the caller commits, after all else was written.

    Every transaction writes the rows that all of them need in the same order and last,
    so that two never wait for each other. What is rolled back is not called. Where one
    fails, nothing of the transaction can be committed any more.
    """
    if not session.in_transaction():
        session.begin()  # so that its end is told
    session.info.setdefault(_WAITING, []).append((turn, _savepoints(session), do))


def announce(session: Session) -> None:
    """Have those woken who listen for news, when the caller has committed."""
    session.info[_NEWS] = True


def listen_for_news(call: Callable[[], object]) -> Callable[[], None]:
    """Have `call` called after each commit of this process that has news.

    News is what was announced, and whatever stands in the log. It must return at once
    and use no database. Return what ends it.
    """
    _listeners.append(call)
    return lambda: _listeners.remove(call)


def lock(session: Session, *rows: Base, share: bool = False) -> None:
    """Lock rows until the transaction ends, and read them again as they stand now.

    Give them in the order that this module names. With `share` others may lock them
    like this too, and nobody changes them. SQLite has one lock for all: who comes
    second waits here, before anything is read, and never fails halfway.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    # Not FOR UPDATE, which would hold up everybody who only points to the row.
    lock_options = {"read": True} if share else {"key_share": True}
    for row in rows:
        session.refresh(row, with_for_update=lock_options)


def is_transient(error: SQLAlchemyError) -> bool:
    """Tell whether the same may work a moment later: it was busy, or away."""
    if not isinstance(error, DBAPIError):  # no connection came free in time
        return True
    if error.connection_invalidated or "locked" in str(error.orig):  # SQLite's word
        return True
    # psycopg's OperationalError: it restarts, is away or full, or two collided.
    is_postgresql = type(error.orig).__module__.partition(".")[0] == "psycopg"
    return isinstance(error, OperationalError) and is_postgresql


def init_app(app: Flask, engine: Engine) -> None:
    """Give each request its own session, closed at its end."""
    app.extensions["certferry.sessions"] = sessionmaker(engine, expire_on_commit=False)
    # The last to be registered is the first to be called: what follows may yield.
    app.after_request(_let_go)
    app.teardown_appcontext(_close)


def session() -> Session:
    """Return the session of this request."""
    if "db_session" not in g:
        g.db_session = current_app.extensions["certferry.sessions"]()
    db_session: Session = g.db_session
    return db_session


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Commit what a view does in the block, on its session: all of it, or none."""
    with unit_of_work_on(session()) as current:
        yield current


@contextmanager
def unit_of_work_on(session: Session) -> Iterator[Session]:
    """Commit what is done in the block: all of it, or none. For jobs and commands.

    The only place where work is committed; services never do. What a refusal with
    `keeps_changes` left in the session (a counted attempt) is committed too, and the
    refusal goes on to the caller. After any other exception nothing is stored.
    """
    try:
        yield session
    except AppError as refusal:
        if refusal.keeps_changes:
            _commit(session)
        else:
            session.rollback()
        raise
    except BaseException:
        session.rollback()
        raise
    _commit(session)


def _commit(session: Session) -> None:
    try:
        session.commit()
    except BaseException:
        session.rollback()  # so that the caller may try again on the same session
        raise


def release_connection() -> None:
    """Give the connection back before long work; what was read stays as it was read.

    A rollback would have it read again, and no change by somebody else would be seen.
    """
    session().commit()


def _let_go(response: Response) -> Response:
    """End what a refusal left open: nothing is locked while the answer is packed."""
    opened: Session | None = g.get("db_session")
    if opened is not None and opened.in_transaction():
        with suppress(SQLAlchemyError):  # the connection is gone, and its locks
            opened.rollback()
    return response


def _close(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("db_session", None)
    if opened is not None:
        opened.close()


def _make_durable(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor: Any = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _alembic_config(folder: Path) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _is_newest(connection: Connection) -> bool:
    revision = MigrationContext.configure(connection).get_current_revision()
    return revision == _newest_revision(MIGRATIONS)


@cache
def _newest_revision(folder: Path) -> str | None:
    """Return the last migration; to find it, every one of them is read and run."""
    return ScriptDirectory.from_config(_alembic_config(folder)).get_current_head()


@contextmanager
def _migration_lock(connection: Connection) -> Iterator[None]:
    """Hold every other process off until what is done in the block is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        yield
        connection.commit()
        return
    # A table that is rebuilt is dropped first, which must not take others with it; the
    # driver begins no transaction for DDL (sqlite.org/lang_altertable.html, 7).
    for line in ("foreign_keys=OFF", "busy_timeout=60000"):
        connection.exec_driver_sql(f"PRAGMA {line}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise DanglingForeignKeyError
        connection.commit()
    finally:
        connection.rollback()
        for line in PRAGMAS:
            connection.exec_driver_sql(f"PRAGMA {line}")


def _savepoints(session: Session) -> tuple[SessionTransaction, ...]:
    transaction, within = session.get_nested_transaction(), []
    while transaction is not None:
        if transaction.nested:
            within.append(transaction)
        transaction = transaction.parent
    return tuple(within)


@event.listens_for(Session, "before_commit")
def _run_hooks(session: Session) -> None:
    if session.info.get(_BROKEN):
        raise PreCommitError
    if session.in_nested_transaction() or not session.info.get(_WAITING):
        return
    session.flush()
    waiting = session.info.pop(_WAITING)
    session.info[_BROKEN] = True  # until all is written
    for _turn, _within, do in sorted(waiting, key=lambda hook: hook[0]):
        do(session)
    del session.info[_BROKEN]
    announce(session)


@event.listens_for(Session, "after_commit")
def _tell_news(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop(_NEWS, False):
        for call in tuple(_listeners):
            call()


@event.listens_for(Session, "after_soft_rollback")
def _forget_savepoint(session: Session, previous: SessionTransaction) -> None:
    waiting = session.info.get(_WAITING, [])
    waiting[:] = [hook for hook in waiting if previous not in hook[1]]


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        for name in (_WAITING, _BROKEN, _NEWS):
            session.info.pop(name, None)
