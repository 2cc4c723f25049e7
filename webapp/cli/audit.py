"""`certferry audit`: verify the log, sign how far it has come, carry that elsewhere."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp import config, logging_config
from webapp.audit import checkpoint as reading
from webapp.audit.statement import (
    Checkpoint,
    CheckpointLineError,
    PublicKey,
    find_checkpoint,
    to_fields,
)
from webapp.audit.verification import BrokenLogError
from webapp.authenticators.factors import factor_options
from webapp.ca.material import load_ca_material, read_certificate
from webapp.cli.instance_options import ChosenCentre, centre_options, choose_centre
from webapp.clock import utc_now
from webapp.database_check import cause_of, open_database
from webapp.db import unit_of_work_on
from webapp.pki.authority import Authority, issuer_id_of, load_key
from webapp.pki.errors import PkiError
from webapp.startup_error import CommandGroup

BROKEN, UNREADABLE = 1, 2
_PATH = click.Path(path_type=Path)


@click.group(cls=CommandGroup)
def audit() -> None:
    """The log of what happened, chained so that nobody can change it unseen."""


@audit.command()
@centre_options
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
def verify(kept: Path | None, certificates: tuple[Path, ...], **where: Any) -> None:
    """Follow the log from its first entry; name the first that is broken."""
    chosen = _chosen(where)
    with _reading(chosen) as session:
        elsewhere = _kept_elsewhere(kept) if kept else []
        keys = _keys(chosen, certificates)
        result = reading.verify(
            session,
            keys=keys or None,
            kept_elsewhere=elsewhere,
            progress=_say_progress if sys.stderr.isatty() else _say_nothing,
        )
    newest = max(
        [*([result.newest] if result.newest else []), *elsewhere],
        key=lambda checkpoint: checkpoint.entry,
        default=None,
    )
    text = f"last checkpoint at {newest.entry}" if newest else "no checkpoint yet"
    unchecked = newest is not None and not keys
    click.echo(
        f"{result.entries} entries, whole; {text}"
        + ("; signatures not checked, name the --certificate" if unchecked else "")
    )


@audit.command()
@centre_options
def checkpoint(**where: Any) -> None:
    """Sign the log as it is now and print that as a line of JSON."""
    logging_config.configure(sys.stderr)  # the output is the checkpoint alone
    chosen = _chosen(where)
    with _reading(chosen) as session:
        authority = _authority(chosen)
        with unit_of_work_on(session):
            signed = reading.sign_checkpoint(session, authority, utc_now())
        if signed:
            reading.log_checkpoint(signed)
        else:
            click.echo("Nothing was added since the last checkpoint.", err=True)
        newest = reading.newest_checkpoint(session)
    if newest is not None:
        click.echo(json.dumps(to_fields(newest)))


@audit.command()
@centre_options
def checkpoints(**where: Any) -> None:
    """Print all checkpoints, a line of JSON each, to be kept elsewhere."""
    with _reading(_chosen(where)) as session:
        for checkpoint in reading.checkpoints(session):
            click.echo(json.dumps(to_fields(checkpoint)))


@contextmanager
def _reading(chosen: ChosenCentre) -> Iterator[Session]:
    """Open the log; end the program with a sentence where it is broken or away."""
    try:
        engine = open_database(chosen.database_url, _warn, makes=False, migrates=False)
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


def _chosen(where: dict[str, Any]) -> ChosenCentre:
    return choose_centre(os.environ, **where)


def _authority(chosen: ChosenCentre) -> Authority:
    """Return the issuing CA that signs: of a demo, or of the environment."""
    if chosen.instance is None:
        return load_ca_material(config.Config.from_env(factor_options())).issuing
    folder = chosen.instance / "ca"
    passphrase = (folder / "issuing.passphrase").read_text("ascii")
    key = load_key((folder / "issuing.key").read_bytes(), passphrase.encode())
    return Authority(read_certificate(folder / "issuing.crt"), key)


def _keys(chosen: ChosenCentre, certificates: tuple[Path, ...]) -> dict[str, PublicKey]:
    """Return the keys that may have signed checkpoints, by the name of the issuer."""
    files = list(certificates)
    configured = config.issuing_certificate()
    if chosen.instance:
        files.append(chosen.instance / "ca" / "issuing.crt")
    elif configured and not files:
        files.append(configured)
    keys: dict[str, PublicKey] = {}
    for file in files:
        key: Any = read_certificate(file).public_key()
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


def _warn(sentence: str) -> None:
    click.echo(sentence, err=True)


def _cause(error: SQLAlchemyError) -> str:
    text = cause_of(error)
    if "no such table" in text or "does not exist" in text:
        return "This database has none yet: start the centre once, it brings it up."
    return text


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
