"""What is looked at before a centre or its worker starts: everything, all at once."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from pathlib import Path

from webapp.ca.certificate_types import TypesFileError, load_types
from webapp.ca.material import CaMaterialError, find_outdated, load_ca_material
from webapp.config import Config
from webapp.config.settings import Problem
from webapp.database_check import (
    DatabaseUnusableError,
    close_to_others,
    open_database,
    sqlite_file,
)
from webapp.repository.restored_database import (
    DatabaseBehindError,
    NewestCrlError,
    require_not_behind,
)
from webapp.startup_error import StopError


class Purpose(Enum):
    """What a command is about to do."""

    SERVE = "serve"
    WORK = "work"
    CHECK = "check"


class NotReadyError(StopError):
    """The centre cannot start; the text says all that is wrong."""


def require_ready(
    config: Config,
    say: Callable[[str], None],
    *,
    now: datetime,
    purpose: Purpose,
) -> None:
    """Look at all that the settings name.

    Before a centre starts, its database is brought up to date; a worker needs it to be
    there, and a check changes nothing. `say` is told what was mended.

    Raises:
        NotReadyError: with everything that is wrong.
    """
    problems = [*_of_ca(config, now), *_of_types(config)]
    try:
        close_to_others(config.issuing_key, say)
    except DatabaseUnusableError as error:
        problems.append(f"CERTFERRY_ISSUING_KEY: {error}")
    try:
        if purpose != Purpose.CHECK or _has_file(config):
            makes = purpose == Purpose.SERVE
            engine = open_database(
                config.database_url, say, makes=makes, migrates=makes and not problems
            )
            try:
                if not problems:
                    require_not_behind(config, engine, "certferry restore")
            finally:
                engine.dispose()
    except (DatabaseUnusableError, DatabaseBehindError, NewestCrlError) as error:
        problems.append(str(error))
    if problems:
        name = "worker" if purpose == Purpose.WORK else "centre"
        lines = [f"  {problem}" for problem in problems]
        raise NotReadyError("\n".join([f"The {name} does not start.", *lines]))


def ask_redis(url: str, say: Callable[[str], None]) -> None:
    """Look whether the Redis of several workers answers; they start without it.

    Raises:
        NotReadyError: this is not the address of a Redis.
    """
    from webapp.bridge_redis import is_reachable  # only here: most centres are without

    try:
        reachable = is_reachable(url)
    except (ValueError, TypeError):  # what it says may repeat a password
        raise NotReadyError(
            "CERTFERRY_REDIS_URL: this is no address of a Redis"
        ) from None
    if not reachable:
        say(
            "Redis does not answer. The centre starts; certificates can be moved as "
            "soon as it does."
        )


def require_openable(instance: Path, say: Callable[[str], None]) -> None:
    """Look at the database of a demo, if there is one yet.

    Raises:
        DatabaseUnusableError: with the reason.
    """
    file = instance / "certferry.db"
    if file.exists():
        open_database(f"sqlite:///{file}", say, makes=False, migrates=False).dispose()


def require_ca(config: Config, now: datetime) -> None:
    """Look at the files of the CA and of the types alone, as a restart reads them.

    Raises:
        NotReadyError: with everything that is wrong.
    """
    problems = [*_of_ca(config, now), *_of_types(config)]
    if problems:
        raise NotReadyError("\n".join(problems))


def _has_file(config: Config) -> bool:
    # A database server is asked; a file may come with the first start.
    file = sqlite_file(config.database_url)
    return file is None or file.exists() or not file.absolute().parent.is_dir()


def _of_ca(config: Config, now: datetime) -> list[str]:
    problems: list[Problem] | tuple[Problem, ...]
    try:
        problems = find_outdated(load_ca_material(config), config, now)
    except CaMaterialError as error:
        problems = error.problems
    return [str(problem) for problem in problems]


def _of_types(config: Config) -> list[str]:
    name = "CERTFERRY_TYPES"
    try:
        load_types(config.types, config.brand.own_name)
    except OSError as error:
        return [f"{name}: {error.filename}: {error.strerror}"]
    except TypesFileError as error:
        return [f"{name}: {line}" for line in str(error).splitlines()]
    return []
