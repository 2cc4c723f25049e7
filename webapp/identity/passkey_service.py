"""Passkeys of customers: enrol, check, list, remove.

A challenge is kept here, not in the browser: it is taken away by the first answer,
before that is looked at, and is worth nothing after a few minutes.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import lock_customer
from webapp.audit.service import record
from webapp.identity.models import Passkey, PasskeyChallenge
from webapp.identity.passkey import (
    CHALLENGE_BYTES,
    ChallengeOverError,
    EnoughPasskeysError,
    Made,
    PasskeyError,
    PasskeyKnownError,
    PasskeyNamelessError,
    Site,
    UnknownPasskeyError,
    ask_to_make,
    ask_to_sign,
    credential_in,
    read_made,
    read_signed,
)
from webapp.text_input import normalize_text

CHALLENGE_LIFE = timedelta(minutes=3)
MAX_PASSKEYS = 10
NAME_LENGTH = 40
MOST_CLEARED = 100  # challenges that are over, with each new one


class Purpose(StrEnum):
    """What a challenge is for; an answer to one is none to another."""

    ENROL = "enrol"
    CHECK = "check"
    SIGN_IN = "sign_in"


def passkeys_of(session: Session, customer: Customer) -> Sequence[Passkey]:
    """Return the customer's passkeys, oldest first."""
    return session.scalars(
        select(Passkey)
        .where(Passkey.customer_id == customer.id)
        .order_by(Passkey.made_at, Passkey.id)
    ).all()


def begin_enrolment(
    session: Session,
    customer: Customer,
    site: Site,
    random: Callable[[int], bytes],
    *,
    handle: bytes,
    now: datetime,
) -> dict[str, Any]:
    """Return what the browser needs to make a passkey; commit its challenge.

    Raises:
        EnoughPasskeysError
    """
    known = [each.credential_id for each in passkeys_of(session, customer)]
    if len(known) >= MAX_PASSKEYS:
        raise EnoughPasskeysError
    begun = _begin(session, customer, Purpose.ENROL, random, now)
    options = ask_to_make(
        site, begun.challenge, handle=handle, login_id=customer.login_id, known=known
    )
    return {"id": begun.id, "options": options}


def enrol(
    session: Session,
    customer: Customer,
    site: Site,
    answer: object,
    *,
    challenge_id: str,
    name: str,
    now: datetime,
) -> None:
    """Keep the passkey that was made; commit.

    Raises:
        PasskeyError: one of this module, or the answer is worth nothing.
    """
    name = normalize_text(name)
    if not 0 < len(name) <= NAME_LENGTH:
        raise PasskeyNamelessError
    challenge = _take(session, customer, Purpose.ENROL, challenge_id, now=now)
    made = read_made(answer, site, challenge)
    lock_customer(session, customer)
    if len(passkeys_of(session, customer)) >= MAX_PASSKEYS:
        raise EnoughPasskeysError
    session.add(
        Passkey(
            customer_id=customer.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=name,
            made_at=now,
        )
    )
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise PasskeyKnownError from None
    record(session, "passkey.enrolled", customer_id=customer.id, at=now)
    session.commit()


def begin_check(
    session: Session,
    customer: Customer,
    site: Site,
    random: Callable[[int], bytes],
    now: datetime,
) -> dict[str, Any]:
    """Return what the browser needs to sign with a passkey of this customer; commit.

    Raises:
        UnknownPasskeyError: the customer has none.
    """
    known = [each.credential_id for each in passkeys_of(session, customer)]
    if not known:
        raise UnknownPasskeyError
    begun = _begin(session, customer, Purpose.CHECK, random, now)
    return {"id": begun.id, "options": ask_to_sign(site, begun.challenge, known)}


def check_passkey(
    session: Session,
    customer: Customer,
    site: Site,
    answer: object,
    *,
    challenge_id: str,
    now: datetime,
) -> None:
    """Accept a signature of one of the customer's passkeys; the caller commits.

    Raises:
        ChallengeOverError, UnknownPasskeyError, PasskeyError
    """
    challenge = _take(session, customer, Purpose.CHECK, challenge_id, now=now)
    _accept(session, answer, site, challenge, customer=customer, now=now)


def begin_sign_in(
    session: Session, site: Site, random: Callable[[int], bytes], now: datetime
) -> dict[str, Any]:
    """Return what a browser needs to sign in with any passkey of this site; commit."""
    begun = _begin(session, None, Purpose.SIGN_IN, random, now)
    return {"id": begun.id, "options": ask_to_sign(site, begun.challenge, [])}


def check_sign_in(
    session: Session, site: Site, answer: object, *, challenge_id: str, now: datetime
) -> Customer:
    """Return whose passkey signed; the caller commits.

    Raises:
        ChallengeOverError, UnknownPasskeyError, PasskeyError
    """
    challenge = _take(session, None, Purpose.SIGN_IN, challenge_id, now=now)
    owner = _accept(session, answer, site, challenge, customer=None, now=now)
    return session.get_one(Customer, owner)


def remove_passkey(
    session: Session,
    customer: Customer,
    passkey_id: int,
    *,
    by: str | None,
    now: datetime,
) -> None:
    """Forget a passkey. The caller commits; `by` None is the customer.

    Raises:
        UnknownPasskeyError: there is none, or it is somebody else's.
    """
    found = session.execute(
        delete(Passkey)
        .where(Passkey.id == passkey_id, Passkey.customer_id == customer.id)
        .returning(Passkey.id)
    ).all()
    if not found:
        raise UnknownPasskeyError
    record(session, "passkey.removed", by=by, customer_id=customer.id, at=now)


def remove_passkeys(
    session: Session, customer: Customer, *, by: str | None, now: datetime
) -> int:
    """Forget all passkeys and what they were asked; return how many there were.

    The caller commits; `by` None is the customer.
    """
    asked = PasskeyChallenge.customer_id == customer.id
    session.execute(delete(PasskeyChallenge).where(asked))
    found = session.execute(
        delete(Passkey).where(Passkey.customer_id == customer.id).returning(Passkey.id)
    ).all()
    for _each in found:
        record(session, "passkey.removed", by=by, customer_id=customer.id, at=now)
    return len(found)


def _begin(
    session: Session,
    customer: Customer | None,
    purpose: Purpose,
    random: Callable[[int], bytes],
    now: datetime,
) -> PasskeyChallenge:
    # Some of those that are over, and none that somebody else is deleting.
    over = (
        select(PasskeyChallenge.id)
        .where(PasskeyChallenge.ends_at <= now)
        .limit(MOST_CLEARED)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(PasskeyChallenge)
        .where(PasskeyChallenge.id.in_(over))
        .execution_options(synchronize_session=False)
    )
    begun = PasskeyChallenge(
        id=secrets.token_urlsafe(16),
        customer_id=customer.id if customer else None,
        purpose=purpose,
        challenge=random(CHALLENGE_BYTES),
        ends_at=now + CHALLENGE_LIFE,
    )
    session.add(begun)
    session.commit()
    return begun


def _take(
    session: Session,
    customer: Customer | None,
    purpose: Purpose,
    challenge_id: str,
    *,
    now: datetime,
) -> bytes:
    """Take a challenge away, whatever its answer is worth; commit."""
    owner = customer.id if customer else None
    taken = session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.id == challenge_id,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.customer_id.is_(None)
            if owner is None
            else PasskeyChallenge.customer_id == owner,
        )
        .returning(PasskeyChallenge.challenge, PasskeyChallenge.ends_at)
    ).one_or_none()
    session.commit()
    if taken is None or taken.ends_at <= now:
        raise ChallengeOverError
    challenge: bytes = taken.challenge
    return challenge


def _accept(
    session: Session,
    answer: object,
    site: Site,
    challenge: bytes,
    *,
    customer: Customer | None,
    now: datetime,
) -> int:
    """Count a signature of a passkey, and return whose it is."""
    wanted = select(Passkey).where(Passkey.credential_id == credential_in(answer))
    if customer is not None:
        wanted = wanted.where(Passkey.customer_id == customer.id)
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise UnknownPasskeyError
    lock_customer(session, session.get_one(Customer, found.customer_id))
    before = found.sign_count
    made = Made(found.credential_id, found.public_key, before)
    count = read_signed(answer, site, challenge, made)
    counted = session.execute(
        update(Passkey)
        .where(Passkey.id == found.id, Passkey.sign_count == before)
        .values(sign_count=count, used_at=now)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        session.rollback()  # another answer of this key was faster
        raise PasskeyError
    return found.customer_id
