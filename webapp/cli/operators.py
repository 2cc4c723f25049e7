"""`certferry operators`: add the first one, list them, help one who is locked out."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.accounts.models import Operator, Role
from webapp.accounts.password_hash import generate_password, hash_password
from webapp.cli.instance_options import centre_options, choose_centre
from webapp.clock import utc_now
from webapp.database_check import cause_of, open_database
from webapp.db import unit_of_work_on
from webapp.ra.customers.forms import LOGIN_ID
from webapp.ra.errors import (
    FactorReasonError,
    LoginTakenError,
    NoChangeError,
    NotFoundError,
)
from webapp.ra.operators import lookup, service
from webapp.startup_error import CommandGroup


@click.group(cls=CommandGroup)
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
@centre_options
def add(
    login_id: str,
    name: str,
    role: str,
    customer: str | None,
    **where: Any,
) -> None:
    """Add LOGIN_ID and print a first password once."""
    if not LOGIN_ID.fullmatch(login_id) or not 0 < len(name.strip()) <= 40:
        _refuse(
            "An ID has 3 to 64 small letters, digits, dots, hyphens or underscores and "
            "begins with a letter or a digit; a name has 1 to 40 characters."
        )
    password = generate_password()
    new = service.NewOperator(
        login_id=login_id,
        name=name.strip(),
        role=Role(role),
        password_hash=hash_password(password),
        customer_login_id=customer,
    )
    with _stored(**where) as session:
        try:
            service.add(session, None, new, utc_now())
        except LoginTakenError:
            _refuse(f"There is an operator called {login_id} already.")
        except NotFoundError:
            _refuse(f"There is no customer called {customer}.")
    _say(login_id, password)


@operators.command("confirm")
@click.argument("login_id")
@centre_options
def confirm(login_id: str, **where: Any) -> None:
    """Confirm LOGIN_ID where there is no second administrator to do so.

    A new operator can sign in then, and more rights count. An operator whose first
    password an administrator made may agree to that administrator's changes again.
    """
    with _stored(**where) as session:
        try:
            operator = lookup.find_by_login_id(session, login_id)
            service.confirm(session, None, operator, role=None, now=utc_now())
        except NotFoundError:
            _refuse(f"There is no operator called {login_id}.")
        except NoChangeError:
            _refuse(f"Nothing of {login_id} waits to be confirmed.")
        role = operator.role
    click.echo(f"{login_id} is confirmed: {role}.")


@operators.command("list")
@centre_options
def list_operators(**where: Any) -> None:
    """Print who works at the counter, and in which role."""
    with _stored(**where) as session:
        factors = lookup.factor_holders(session)
        for operator in lookup.list_operators(session):
            factor = "  second factor" if operator.id in factors else ""
            state = factor + _state(operator)
            click.echo(
                f"{operator.login_id:20} {operator.role:14} {operator.name}{state}"
            )


@operators.command("set-password")
@click.argument("login_id")
@centre_options
def set_password(login_id: str, **where: Any) -> None:
    """Give LOGIN_ID a new first password and print it once."""
    password = generate_password()
    hashed = hash_password(password)
    with _stored(**where) as session:
        try:
            operator = lookup.find_by_login_id(session, login_id)
        except NotFoundError:
            _refuse(f"There is no operator called {login_id}.")
        service.reset_password(
            session, None, operator, hashed, justification=None, now=utc_now()
        )
    _say(login_id, password)


@operators.command("remove-factor")
@click.argument("login_id")
@click.option("--reason", required=True, help="Why; it is kept in the log.")
@centre_options
def remove_factor(login_id: str, reason: str, **where: Any) -> None:
    """Forget the second factor of LOGIN_ID, who lost phone or device."""
    with _stored(**where) as session:
        try:
            operator = lookup.find_by_login_id(session, login_id)
            service.remove_factor(session, None, operator, reason=reason, now=utc_now())
        except NotFoundError:
            _refuse(f"There is no operator called {login_id}.")
        except FactorReasonError:
            _refuse("A reason has 1 to 200 characters.")
        except NoChangeError:
            _refuse(f"{login_id} has no second factor.")
    click.echo(f"{login_id} signs in with the password alone and sets up another one.")


@contextmanager
def _stored(**where: Any) -> Iterator[Session]:
    """Open the database of the centre that is meant."""
    chosen = choose_centre(os.environ, **where)
    engine = open_database(chosen.database_url, _warn)
    try:
        with Session(engine) as session, unit_of_work_on(session):
            yield session
    except SQLAlchemyError as error:
        _refuse(f"The database cannot be used: {cause_of(error)}")
    finally:
        engine.dispose()


def _warn(sentence: str) -> None:
    click.echo(sentence, err=True)


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
