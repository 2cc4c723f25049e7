"""Security cards: issue, unlock, and compare an answer. The caller commits.

A card is locked by its errors, whichever application they were made in. Each try is
counted before it is compared, in one conditional UPDATE, so that a thousand at once are
no more than five. A right answer sets the count back and draws the next question.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import ClassVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.encryption import decrypt, encrypt
from webapp.authenticators.models import SecurityCard
from webapp.authenticators.security_card.rules import (
    DIGITS,
    MAX_ERRORS,
    CardChallenge,
    CardResponse,
    new_challenge,
    new_codes,
    new_number,
    verify,
)
from webapp.exceptions import AppError


class CardError(AppError):
    """An answer from a security card was refused."""

    code: ClassVar[str] = "card_refused"


class NoCardError(CardError):
    """The customer has no security card."""

    code = "no_card"


class CardLockedError(CardError):
    """There were too many wrong answers."""

    code = "card_locked"
    keeps_changes = True


class CardIncompleteError(CardError):
    """Not both halves are two digits; this is no try."""

    code = "card_incomplete"


class StaleChallengeError(CardError):
    """The card asks for other codes by now; this is no try."""

    code = "card_asks_other"


class CardWrongError(CardError):
    """The digits are not those on the card."""

    code = "card_wrong"
    keeps_changes = True


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card that was issued just now: the only time that its codes are at hand."""

    number: str
    codes: tuple[str, ...] = field(repr=False)


def issue_card(
    session: Session,
    customer: Customer,
    key: bytes,
    random: Random,
    *,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> IssuedCard:
    """Issue a card and close the customer's older one.

    `random` is `secrets.SystemRandom()` outside of tests; `actor` is the operator, or
    None where the centre itself issues. Show the codes at once: they cannot be read
    again. `detail` is for the log.
    """
    _close_open(session, customer, now)
    issued = IssuedCard(new_number(random), new_codes(random))
    challenge = new_challenge(random)
    card = SecurityCard(
        id=secrets.token_urlsafe(16),
        customer_id=customer.id,
        number=issued.number,
        issued_at=now,
        ask_first=challenge.first,
        ask_second=challenge.second,
    )
    digits = "".join(issued.codes).encode()
    card.codes = encrypt(digits, key, _owner(card.id, customer.id), random.randbytes)
    session.add(card)
    session.flush()
    record(
        session,
        AuditEvent.CARD_ISSUED,
        actor=actor or SYSTEM,
        customer_id=customer.id,
        at=now,
        detail=detail,
    )
    return issued


def read_demo_card(card: SecurityCard, key: bytes) -> IssuedCard:
    """Return a card with all its codes: for a demo alone, which has no paper."""
    return IssuedCard(card.number, _codes_of(card, key))


def find_card(session: Session, customer: Customer) -> SecurityCard | None:
    """Return the customer's card that is not closed, locked or not."""
    return session.scalar(
        select(SecurityCard)
        .where(
            SecurityCard.customer_id == customer.id, SecurityCard.closed_at.is_(None)
        )
        .execution_options(populate_existing=True)
    )


def unlock_card(
    session: Session, customer: Customer, *, actor: Actor | None, now: datetime
) -> None:
    """Let a card be used again, with no errors.

    Raises:
        NoCardError: the customer has none.
    """
    rows = session.execute(
        update(SecurityCard)
        .where(
            SecurityCard.customer_id == customer.id, SecurityCard.closed_at.is_(None)
        )
        .values(errors=0, locked_at=None)
        .returning(SecurityCard.id)
    ).all()
    if not rows:
        raise NoCardError
    record(
        session,
        AuditEvent.CARD_UNLOCKED,
        actor=actor or SYSTEM,
        customer_id=customer.id,
        at=now,
    )


def challenge_of(card: SecurityCard) -> CardChallenge:
    """Return what a card asks for; it stays until it was answered rightly."""
    return CardChallenge(card.ask_first, card.ask_second)


def verify_card(
    session: Session,
    customer: Customer,
    key: bytes,
    response: CardResponse,
    *,
    challenge: CardChallenge,
    random: Random,
    now: datetime,
) -> None:
    """Compare an answer to the challenge; a wrong one is counted.

    Raises:
        CardIncompleteError, StaleChallengeError: this was no try.
        CardWrongError, CardLockedError, NoCardError
    """
    if not response.is_complete:
        raise CardIncompleteError
    card = _count_try(session, customer, challenge)
    if card is None:
        raise _why_not(find_card(session, customer))
    if not verify(response, challenge, _codes_of(card, key)):
        _end_wrong(session, card, now)
        raise CardLockedError if card.errors >= MAX_ERRORS else CardWrongError
    next_challenge = new_challenge(random, challenge)
    session.execute(
        update(SecurityCard)
        .where(SecurityCard.id == card.id)
        .values(
            errors=0, ask_first=next_challenge.first, ask_second=next_challenge.second
        )
    )


def _count_try(
    session: Session, customer: Customer, challenge: CardChallenge
) -> SecurityCard | None:
    """Count one try before it is compared; None where there is none to be had."""
    return session.scalar(
        update(SecurityCard)
        .where(
            SecurityCard.customer_id == customer.id,
            SecurityCard.closed_at.is_(None),
            SecurityCard.locked_at.is_(None),
            SecurityCard.errors < MAX_ERRORS,
            SecurityCard.ask_first == challenge.first,
            SecurityCard.ask_second == challenge.second,
        )
        .values(errors=SecurityCard.errors + 1)
        .returning(SecurityCard)
        .execution_options(populate_existing=True, synchronize_session=False)
    )


def _why_not(card: SecurityCard | None) -> CardError:
    if card is None:
        return NoCardError()
    is_locked = card.locked_at is not None or card.errors >= MAX_ERRORS
    return CardLockedError() if is_locked else StaleChallengeError()


def _end_wrong(session: Session, card: SecurityCard, now: datetime) -> None:
    detail = {"errors": card.errors}
    if card.errors >= MAX_ERRORS:
        card.locked_at = now
        session.flush()
        record(
            session,
            AuditEvent.CARD_LOCKED,
            actor=SYSTEM,
            customer_id=card.customer_id,
            at=now,
        )
    else:
        record(
            session,
            AuditEvent.CARD_MISTAKEN,
            customer_id=card.customer_id,
            at=now,
            detail=detail,
        )


def _close_open(session: Session, customer: Customer, now: datetime) -> None:
    session.execute(
        update(SecurityCard)
        .where(
            SecurityCard.customer_id == customer.id, SecurityCard.closed_at.is_(None)
        )
        .values(closed_at=now)
    )


def _codes_of(card: SecurityCard, key: bytes) -> tuple[str, ...]:
    digits = decrypt(card.codes, key, _owner(card.id, card.customer_id)).decode()
    return tuple(digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS))


def _owner(card_id: str, customer_id: int) -> str:
    return f"security_card:{card_id}:{customer_id}"
