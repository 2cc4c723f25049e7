"""Which centre a command works for: the one of the environment, or a demo.

A demo is never meant unless it is named: an administrator who lands in its database by
chance could believe to be one of the real centre.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from sqlalchemy import make_url

from webapp.config import settings
from webapp.config.setting_values import SettingValueError, read_database_url
from webapp.startup_error import StopError

F = TypeVar("F", bound=Callable[..., Any])

DEMO_FOLDER: Final = Path("instance")


class NoCentreError(StopError):
    """Nothing says which centre is meant."""


@dataclass(frozen=True, slots=True)
class ChosenCentre:
    """Where a centre keeps its data; `instance` is the folder of a demo."""

    database_url: str
    instance: Path | None = None
    is_configured: bool = False


def demo_options(command: F) -> F:
    """Add the options that name a demo; without them the environment's centre."""
    demo = click.option("--demo", is_flag=True, help="The demo in the folder instance.")
    instance = click.option(
        "--instance",
        type=click.Path(file_okay=False, path_type=Path),
        help="The demo in this folder; else the centre of the environment.",
    )
    return demo(instance(command))


def centre_options(command: F) -> F:
    """Add the options that name a demo or a database."""
    database = click.option(
        "--database",
        help="SQLAlchemy address without a password; else CERTFERRY_DATABASE_URL.",
    )
    return demo_options(database(command))


def choose_centre(
    environ: Mapping[str, str],
    *,
    demo: bool,
    instance: Path | None,
    database: str | None,
) -> ChosenCentre:
    """Return the centre that is meant.

    Raises:
        NoCentreError: none is, or there is no demo in the folder.
        SettingsError: the environment has wrong or unknown settings.
    """
    if database:
        return ChosenCentre(_without_password(database))
    if demo or instance:
        folder = (instance or DEMO_FOLDER).resolve()
        if not (folder / "certferry.db").exists():
            raise NoCentreError(f"There is no demo in {folder}. Start one: make run")
        return ChosenCentre(f"sqlite:///{folder / 'certferry.db'}", folder)
    url = settings.read_some(environ, "DATABASE_URL").get("DATABASE_URL")
    if url is None:
        raise NoCentreError(
            "Which centre? Set CERTFERRY_DATABASE_URL, as for certferry serve; "
            "for the demo add --demo."
        )
    return ChosenCentre(url, is_configured=True)


def _without_password(database: str) -> str:
    try:
        url = read_database_url(database.strip())
    except SettingValueError as error:
        raise NoCentreError(f"--database: {error}") from None
    address = make_url(url)
    if address.password is not None or "password" in address.query:
        raise NoCentreError(
            "--database: everybody on this machine can read a command line. Set "
            "CERTFERRY_DATABASE_URL instead, and change this password."
        )
    return url
