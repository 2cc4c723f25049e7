"""The step "who you are": date of birth, and account and PIN where they are asked for.

Where accounts are asked for, three things are compared and nobody is told which of them
was wrong. Each try is counted before anything is compared, so that many sent at once
are no more than many; after five the counter unlocks it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.enrolment.errors import ApplicationError, IdentityMismatchError
from webapp.enrolment.guards import (
    advance,
    lock_application,
    require_active,
    require_step,
)
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step

MAX_ATTEMPTS = 5
# Written whatever this session believes stands there.
_RESET_ATTEMPTS = (
    update(Customer)
    .values(account_pin_errors=0)
    .execution_options(synchronize_session=False)
)


class IdentityClaimError(ApplicationError):
    """Date of birth, account or PIN is not the registered one; never said which."""

    code = "who_mismatch"
    keeps_changes = True  # the mistake is in the log


class IdentityLockedError(ApplicationError):
    """It was wrong five times."""

    code = "who_locked"
    keeps_changes = True


class NoAccountError(ApplicationError):
    """No account is registered for this customer, so none can be compared."""

    code = "no_account_registered"


class AccountUnreadableError(ApplicationError):
    """What came is no account number or no PIN at all, so it was no try either."""

    code = "account_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityClaim:
    """Who somebody says they are."""

    birth_date: date | None
    account_number: str = ""
    pin_fits: bool = False  # compared before, since that takes long
    counted_try: int | None = None  # of five, where an account is asked for
    client: Mapping[str, str] = field(default_factory=dict)  # for the log


@dataclass(frozen=True, slots=True)
class CountedTry:
    """A try that was counted before anything is compared."""

    number: int
    pin_hash: str = field(repr=False)


def require_readable(account_number: str, pin: str) -> None:
    """Refuse what a password manager filled in, before a try is counted.

    Raises:
        AccountUnreadableError: the number is not of digits, or the PIN not of 4 to 8.
    """
    is_number = re.fullmatch(r"\d*", account_number, re.ASCII)
    is_pin = re.fullmatch(r"|\d{4,8}", pin, re.ASCII)
    if not (is_number and is_pin):
        raise AccountUnreadableError


def count_attempt(
    session: Session,
    application: Application,
    customer: Customer,
    *,
    steps: tuple[Step, ...],
    now: datetime,
) -> CountedTry:
    """Count a try; return it with the hash that the PIN is compared with.

    It is committed before anything is compared.

    Raises:
        NoAccountError: there is nothing to compare with.
        IdentityLockedError: there were five.
        ApplicationError: the step is not open.
    """
    lock_application(session, application)
    require_active(session, application, now)
    require_step(application, Step.YOU, steps)
    pin_hash = customer.account_pin_hash
    if not (pin_hash and customer.account_number):
        raise NoAccountError
    number = session.scalar(
        update(Customer)
        .where(Customer.id == customer.id, Customer.account_pin_errors < MAX_ATTEMPTS)
        .values(account_pin_errors=Customer.account_pin_errors + 1)
        .returning(Customer.account_pin_errors)
        .execution_options(synchronize_session=False)
    )
    if number is None:
        session.rollback()
        raise IdentityLockedError
    return CountedTry(number, pin_hash)


def confirm(
    session: Session,
    application: Application,
    customer: Customer,
    claim: IdentityClaim,
    *,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Compare what somebody says with what is registered.

    Raises:
        IdentityMismatchError, IdentityClaimError: something is another.
        IdentityLockedError: and it was the last try.
        ApplicationError: the step is not open.
    """
    lock_application(session, application)
    require_active(session, application, now)
    require_step(application, Step.YOU, steps)
    if claim.counted_try is None:
        if claim.birth_date != customer.birth_date:
            session.rollback()
            _note_mistake(session, customer, claim, now)
            raise IdentityMismatchError
    elif not _matches(customer, claim):
        _refuse(session, customer, claim, now)
    else:
        session.execute(_RESET_ATTEMPTS.where(Customer.id == customer.id))
    application.identity_confirmed_at = now
    advance(session, application, now)


def _matches(customer: Customer, claim: IdentityClaim) -> bool:
    compared = (
        claim.birth_date == customer.birth_date,
        claim.account_number == customer.account_number,
        claim.pin_fits,
    )
    return all(compared)


def _note_mistake(
    session: Session, customer: Customer, claim: IdentityClaim, now: datetime
) -> None:
    # No flood: an hour has ten of them, and an account five until it is unlocked.
    record(
        session,
        AuditEvent.CUSTOMER_IDENTITY_MISTAKEN,
        customer_id=customer.id,
        at=now,
        detail=claim.client,
    )


def _refuse(
    session: Session, customer: Customer, claim: IdentityClaim, now: datetime
) -> None:
    if (claim.counted_try or 0) < MAX_ATTEMPTS:
        session.rollback()
        _note_mistake(session, customer, claim, now)
        raise IdentityClaimError
    record(
        session,
        AuditEvent.CUSTOMER_ACCOUNT_CHECK_LOCKED,
        customer_id=customer.id,
        at=now,
    )
    raise IdentityLockedError
