"""Who people are: register, sign in, change a password. The caller commits."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer, Operator
from webapp.accounts.password_hash import hash_password, verify
from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.attempts import FailedAttempt, record_failed_attempt
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.db import lock
from webapp.exceptions import AppError

# Built once: every request of a signed-in person asks it.
_BY_SESSION_KEY = select(Customer).where(
    Customer.session_key == bindparam("key"), Customer.locked_at.is_(None)
)


class AccountError(AppError):
    """Something about an account was refused."""

    code = "account_refused"


class SignInRefusedError(AccountError):
    """The name is unknown or the password is wrong; never said which."""

    code = "sign_in_refused"


class AccountLockedError(AccountError):
    """The counter locked the account; said only to whoever knows the password."""

    code = "account_locked"
    keeps_changes = True  # what a passkey signed is used up


class SignInEndedError(AccountError):
    """The sign-in ended, here or elsewhere, while a request of it was on its way."""

    code = "sign_in_needed"


class OldPasswordError(AccountError):
    """The password until now is another one."""

    code = "old_password_wrong"


class SamePasswordError(AccountError):
    """The new password is the one until now."""

    code = "password_same"


class PasswordChangeNeededError(AccountError):
    """The first password was printed; its holder has to choose another at once."""

    code = "password_change_needed"


class UnknownCustomerError(AccountError):
    """There is no customer of that name."""

    code = "unknown_customer"


def new_customer(
    *, password: str, account_pin: str | None = None, **columns: Any
) -> Customer:
    """Return somebody who is not stored yet; takes long, since it hashes.

    `columns` are columns of `Customer` by name.
    """
    return Customer(
        **columns,
        password_hash=hash_password(password),
        account_pin_hash=hash_password(account_pin) if account_pin else None,
    )


def add_customer(
    session: Session, customer: Customer, now: datetime, *, actor: Actor = SYSTEM
) -> Customer:
    """Store a new customer, whose secrets are hashed, in the caller's transaction.

    `actor` is who registers them.
    """
    customer.session_key = secrets.token_hex(16)
    customer.number = _new_number(now)
    customer.created_at = now
    session.add(customer)
    session.flush()
    record(
        session,
        AuditEvent.CUSTOMER_REGISTERED,
        customer_id=customer.id,
        actor=actor,
        at=now,
    )
    return customer


def lock_customer(session: Session, customer: Customer) -> None:
    """Lock a customer, and read them again.

    What one customer has is changed under this lock alone: applications, cards, apps,
    passkeys, calls, certificates.

    Raises:
        SignInEndedError: as of `lock_holder`.
    """
    lock_holder(session, customer)


def lock_holder(session: Session, holder: AccountHolder) -> None:
    """Lock a customer or an operator, and read them again.

    Raises:
        SignInEndedError: all their sessions were ended since they were read, by a
            sign-out, another password or the counter.
    """
    key = holder.session_key
    lock(session, holder)
    if holder.session_key != key:
        raise SignInEndedError


def find_by_session_key(session: Session, key: str) -> Customer | None:
    """Return the customer whose sessions carry `key`."""
    return session.scalar(_BY_SESSION_KEY, {"key": key})


def find_by_login_id(session: Session, login_id: str) -> Customer | None:
    """Return the customer who signs in under an ID."""
    return session.scalar(select(Customer).where(Customer.login_id == login_id))


def password_hash_of(session: Session, login_id: str) -> str | None:
    """Return the stored hash of an account, or None where there is no such account."""
    return session.scalar(
        select(Customer.password_hash).where(Customer.login_id == login_id)
    )


def lock_for_login(
    session: Session, holder: AccountHolder, password_hash: str | None
) -> None:
    """Lock a holder whose password was compared with `password_hash`.

    Raises:
        SignInRefusedError: the password was changed while the old one was compared.
    """
    lock(session, holder)
    if holder.password_hash != password_hash:
        raise SignInRefusedError


def record_login(
    session: Session,
    login_id: str,
    password_hash: str | None,
    now: datetime,
    client: Mapping[str, str] | None = None,
) -> Customer:
    """Record a sign-in whose password belonged to `password_hash`; return who it is.

    Raises:
        SignInRefusedError: the password was changed while the old one was compared.
        AccountLockedError: the counter locked the account.
    """
    customer = find_by_login_id(session, login_id)
    if customer is None:
        raise SignInRefusedError
    lock_for_login(session, customer, password_hash)
    admit(session, customer, AuditEvent.CUSTOMER_SIGNED_IN, now, client=client)
    return customer


def admit(
    session: Session,
    customer: Customer,
    event: AuditEvent,
    now: datetime,
    *,
    client: Mapping[str, str] | None = None,
    certificate_id: str | None = None,
) -> None:
    """Record that a customer signs in, whose row the caller has locked.

    Raises:
        AccountLockedError: the counter locked the account.
    """
    require_open(customer)
    record(
        session,
        event,
        customer_id=customer.id,
        certificate_id=certificate_id,
        at=now,
        detail=client,
    )


def require_open(customer: Customer) -> None:
    """Refuse whatever the centre does for a customer whom the counter locked.

    Raises:
        AccountLockedError
    """
    if customer.locked_at is not None:
        raise AccountLockedError


def note_failed_sign_in(
    session: Session,
    login_id: str,
    tries: tuple[int, int],
    *,
    client: Mapping[str, str],
    now: datetime,
) -> None:
    """Record that a wrong password was typed for an account; nothing of unknown ones.

    `tries` are how many were wrong, and how many may be.
    """
    customer_id = session.scalar(
        select(Customer.id).where(Customer.login_id == login_id)
    )
    if customer_id is None:  # whoever types at random fills no log
        return
    number, of = tries
    attempt = FailedAttempt(
        event=AuditEvent.CUSTOMER_SIGN_IN_FAILED,
        at=now,
        number=number,
        of=of,
        client=client,
        customer_id=customer_id,
    )
    record_failed_attempt(session, attempt)


def set_password(
    session: Session, login_id: str, password: str, now: datetime
) -> Customer:
    """Store a new password and end every session that is open under the old one.

    Raises:
        UnknownCustomerError: nobody is registered under `login_id`.
    """
    hashed = hash_password(password)  # before, since nobody waits for that
    customer = find_by_login_id(session, login_id)
    if customer is None:
        raise UnknownCustomerError(login_id)
    lock(session, customer)
    customer.password_hash = hashed
    customer.session_key = secrets.token_hex(16)
    record(session, AuditEvent.CUSTOMER_PASSWORD_SET, customer_id=customer.id, at=now)
    return customer


def require_different(password: str, password_hash: str) -> None:
    """Refuse to "change" a password to itself; takes long on purpose.

    Raises:
        SamePasswordError
    """
    if verify(password, password_hash):
        raise SamePasswordError


def replace_password(
    session: Session,
    customer_id: int,
    *,
    current_hash: str,
    new_hash: str,
    now: datetime,
) -> Customer:
    """Store the hash of the password that a customer chose; all sessions end.

    Raises:
        OldPasswordError: it was changed elsewhere while this one was compared.
        SignInEndedError: the counter locked the account meanwhile.
    """
    customer = session.get_one(Customer, customer_id)
    lock(session, customer)
    if customer.password_hash != current_hash:
        raise OldPasswordError
    if customer.locked_at is not None:
        raise SignInEndedError
    customer.password_hash = new_hash
    customer.session_key = secrets.token_hex(16)
    customer.must_change_password = False
    record(
        session, AuditEvent.CUSTOMER_PASSWORD_CHOSEN, customer_id=customer.id, at=now
    )
    return customer


def end_sessions(session: Session, holder: AccountHolder, now: datetime) -> None:
    """End every session of a holder, on all devices; once, however often sent."""
    key = holder.session_key
    lock(session, holder)
    if holder.session_key != key:  # they ended a moment ago
        return
    holder.session_key = secrets.token_hex(16)
    session.flush()
    if isinstance(holder, Operator):
        actor, event = holder.audit_actor, AuditEvent.OPERATOR_SIGNED_OUT
        record(session, event, actor=actor, at=now)
    else:
        event = AuditEvent.CUSTOMER_SIGNED_OUT
        record(session, event, customer_id=holder.id, at=now)


def check_password(password: str, password_hash: str | None) -> None:
    """Compare off the database, since it takes long on purpose.

    Raises:
        SignInRefusedError: the password does not belong to the hash.
    """
    if not verify(password, password_hash):
        raise SignInRefusedError


def _new_number(now: datetime) -> str:
    # Digits only, as identity data asks (docs/issuing.md); the date keeps it sortable.
    return f"{now:%Y%m%d}{secrets.randbelow(10**8):08d}"
