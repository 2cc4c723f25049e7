"""Open the database of a centre, or say in a sentence why that cannot be done."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from webapp import db
from webapp.startup_error import StopError

OTHERS: Final = stat.S_IRWXO
_ENCODING: Final = "UTF8"
_MAKE: Final = "createdb --encoding UTF8 --template template0 --locale C.UTF-8 NAME"
_MAX_CAUSE: Final = 200


class DatabaseUnusableError(StopError):
    """The database cannot be used; the text says why and what to do."""


def open_database(
    url: str, say: Callable[[str], None], *, makes: bool = True, migrates: bool = True
) -> Engine:
    """Return an engine for a database that is there, ours and of this version.

    `makes` allows an SQLite file to come into being, `migrates` to bring the tables up
    to date. `say` is told what was mended.

    Raises:
        DatabaseUnusableError: with the reason.
    """
    try:
        file = sqlite_file(url)
        if file is not None:
            _require_file(file, makes=makes)
            close_to_others(file, say)
        engine = db.make_engine(url)
        try:
            with engine.connect() as connection:
                _require_utf8(connection)
                _require_known_revision(connection)
            if migrates:
                db.migrate(engine)
        except BaseException:
            engine.dispose()
            raise
    except SQLAlchemyError as error:
        raise DatabaseUnusableError(
            f"CERTFERRY_DATABASE_URL: the database cannot be used: {cause_of(error)}"
        ) from None
    except (ValueError, TypeError):  # what it says may repeat a password
        raise DatabaseUnusableError(
            "CERTFERRY_DATABASE_URL: there is something in it that the driver does not "
            "take. Leave out what stands after ?, and look for invisible signs."
        ) from None
    return engine


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database; None for another kind."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    return Path(address.database)


def close_to_others(path: Path, say: Callable[[str], None]) -> None:
    """Take from everybody else what they may do with a file and those beside it.

    Raises:
        DatabaseUnusableError: the file belongs to somebody else.
    """
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        try:
            mode = file.stat().st_mode
            if not mode & OTHERS:
                continue
            file.chmod(stat.S_IMODE(mode) & ~(stat.S_IRWXG | stat.S_IRWXO))
        except FileNotFoundError:
            continue
        except OSError:
            raise DatabaseUnusableError(
                f"Everybody on this machine may open {file}, and it is another user's. "
                f"As that one: chmod o= {file}, and let this user read it by its group."
            ) from None
        say(f"Everybody could open {file}; now only its owner can.")


def cause_of(error: SQLAlchemyError) -> str:
    """Return the first line of what the database said."""
    original = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(original).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:_MAX_CAUSE]


def _require_file(file: Path, *, makes: bool) -> None:
    problem = ""
    if file.is_dir():
        problem = f"{file} is a folder."
    elif not file.exists() and not makes:
        problem = f"{file} does not exist."
    elif not file.absolute().parent.is_dir():
        problem = f"there is no folder {file.absolute().parent}. Make it first."
    elif not os.access(file if file.exists() else file.absolute().parent, os.W_OK):
        problem = f"{file} cannot be written by this user."
    if problem:
        raise DatabaseUnusableError(f"CERTFERRY_DATABASE_URL: {problem}")


def _require_utf8(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != _ENCODING:
        raise DatabaseUnusableError(
            f"CERTFERRY_DATABASE_URL: the database keeps text as {encoding}, where "
            f"Korean names have no place. Make one that keeps UTF-8: {_MAKE}"
        )


def _require_known_revision(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_heads()
    config = AlembicConfig()
    config.set_main_option("script_location", str(db.MIGRATIONS).replace("%", "%%"))
    revisions = {
        script.revision
        for script in ScriptDirectory.from_config(config).walk_revisions()
    }
    strange = set(current) - revisions
    if strange:
        raise DatabaseUnusableError(
            "CERTFERRY_DATABASE_URL: a newer certferry has used this database "
            f"(revision {', '.join(sorted(strange))}), which this one does not know. "
            "Install that version, or restore the copy that was made before it."
        )
