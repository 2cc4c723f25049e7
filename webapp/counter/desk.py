"""What an operator does for a customer: contact, sign-in, card, phone, one-time codes.

Each action asks `rights` first, so that nobody serves themselves, and is recorded.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.accounts.models import ChangeKind, Customer
from webapp.audit.service import record
from webapp.counter.acts import Act, Why
from webapp.counter.errors import (
    AlreadySoError,
    ChangedMeanwhileError,
    NoSuchChoiceError,
    UnknownAtCounterError,
)
from webapp.counter.locks import lock_for_serving
from webapp.counter.models import Operator
from webapp.counter.rights import name_of
from webapp.identity import (
    card_service,
    one_time_service,
    passkey_service,
    phone_service,
)
from webapp.identity.card_service import IssuedCard
from webapp.identity.models import OneTimeSecret
from webapp.notices.changes import record_change


def find(session: Session, customer_id: int) -> Customer:
    """Return a customer.

    Raises:
        UnknownAtCounterError
    """
    found: Customer | None = session.get(Customer, customer_id)
    if found is None:
        raise UnknownAtCounterError
    return found


def one_time_of(session: Session, customer: Customer) -> OneTimeSecret | None:
    """Return the authenticator app that a customer has confirmed."""
    found = one_time_service.one_time_of(session, customer)
    return found if found and found.confirmed_at else None


def edit_contact(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    phone: str | None,
    email: str | None,
    why: Why,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Store how to reach a customer; the log says what changed, never the numbers.

    Where they were reached until now, they are told.

    Raises:
        NotYourRoleError, OwnRequestError
        AlreadySoError: it is so, or somebody changed it meanwhile.
    """
    lock_for_serving(session, operator, customer)
    was_phone, was_email = customer.phone, customer.email
    changed = {"phone": was_phone != phone, "email": was_email != email}
    if not any(changed.values()):
        raise AlreadySoError
    fresh = {"email_refused_at": None, "email_refused_code": None}
    stored = session.execute(
        update(Customer)
        .where(
            Customer.id == customer.id,
            Customer.phone.is_not_distinct_from(was_phone),
            Customer.email.is_not_distinct_from(was_email),
        )
        .values(phone=phone, email=email, **(fresh if changed["email"] else {}))
        .execution_options(synchronize_session=False)
    )
    if stored.rowcount != 1:  # type: ignore[attr-defined]
        session.rollback()
        raise AlreadySoError
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
    detail: dict[str, str | bool] = {**changed, **why.for_log()}
    _commit(session, "customer.contact_changed", operator, customer, now, detail)


def lock_sign_in(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    why: Why,
    now: datetime,
) -> None:
    """Let nobody sign in as this customer; open sessions end.

    Raises:
        NotYourRoleError, OwnRequestError, AlreadySoError
    """
    lock_for_serving(session, operator, customer)
    if customer.locked_at is not None:
        raise AlreadySoError
    customer.locked_at = now
    customer.session_key = secrets.token_hex(16)
    session.flush()
    _commit(session, "customer.locked", operator, customer, now, why.for_log())


def unlock_sign_in(
    session: Session, operator: Operator, customer: Customer, now: datetime
) -> None:
    """Let the customer sign in again.

    Raises:
        NotYourRoleError, OwnRequestError, AlreadySoError
    """
    lock_for_serving(session, operator, customer)
    if customer.locked_at is None:
        raise AlreadySoError
    customer.locked_at = None
    session.flush()
    _tell(session, operator, customer, ChangeKind.SIGN_IN_UNLOCKED, now)
    _commit(session, "customer.unlocked", operator, customer, now)


def reset_password(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    password_hash: str,
    why: Why,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Store the hash of a new first password; the customer changes it at once.

    Their passkeys go too: whoever had the old password may have made one.

    Raises:
        NotYourRoleError, OwnRequestError
        ChangedMeanwhileError: somebody else set another one just now.
    """
    was = customer.password_hash
    lock_for_serving(session, operator, customer)
    if customer.password_hash != was:
        session.rollback()
        raise ChangedMeanwhileError
    customer.password_hash = password_hash
    customer.session_key = secrets.token_hex(16)
    customer.must_change_password = True
    session.flush()
    _forget_passkeys(session, operator, customer, now)
    _tell(session, operator, customer, ChangeKind.PASSWORD_RESET, now, agreed_by)
    said = why.for_log()
    _commit(session, "customer.password_reset", operator, customer, now, said)


def issue_card(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    key: bytes,
    random: Random,
    why: Why | None,
    now: datetime,
    agreed_by: int | None = None,
) -> IssuedCard:
    """Issue a security card; the one before is worth nothing from now on.

    A customer who is registered just now is not told of their first one, for which
    there is no `why`.

    Raises:
        NotYourRoleError, OwnRequestError
        ChangedMeanwhileError: somebody else issued another one just now.
    """
    before = card_service.card_of(session, customer)
    known = before.id if before else None
    lock_for_serving(session, operator, customer)
    before = card_service.card_of(session, customer)
    if known != (before.id if before else None):
        session.rollback()
        raise ChangedMeanwhileError
    issued = card_service.issue_card(
        session,
        customer,
        key,
        random,
        by=name_of(operator),
        now=now,
        detail=why.for_log() if why else None,
    )
    if why is not None:
        _tell(session, operator, customer, ChangeKind.CARD_ISSUED, now, agreed_by)
    session.commit()
    return issued


def unlock_card(
    session: Session, operator: Operator, customer: Customer, now: datetime
) -> None:
    """Let the customer's card be used again.

    Raises:
        NotYourRoleError, OwnRequestError, AlreadySoError: it is not locked.
        NoCardError: there is none.
    """
    lock_for_serving(session, operator, customer)
    card = card_service.card_of(session, customer)
    if card is not None and card.locked_at is None and not card.errors:
        raise AlreadySoError
    card_service.unlock_card(session, customer, by=name_of(operator), now=now)
    _tell(session, operator, customer, ChangeKind.CARD_UNLOCKED, now)
    session.commit()


def unlock_phone(
    session: Session, operator: Operator, customer: Customer, now: datetime
) -> None:
    """Let the centre call the customer again today.

    Raises:
        NotYourRoleError, OwnRequestError, AlreadySoError
    """
    lock_for_serving(session, operator, customer)
    if not phone_service.phone_locked(session, customer, now):
        raise AlreadySoError
    _tell(session, operator, customer, ChangeKind.PHONE_UNLOCKED, now)
    phone_service.unlock_phone(session, customer, by=name_of(operator), now=now)


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
        NotYourRoleError, OwnRequestError, AlreadySoError
    """
    lock_for_serving(session, operator, customer)
    if customer.account_pin_errors == 0 and not is_limited:
        raise AlreadySoError
    customer.account_pin_errors = 0
    session.flush()
    _tell(session, operator, customer, ChangeKind.ACCOUNT_UNLOCKED, now)
    _commit(session, "customer.account_check_unlocked", operator, customer, now)


def unlock_one_time(
    session: Session, operator: Operator, customer: Customer, now: datetime
) -> None:
    """Let the customer's authenticator app be used again.

    Raises:
        NotYourRoleError, OwnRequestError, AlreadySoError: it is not locked.
        NoOneTimeError: there is none.
    """
    lock_for_serving(session, operator, customer)
    found = one_time_of(session, customer)
    if found is not None and found.locked_at is None and not found.errors:
        raise AlreadySoError
    one_time_service.unlock_one_time(session, customer, by=name_of(operator), now=now)
    _tell(session, operator, customer, ChangeKind.APP_UNLOCKED, now)
    session.commit()


def remove_one_time(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    why: Why,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Forget the customer's authenticator app, for example with a lost phone.

    Raises:
        NotYourRoleError, OwnRequestError
        NoOneTimeError: there is none.
    """
    lock_for_serving(session, operator, customer)
    one_time_service.remove_one_time(
        session, customer, by=name_of(operator), now=now, detail=why.for_log()
    )
    _tell(session, operator, customer, ChangeKind.APP_REMOVED, now, agreed_by)
    session.commit()


def remove_passkeys(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    why: Why,
    now: datetime,
    agreed_by: int | None = None,
) -> None:
    """Forget every passkey of the customer; open sessions end.

    Raises:
        NotYourRoleError, OwnRequestError, AlreadySoError: there is none.
    """
    lock_for_serving(session, operator, customer)
    customer.session_key = secrets.token_hex(16)
    session.flush()
    if not _forget_passkeys(session, operator, customer, now, why):
        session.rollback()
        raise AlreadySoError
    _tell(session, operator, customer, ChangeKind.PASSKEYS_REMOVED, now, agreed_by)
    session.commit()


UNLOCK_ACCOUNT = "unlock-account"
Action = Callable[[Session, Operator, Customer, datetime], None]
# What lets somebody try again takes one press.
UNLOCKS: Mapping[str, Action] = {
    "unlock": unlock_sign_in,
    UNLOCK_ACCOUNT: unlock_account,
    "unlock-card": unlock_card,
    "unlock-phone": unlock_phone,
    "unlock-one-time": unlock_one_time,
}
# What takes something away asks first.
ASKING: Mapping[Act, Callable[..., None]] = {
    Act.LOCK: lock_sign_in,
    Act.REMOVE_APP: remove_one_time,
    Act.REMOVE_PASSKEYS: remove_passkeys,
}


def require_possible(session: Session, customer: Customer, name: str) -> Act:
    """Return the act of that name that asks, where there is something to act on.

    Raises:
        NoSuchChoiceError: there is none of that name.
        AlreadySoError: there is nothing to lock or to forget.
    """
    if name not in ASKING:
        raise NoSuchChoiceError
    there = {
        Act.LOCK: customer.locked_at is None,
        Act.REMOVE_APP: one_time_of(session, customer) is not None,
        Act.REMOVE_PASSKEYS: bool(passkey_service.passkeys_of(session, customer)),
    }
    if not there[Act(name)]:
        raise AlreadySoError
    return Act(name)


def unlock(
    name: str,
    session: Session,
    operator: Operator,
    customer: Customer,
    now: datetime,
    *,
    is_limited: bool = False,
) -> None:
    """Do one of the actions that need no further word.

    `is_limited` is what `unlock_account` is told.

    Raises:
        NoSuchChoiceError: there is none of that name.
        RefusedError: as the action says.
    """
    if name not in UNLOCKS:
        raise NoSuchChoiceError
    if name == UNLOCK_ACCOUNT:
        unlock_account(session, operator, customer, now, is_limited=is_limited)
    else:
        UNLOCKS[name](session, operator, customer, now)


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


def _forget_passkeys(
    session: Session,
    operator: Operator,
    customer: Customer,
    now: datetime,
    why: Why | None = None,
) -> int:
    # Under the customer's lock, so that none is made in between.
    return passkey_service.remove_passkeys(
        session,
        customer,
        by=name_of(operator),
        now=now,
        detail=why.for_log() if why else None,
    )


def _commit(
    session: Session,
    what: str,
    operator: Operator,
    customer: Customer,
    now: datetime,
    detail: Mapping[str, str | bool] | None = None,
) -> None:
    record(
        session,
        what,
        by=name_of(operator),
        customer_id=customer.id,
        at=now,
        detail=detail,
    )
    session.commit()
