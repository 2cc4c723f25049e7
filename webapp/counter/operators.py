"""Manage operators: add, change the role, close, give a new first password."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.service import CENTRE, record
from webapp.counter.errors import (
    AlreadySoError,
    LastAdministratorError,
    LoginTakenError,
    NoSuchChoiceError,
    OwnAccountError,
    UnknownAtCounterError,
)
from webapp.counter.forms import LOGIN_ID
from webapp.counter.models import Operator, Role
from webapp.counter.rights import MANAGES, name_of, require_role

_LINKED = "operator.linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """What is known of somebody who begins at the counter."""

    login_id: str
    name: str
    role: Role
    password_hash: str = field(repr=False)
    customer_login_id: str | None = None  # who is also a customer
    must_change_password: bool = True


def role_called(name: str) -> Role:
    """Return the role of that name.

    Raises:
        NoSuchChoiceError
    """
    if name not in tuple(Role):
        raise NoSuchChoiceError
    return Role(name)


def everybody(session: Session) -> list[Operator]:
    """Return all operators, those who have left at the end."""
    left = Operator.closed_at.is_not(None)
    return list(session.scalars(select(Operator).order_by(left, Operator.login_id)))


def names(session: Session) -> dict[int | None, str]:
    """Return what people call each operator, by id."""
    return {each.id: each.name for each in session.scalars(select(Operator))}


def find(session: Session, operator_id: int) -> Operator:
    """Return an operator.

    Raises:
        UnknownAtCounterError
    """
    found = session.get(Operator, operator_id)
    if found is None:
        raise UnknownAtCounterError
    return found


def find_by_login_id(session: Session, login_id: str) -> Operator:
    """Return an operator by the ID they sign in with.

    Raises:
        UnknownAtCounterError
    """
    found: Operator | None = session.scalar(
        select(Operator).where(Operator.login_id == login_id)
    )
    if found is None:
        raise UnknownAtCounterError
    return found


def add(
    session: Session, by: Operator | None, new: NewOperator, now: datetime
) -> Operator:
    """Store somebody who begins at the counter; `by` is None from the command line.

    Raises:
        LoginTakenError, NoSuchChoiceError: the ID is taken, or cannot be one.
        UnknownAtCounterError: there is no such customer.
    """
    _require_manager(by)
    if not LOGIN_ID.fullmatch(new.login_id) or not 0 < len(new.name) <= 40:
        raise NoSuchChoiceError
    operator = Operator(
        login_id=new.login_id,
        password_hash=new.password_hash,
        session_key=secrets.token_hex(16),
        name=new.name,
        role=new.role,
        customer_id=_customer_id(session, new.customer_login_id),
        must_change_password=new.must_change_password,
        created_at=now,
    )
    session.add(operator)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise LoginTakenError from None
    _record(session, "operator.added", by, operator, now)
    return operator


def change_role(
    session: Session, by: Operator, operator: Operator, role: Role, now: datetime
) -> None:
    """Give somebody else another role.

    Raises:
        OwnAccountError, AlreadySoError, LastAdministratorError
    """
    _require_other(by, operator)
    if operator.role == role:
        raise AlreadySoError
    _require_administrator_left(session, operator)
    operator.role = role
    session.flush()
    _record(session, "operator.role_changed", by, operator, now)


def link(
    session: Session, by: Operator, operator: Operator, login_id: str, now: datetime
) -> None:
    """Store which customer an operator is; an empty ID: none.

    Raises:
        OwnAccountError: nobody says about themselves that they are no customer.
        AlreadySoError, UnknownAtCounterError
    """
    require_role(by, MANAGES)
    if operator.closed_at is not None:
        raise AlreadySoError
    if operator.id == by.id and (not login_id or operator.customer_id is not None):
        raise OwnAccountError
    customer_id = _customer_id(session, login_id)
    if operator.customer_id == customer_id:
        raise AlreadySoError
    operator.customer_id = customer_id
    session.flush()
    _record(session, _LINKED, by, operator, now)


def close(session: Session, by: Operator, operator: Operator, now: datetime) -> None:
    """End somebody's work here; their sessions end at once.

    Raises:
        OwnAccountError, AlreadySoError, LastAdministratorError
    """
    _require_other(by, operator)
    _require_administrator_left(session, operator)
    operator.closed_at = now
    operator.session_key = secrets.token_hex(16)
    session.flush()
    _record(session, "operator.closed", by, operator, now)


def reset_password(
    session: Session,
    by: Operator | None,
    operator: Operator,
    password_hash: str,
    now: datetime,
) -> None:
    """Store the hash of a new first password; older sessions end.

    Raises:
        OwnAccountError: one's own password is changed on one's own page.
    """
    if by is not None:
        _require_other(by, operator)
    operator.password_hash = password_hash
    operator.session_key = secrets.token_hex(16)
    operator.must_change_password = True
    operator.password_by = by.id if by else None
    session.flush()
    _record(session, "operator.password_reset", by, operator, now)


def _require_manager(by: Operator | None) -> None:
    if by is not None:  # None is whoever runs commands on the centre's machine
        require_role(by, MANAGES)


def _require_other(by: Operator, operator: Operator) -> None:
    require_role(by, MANAGES)
    if operator.id == by.id:
        raise OwnAccountError
    if operator.closed_at is not None:
        raise AlreadySoError


def _require_administrator_left(session: Session, without: Operator) -> None:
    others = select(func.count(Operator.id)).where(
        Operator.role == Role.ADMINISTRATOR,
        Operator.closed_at.is_(None),
        Operator.id != without.id,
    )
    if without.role == Role.ADMINISTRATOR and not session.scalar(others):
        raise LastAdministratorError


def _customer_id(session: Session, login_id: str | None) -> int | None:
    if not login_id:
        return None
    found: int | None = session.scalar(
        select(Customer.id).where(Customer.login_id == login_id)
    )
    if found is None:
        raise UnknownAtCounterError
    return found


def _record(
    session: Session, what: str, by: Operator | None, about: Operator, now: datetime
) -> None:
    record(
        session,
        what,
        by=name_of(by) if by else CENTRE,
        at=now,
        detail={
            "operator": about.id,
            "role": about.role,
            # Which customer they are; 0 is none.
            **({"customer": about.customer_id or 0} if what == _LINKED else {}),
        },
    )
    session.commit()
