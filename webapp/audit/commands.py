"""`certferry audit`: verify the log, sign how far it has come, carry that elsewhere."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from cryptography import x509
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp import config, db, logs
from webapp.audit import checkpoints as reading
from webapp.audit.following import BrokenLogError
from webapp.audit.statement import (
    Checkpoint,
    CheckpointLineError,
    PublicKey,
    find_checkpoint,
    to_fields,
)
from webapp.clock import utc_now
from webapp.pki.authority import Authority, issuer_id_of, load_key
from webapp.pki.errors import PkiError

BROKEN, UNREADABLE = 1, 2
_PATH = click.Path(path_type=Path)


@click.group()
def audit() -> None:
    """The log of what happened, chained so that nobody can change it unseen."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what tells which log is meant."""
    for option in (
        click.option("--instance", type=_PATH, help="Folder of a demo."),
        click.option("--database", help="SQLAlchemy address; else the environment's."),
    ):
        command = option(command)
    return command


@audit.command()
@_options
@click.option(
    "--checkpoints",
    "kept",
    type=_PATH,
    help="An export that was kept elsewhere, or a log with checkpoints in it.",
)
@click.option(
    "--certificate",
    "certificates",
    type=_PATH,
    multiple=True,
    help="An issuing CA that signed checkpoints, PEM; else the configured one.",
)
def verify(
    database: str | None,
    instance: Path | None,
    kept: Path | None,
    certificates: tuple[Path, ...],
) -> None:
    """Follow the log from its first entry; name the first that is broken."""
    with _reading(database, instance) as session:
        elsewhere = _kept_elsewhere(kept) if kept else []
        keys = _keys(database, instance, certificates)
        found = reading.verify(
            session,
            keys=keys or None,
            kept_elsewhere=elsewhere,
            progress=_say_progress if sys.stderr.isatty() else _say_nothing,
        )
    newest = max(
        [*([found.newest] if found.newest else []), *elsewhere],
        key=lambda each: each.entry,
        default=None,
    )
    said = f"last checkpoint at {newest.entry}" if newest else "no checkpoint yet"
    unchecked = newest is not None and not keys
    click.echo(
        f"{found.entries} entries, whole; {said}"
        + ("; signatures not checked, name the --certificate" if unchecked else "")
    )


@audit.command()
@_options
def checkpoint(database: str | None, instance: Path | None) -> None:
    """Sign the log as it is now and print that as a line of JSON."""
    logs.configure(sys.stderr)  # the output is the checkpoint alone
    with _reading(database, instance) as session:
        authority = _authority(database, instance)
        if not reading.sign_checkpoint(session, authority, utc_now()):
            click.echo("Nothing was added since the last checkpoint.", err=True)
        newest = reading.newest_checkpoint(session)
    if newest is not None:
        click.echo(json.dumps(to_fields(newest)))


@audit.command()
@_options
def checkpoints(database: str | None, instance: Path | None) -> None:
    """Print all checkpoints, a line of JSON each, to be kept elsewhere."""
    with _reading(database, instance) as session:
        for each in reading.checkpoints(session):
            click.echo(json.dumps(to_fields(each)))


@contextmanager
def _reading(database: str | None, instance: Path | None) -> Iterator[Session]:
    """Open the log; end the program with a sentence where it is broken or away."""
    try:
        engine = db.make_engine(_address(database, instance))
        with Session(engine) as session:
            yield session
        engine.dispose()
    except BrokenLogError as broken:
        click.echo(f"The log is broken. {broken}", err=True)
        sys.exit(BROKEN)
    except SQLAlchemyError as error:
        _stop(f"The log cannot be read. {_cause(error)}")
    except (OSError, ValueError, PkiError) as error:
        _stop(str(error))


def _address(database: str | None, instance: Path | None) -> str:
    folder = instance or Path("instance")
    found = database or (None if instance else config.database_url())
    if found is None:
        found = f"sqlite:///{(folder / 'certferry.db').resolve()}"
    made = make_url(found)
    file = made.database if made.get_backend_name() == "sqlite" else None
    if file and not Path(file).exists():  # SQLite would make an empty one
        _stop(f"There is no log: {file} does not exist.")
    return found


def _authority(database: str | None, instance: Path | None) -> Authority:
    """Return the issuing CA that signs: of a demo, or of the environment."""
    if instance or not (database or config.database_url()):
        folder = (instance or Path("instance")) / "ca"
        files = (folder / "issuing.crt", folder / "issuing.key")
        passphrase = (folder / "issuing.passphrase").read_text("ascii")
    else:
        files, passphrase = _configured()
    certificate = x509.load_pem_x509_certificate(files[0].read_bytes())
    return Authority(certificate, load_key(files[1].read_bytes(), passphrase.encode()))


def _configured() -> tuple[tuple[Path, Path], str]:
    try:
        found = config.Config.from_env()
    except config.MissingSettingsError as error:
        raise ValueError(f"These settings are missing: {error}") from None
    return (found.issuing_certificate, found.issuing_key), found.issuing_passphrase


def _keys(
    database: str | None, instance: Path | None, certificates: tuple[Path, ...]
) -> dict[str, PublicKey]:
    """Return the keys that may have signed checkpoints, by the name of the issuer."""
    files = list(certificates)
    configured = config.issuing_certificate()
    if instance or not (database or config.database_url()):
        files.append((instance or Path("instance")) / "ca" / "issuing.crt")
    elif configured and not files:
        files.append(configured)
    keys: dict[str, PublicKey] = {}
    for file in files:
        key: Any = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
        keys[issuer_id_of(key)] = key
    return keys


def _kept_elsewhere(file: Path) -> list[Checkpoint]:
    kept: list[Checkpoint] = []
    # A log may be long, and hold what is no UTF-8; a checkpoint is ASCII.
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                checkpoint = find_checkpoint(line)
            except CheckpointLineError:
                message = f"{file}, line {number}: this is no checkpoint."
                raise ValueError(message) from None
            if checkpoint is not None:
                kept.append(checkpoint)
    if not kept:
        raise ValueError(f"{file}: there is no checkpoint in it.")
    return kept


def _cause(error: SQLAlchemyError) -> str:
    said = str(getattr(error, "orig", None) or error).splitlines()[0]
    if "no such table" in said or "does not exist" in said:
        return "This database has none yet: start the centre once, it brings it up."
    return said


def _say_progress(done: int, of: int) -> None:
    end = "\r" if done + reading.BATCH < of else "\n"
    click.echo(f"{done} of {of} entries", err=True, nl=False)
    click.echo(end, err=True, nl=False)


def _say_nothing(_done: int, _of: int) -> None:
    pass


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(UNREADABLE)


COMMANDS: dict[str, click.Command] = {"audit": audit}
