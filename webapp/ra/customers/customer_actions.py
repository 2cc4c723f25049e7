"""What an operator does for a customer: contact, sign-in, card, factors.

Each action asks `rights` first, so that nobody serves themselves, and is recorded.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from random import Random

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import Customer, Operator
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.factor import Factor, Removal
from webapp.authenticators.factors import FACTORS, find_removal
from webapp.authenticators.security_card import service
from webapp.authenticators.security_card.service import IssuedCard
from webapp.notifications.changes import record_change
from webapp.ra.approvals.acts import Act, Justification
from webapp.ra.errors import (
    ConcurrentChangeError,
    InvalidChoiceError,
    NoChangeError,
    NotFoundError,
)
from webapp.ra.locks import lock_for_service


def find(session: Session, customer_id: int) -> Customer:
    """Return a customer.

    Raises:
        NotFoundError
    """
    customer: Customer | None = session.get(Customer, customer_id)
    if customer is None:
        raise NotFoundError
    return customer


def edit_contact(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    phone: str | None,
    email: str | None,
    justification: Justification,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Store how to reach a customer; the log says what changed, never the numbers.

    Where they were reached until now, they are told.

    Raises:
        ForbiddenRoleError, SelfServiceError
        NoChangeError: it is so, or somebody changed it meanwhile.
    """
    lock_for_service(session, operator, customer)
    was_phone, was_email = customer.phone, customer.email
    changed = {"phone": was_phone != phone, "email": was_email != email}
    if not any(changed.values()):
        raise NoChangeError
    new = {"email_refused_at": None, "email_refused_code": None}
    stored = session.execute(
        update(Customer)
        .where(
            Customer.id == customer.id,
            Customer.phone.is_not_distinct_from(was_phone),
            Customer.email.is_not_distinct_from(was_email),
        )
        .values(phone=phone, email=email, **(new if changed["email"] else {}))
        .execution_options(synchronize_session=False)
    )
    if stored.rowcount != 1:  # type: ignore[attr-defined]
        raise NoChangeError
    record_change(
        session,
        customer,
        _CONTACT[changed["phone"], changed["email"]],
        operator_id=operator.id,
        email=was_email,
        phone=was_phone,
        now=now,
        agreed_by=agreed_by,
    )
    session.expire(customer)
    detail: dict[str, str | bool] = {**changed, **justification.for_log()}
    _record(
        session, AuditEvent.CUSTOMER_CONTACT_CHANGED, operator, customer, now, detail
    )


def lock_sign_in(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    justification: Justification,
    now: datetime,
) -> None:
    """Let nobody sign in as this customer; open sessions end.

    Raises:
        ForbiddenRoleError, SelfServiceError, NoChangeError
    """
    lock_for_service(session, operator, customer)
    if customer.locked_at is not None:
        raise NoChangeError
    customer.locked_at = now
    customer.session_key = secrets.token_hex(16)
    session.flush()
    _record(
        session,
        AuditEvent.CUSTOMER_LOCKED,
        operator,
        customer,
        now,
        justification.for_log(),
    )


def unlock_sign_in(
    session: Session, operator: Operator, customer: Customer, now: datetime
) -> None:
    """Let the customer sign in again.

    Raises:
        ForbiddenRoleError, SelfServiceError, NoChangeError
    """
    lock_for_service(session, operator, customer)
    if customer.locked_at is None:
        raise NoChangeError
    customer.locked_at = None
    session.flush()
    _tell(session, operator, customer, ChangeKind.SIGN_IN_UNLOCKED, now)
    _record(session, AuditEvent.CUSTOMER_UNLOCKED, operator, customer, now)


def reset_password(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    password_hash: str,
    justification: Justification,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Store the hash of a new first password; the customer changes it at once.

    Factors that sign in alone go too: whoever had the old password may have enrolled
    one.

    Raises:
        ForbiddenRoleError, SelfServiceError
        ConcurrentChangeError: somebody else set another one just now.
    """
    was = customer.password_hash
    lock_for_service(session, operator, customer)
    if customer.password_hash != was:
        raise ConcurrentChangeError
    customer.password_hash = password_hash
    customer.session_key = secrets.token_hex(16)
    customer.must_change_password = True
    session.flush()
    for factor in FACTORS.values():
        if factor.signs_in:  # under the customer's lock: none is made in between
            factor.remove(session, customer, actor=operator.audit_actor, now=now)
    _tell(session, operator, customer, ChangeKind.PASSWORD_RESET, now, agreed_by)
    text = justification.for_log()
    _record(session, AuditEvent.CUSTOMER_PASSWORD_RESET, operator, customer, now, text)


def issue_card(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    key: bytes,
    random: Random,
    justification: Justification | None,
    now: datetime,
    agreed_by: int | None = None,
) -> IssuedCard:
    """Issue a security card; the one before is worth nothing from now on.

    A customer who is registered just now is not told of their first one, for which
    there is no `why`.

    Raises:
        ForbiddenRoleError, SelfServiceError
        ConcurrentChangeError: somebody else issued another one just now.
    """
    before = service.find_card(session, customer)
    card_id = before.id if before else None
    lock_for_service(session, operator, customer)
    before = service.find_card(session, customer)
    if card_id != (before.id if before else None):
        raise ConcurrentChangeError
    issued = service.issue_card(
        session,
        customer,
        key,
        random,
        actor=operator.audit_actor,
        now=now,
        detail=justification.for_log() if justification else None,
    )
    if justification is not None:
        _tell(session, operator, customer, ChangeKind.CARD_ISSUED, now, agreed_by)
    return issued


def unlock_account(
    session: Session,
    operator: Operator,
    customer: Customer,
    now: datetime,
    *,
    is_limited: bool = False,
) -> None:
    """Let the customer type date of birth, account number and PIN again.

    `is_limited` says whether their attempts of this hour are used up; the caller lifts
    that limit.

    Raises:
        ForbiddenRoleError, SelfServiceError, NoChangeError
    """
    lock_for_service(session, operator, customer)
    if customer.account_pin_errors == 0 and not is_limited:
        raise NoChangeError
    customer.account_pin_errors = 0
    session.flush()
    _tell(session, operator, customer, ChangeKind.ACCOUNT_UNLOCKED, now)
    _record(
        session, AuditEvent.CUSTOMER_ACCOUNT_CHECK_UNLOCKED, operator, customer, now
    )


def unlock_factor(
    session: Session,
    operator: Operator,
    customer: Customer,
    factor: Factor,
    now: datetime,
) -> None:
    """Let a factor of the customer be used again, with no errors.

    Raises:
        ForbiddenRoleError, SelfServiceError, NoChangeError: it is not locked.
        AppError: there is none, the factor's own.
    """
    lock_for_service(session, operator, customer)
    enrolled = factor.find(session, customer, now)
    if enrolled is not None and not (enrolled.locked or enrolled.errors):
        raise NoChangeError
    factor.unlock(session, customer, actor=operator.audit_actor, now=now)
    _tell(session, operator, customer, factor.unlocked_change, now)


def remove_factor(
    session: Session,
    operator: Operator,
    customer: Customer,
    act: str,
    *,
    justification: Justification,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Forget a factor of the customer, for example with a lost phone.

    Raises:
        ForbiddenRoleError, SelfServiceError, NoChangeError: there is none.
    """
    factor, _removal = _removal_of(act)
    lock_for_service(session, operator, customer)
    if factor.signs_in:
        customer.session_key = secrets.token_hex(16)
        session.flush()
    actor, detail = operator.audit_actor, justification.for_log()
    if not factor.remove(session, customer, actor=actor, now=now, detail=detail):
        raise NoChangeError
    _tell(session, operator, customer, factor.removed_change, now, agreed_by)


UNLOCK_ACCOUNT = "unlock-account"
UNLOCK_FACTOR = "unlock-"  # with the path of a factor after it


def require_possible(
    session: Session, customer: Customer, name: str, now: datetime
) -> str:
    """Return the act of that name that asks, where there is something to act on.

    Raises:
        InvalidChoiceError: there is none of that name.
        NoChangeError: there is nothing to lock or to forget.
    """
    if name == Act.LOCK:
        is_possible = customer.locked_at is None
    else:
        factor, _removal = _removal_of(name)
        is_possible = factor.find(session, customer, now) is not None
    if not is_possible:
        raise NoChangeError
    return name


def take_away(
    name: str,
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    justification: Justification,
    now: datetime,
) -> None:
    """Do one of the acts that ask first and take something away.

    Raises:
        InvalidChoiceError: there is none of that name.
        AppError: as the act says.
    """
    if name == Act.LOCK:
        lock_sign_in(session, operator, customer, justification=justification, now=now)
    else:
        remove_factor(
            session, operator, customer, name, justification=justification, now=now
        )


def unlock(
    name: str,
    session: Session,
    operator: Operator,
    customer: Customer,
    now: datetime,
    *,
    is_limited: bool = False,
) -> None:
    """Do one of the actions that let somebody try again, which takes one press.

    `is_limited` is what `unlock_account` is told.

    Raises:
        InvalidChoiceError: there is none of that name.
        AppError: as the action says.
    """
    if name == "unlock":
        unlock_sign_in(session, operator, customer, now)
    elif name == UNLOCK_ACCOUNT:
        unlock_account(session, operator, customer, now, is_limited=is_limited)
    else:
        unlock_factor(session, operator, customer, _unlocked_by(name), now)


def asks_first(name: str) -> bool:
    """Tell whether an act takes something away, and so asks before it is done."""
    return name == Act.LOCK or find_removal(name) is not None


def _removal_of(act: str) -> tuple[Factor, Removal]:
    removal = find_removal(act)
    if removal is None:
        raise InvalidChoiceError
    return removal


def _unlocked_by(name: str) -> Factor:
    path = name.removeprefix(UNLOCK_FACTOR)
    for factor in FACTORS.values():
        if name != path and factor.path == path:
            return factor
    raise InvalidChoiceError


# By whether the phone and whether the e-mail is another one.
_CONTACT: Mapping[tuple[bool, bool], ChangeKind] = {
    (True, False): ChangeKind.PHONE_CHANGED,
    (False, True): ChangeKind.EMAIL_CHANGED,
    (True, True): ChangeKind.CONTACT_CHANGED,
}


def _tell(
    session: Session,
    operator: Operator,
    customer: Customer,
    kind: ChangeKind,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Queue the notice of a change in the caller's transaction."""
    record_change(
        session,
        customer,
        kind,
        operator_id=operator.id,
        email=customer.email,
        phone=customer.phone,
        now=now,
        agreed_by=agreed_by,
    )


def _record(
    session: Session,
    event: AuditEvent,
    operator: Operator,
    customer: Customer,
    now: datetime,
    detail: Mapping[str, str | bool] | None = None,
) -> None:
    record(
        session,
        event,
        actor=operator.audit_actor,
        customer_id=customer.id,
        at=now,
        detail=detail,
    )
