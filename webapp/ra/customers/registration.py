"""Register customers, one or a whole sheet: all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import Customer, Operator
from webapp.accounts.password_hash import generate_password, hash_password
from webapp.accounts.service import add_customer
from webapp.notifications.changes import record_change
from webapp.ra.customers.forms import CustomerData
from webapp.ra.errors import LoginTakenError
from webapp.ra.locks import lock_for_registration


@dataclass(frozen=True, slots=True)
class PreparedCustomer:
    """An entry with its first password, hashed: what takes long is done."""

    entry: CustomerData
    password: str = field(repr=False)
    password_hash: str = field(repr=False)
    pin_hash: str | None = field(repr=False)


def prepare_customer(entry: CustomerData) -> PreparedCustomer:
    """Make the first password and hash what is hashed; takes long on purpose."""
    password = generate_password()
    pin = entry.account_pin
    return PreparedCustomer(
        entry, password, hash_password(password), hash_password(pin) if pin else None
    )


def existing_login_ids(session: Session, login_ids: Sequence[str]) -> set[str]:
    """Return those IDs that somebody has."""
    stmt = select(Customer.login_id).where(Customer.login_id.in_(login_ids))
    return set(session.scalars(stmt))


def register(
    session: Session, operator: Operator, prepared: PreparedCustomer, now: datetime
) -> Customer:
    """Store a customer; a drawn number that somebody has is drawn anew, once.

    Raises:
        ForbiddenRoleError: an auditor only looks.
        LoginTakenError: somebody got one of the IDs meanwhile; nothing is stored.
    """
    lock_for_registration(session, operator)
    try:
        with session.begin_nested():
            return register_all(session, operator, [prepared], now)[0]
    except IntegrityError:
        if existing_login_ids(session, [prepared.entry.login_id]):
            raise LoginTakenError from None
    return register_all(session, operator, [prepared], now)[0]


def register_all(
    session: Session,
    operator: Operator,
    customers: Sequence[PreparedCustomer],
    now: datetime,
    *,
    batch: str | None = None,
) -> list[Customer]:
    """Store all customers in the caller's transaction; `batch` names an import.

    None of them gets a certificate before a second operator agrees.

    Raises:
        ForbiddenRoleError: an auditor only looks.
        IntegrityError: somebody has one of the IDs.
    """
    lock_for_registration(session, operator)
    registered = [
        add_customer(session, _new(prepared), now, actor=operator.audit_actor)
        for prepared in customers
    ]
    for customer in registered:
        record_change(
            session,
            customer,
            ChangeKind.REGISTERED,
            operator_id=operator.id,
            email=customer.email,
            phone=customer.phone,
            now=now,
            batch=batch,
        )
    return registered


def _new(prepared: PreparedCustomer) -> Customer:
    return Customer(
        **prepared.entry.columns,
        password_hash=prepared.password_hash,
        account_pin_hash=prepared.pin_hash,
        must_change_password=True,
    )
