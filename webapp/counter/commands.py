"""`certferry operators`: add the first one, list them, help one who is locked out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from webapp import db
from webapp.accounts.passwords import hash_password, new_password
from webapp.clock import utc_now
from webapp.counter import operators as service
from webapp.counter.errors import (
    AlreadySoError,
    LoginTakenError,
    UnknownAtCounterError,
)
from webapp.counter.forms import LOGIN_ID
from webapp.counter.models import Operator, Role

_WHERE = [
    click.option("--database", help="SQLAlchemy address; else the demo's."),
    click.option(
        "--instance",
        default="instance",
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
    ),
]


@click.group()
def operators() -> None:
    """People who work at the counter."""


@operators.command("add")
@click.argument("login_id")
@click.option("--name", required=True, help="As it stands on the pages.")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default=str(Role.COUNTER),
    show_default=True,
)
@click.option(
    "--customer", help="ID of the same person as a customer, if they are one."
)
@_WHERE[0]
@_WHERE[1]
def add(
    login_id: str,
    name: str,
    role: str,
    customer: str | None,
    database: str | None,
    instance: Path,
) -> None:
    """Add LOGIN_ID and print a first password once."""
    if not LOGIN_ID.fullmatch(login_id) or not 0 < len(name.strip()) <= 40:
        _refuse(
            "An ID has 3 to 64 small letters, digits, dots or hyphens; "
            "a name 1 to 40 characters."
        )
    password = new_password()
    new = service.NewOperator(
        login_id=login_id,
        name=name.strip(),
        role=Role(role),
        password_hash=hash_password(password),
        customer_login_id=customer,
    )
    with _stored(database, instance) as session:
        try:
            service.add(session, None, new, utc_now())
        except LoginTakenError:
            _refuse(f"There is an operator called {login_id} already.")
        except UnknownAtCounterError:
            _refuse(f"There is no customer called {customer}.")
    _say(login_id, password)


@operators.command("confirm")
@click.argument("login_id")
@_WHERE[0]
@_WHERE[1]
def confirm(login_id: str, database: str | None, instance: Path) -> None:
    """Confirm LOGIN_ID where there is no second administrator to do so.

    A new operator can sign in then, and more rights count. An operator whose first
    password an administrator made may agree to that administrator's changes again.
    """
    with _stored(database, instance) as session:
        try:
            found = service.find_by_login_id(session, login_id)
            service.confirm(session, None, found, role=None, now=utc_now())
        except UnknownAtCounterError:
            _refuse(f"There is no operator called {login_id}.")
        except AlreadySoError:
            _refuse(f"Nothing of {login_id} waits to be confirmed.")
        role = found.role
    click.echo(f"{login_id} is confirmed: {role}.")


@operators.command("list")
@_WHERE[0]
@_WHERE[1]
def list_operators(database: str | None, instance: Path) -> None:
    """Print who works at the counter, and in which role."""
    with _stored(database, instance) as session:
        for each in service.everybody(session):
            click.echo(f"{each.login_id:20} {each.role:14} {each.name}{_state(each)}")


@operators.command("set-password")
@click.argument("login_id")
@_WHERE[0]
@_WHERE[1]
def set_password(login_id: str, database: str | None, instance: Path) -> None:
    """Give LOGIN_ID a new first password and print it once."""
    password = new_password()
    hashed = hash_password(password)
    with _stored(database, instance) as session:
        try:
            found = service.find_by_login_id(session, login_id)
        except UnknownAtCounterError:
            _refuse(f"There is no operator called {login_id}.")
        service.reset_password(session, None, found, hashed, utc_now())
    _say(login_id, password)


@contextmanager
def _stored(database: str | None, instance: Path) -> Iterator[Session]:
    """Open the database that is named, or a demo's."""
    if not database and not (instance / "certferry.db").exists():
        _refuse(f"There is no demo in {instance}. Name a database: --database")
    address = database or f"sqlite:///{instance.resolve() / 'certferry.db'}"
    engine = db.make_engine(address)
    db.migrate(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def _state(operator: Operator) -> str:
    if operator.closed_at:
        return "  closed"
    if operator.awaits_confirmation:
        return "  not confirmed yet"
    return f"  asked: {operator.pending_role}" if operator.pending_role else ""


def _say(login_id: str, password: str) -> None:
    click.echo(f"{login_id}: {password}")
    click.echo("This is shown once. It has to be changed at the first sign-in.")


def _refuse(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(2)


COMMANDS: dict[str, click.Command] = {"operators": operators}
