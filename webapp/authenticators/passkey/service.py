"""Passkeys of account holders: enrol, check, list, remove. The caller commits.

A challenge is kept here, not in the browser: it is taken away by the first answer,
before that is looked at, and is worth nothing after a few minutes.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.holders import (
    AccountHolder,
    holder_columns,
    record_for,
)
from webapp.accounts.models import Customer
from webapp.accounts.service import lock_holder, record_login
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.authenticators.factor import FactorContext
from webapp.authenticators.holders import held_by, holder_of
from webapp.authenticators.models import Passkey, PasskeyChallenge
from webapp.authenticators.passkey.rules import (
    CHALLENGE_BYTES,
    ChallengeOverError,
    EnoughPasskeysError,
    NoPasskeysHereError,
    PasskeyError,
    PasskeyKnownError,
    PasskeyNamelessError,
    Registration,
    RelyingParty,
    UnknownPasskeyError,
    creation_options,
    parse_credential,
    relying_party_for,
    request_options,
    verify_authentication,
    verify_registration,
)
from webapp.values.text_input import normalize_text

CHALLENGE_TTL = timedelta(minutes=3)
MAX_PASSKEYS = 10
NAME_LENGTH = 40
MAX_CLEARED = 100  # challenges that are over, with each new one


class Purpose(StrEnum):
    """What a challenge is for; an answer to one is none to another."""

    ENROL = "enrol"
    CHECK = "check"
    SIGN_IN = "sign_in"


def list_passkeys(session: Session, holder: AccountHolder) -> Sequence[Passkey]:
    """Return the holder's passkeys, oldest first."""
    return session.scalars(
        select(Passkey)
        .where(held_by(Passkey, holder))
        .order_by(Passkey.made_at, Passkey.id)
    ).all()


def begin_enrolment(
    session: Session,
    holder: AccountHolder,
    relying_party: RelyingParty,
    random: Callable[[int], bytes],
    *,
    handle: bytes,
    account_name: str,
    now: datetime,
) -> dict[str, Any]:
    """Return what the browser needs to make a passkey.

    `account_name` is what the device shows beside the name of the centre.

    Raises:
        EnoughPasskeysError
    """
    credential_ids = [
        passkey.credential_id for passkey in list_passkeys(session, holder)
    ]
    if len(credential_ids) >= MAX_PASSKEYS:
        raise EnoughPasskeysError
    stored = _store_challenge(session, holder, Purpose.ENROL, random, now)
    options = creation_options(
        relying_party,
        stored.challenge,
        handle=handle,
        login_id=account_name,
        credential_ids=credential_ids,
    )
    return {"id": stored.id, "options": options}


def enrol(
    session: Session,
    holder: AccountHolder,
    relying_party: RelyingParty,
    credential: object,
    *,
    challenge_id: str,
    name: str,
    allow: Callable[[], None],
    now: datetime,
) -> None:
    """Store the passkey that was made; `allow` is asked under the holder's lock.

    Raises:
        PasskeyError: one of this module, or the answer is worth nothing.
        AppError: what `allow` raises.
    """
    name = normalize_text(name)
    if not 0 < len(name) <= NAME_LENGTH:
        raise PasskeyNamelessError
    lock_holder(session, holder)
    allow()
    challenge = _consume_challenge(
        session, holder, Purpose.ENROL, challenge_id, now=now
    )
    registration = verify_registration(credential, relying_party, challenge)
    if len(list_passkeys(session, holder)) >= MAX_PASSKEYS:
        raise EnoughPasskeysError
    passkey = Passkey(
        **holder_columns(holder),
        credential_id=registration.credential_id,
        public_key=registration.public_key,
        sign_count=registration.sign_count,
        name=name,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(passkey)
    except IntegrityError:
        raise PasskeyKnownError from None
    record_for(session, AuditEvent.PASSKEY_ENROLLED, holder, at=now)


def begin_check(
    session: Session,
    holder: AccountHolder,
    relying_party: RelyingParty,
    random: Callable[[int], bytes],
    now: datetime,
) -> dict[str, Any]:
    """Return what the browser needs to sign with a passkey of this holder.

    Raises:
        UnknownPasskeyError: there is none.
    """
    credential_ids = [
        passkey.credential_id for passkey in list_passkeys(session, holder)
    ]
    if not credential_ids:
        raise UnknownPasskeyError
    stored = _store_challenge(session, holder, Purpose.CHECK, random, now)
    return {
        "id": stored.id,
        "options": request_options(relying_party, stored.challenge, credential_ids),
    }


def check_passkey(
    session: Session,
    holder: AccountHolder,
    relying_party: RelyingParty,
    credential: object,
    *,
    challenge_id: str,
    now: datetime,
) -> None:
    """Accept a signature of one of the holder's passkeys.

    Raises:
        ChallengeOverError, UnknownPasskeyError, PasskeyError
    """
    challenge = _consume_challenge(
        session, holder, Purpose.CHECK, challenge_id, now=now
    )
    _verify_signature(
        session, credential, relying_party, challenge, holder=holder, now=now
    )


def begin_sign_in(
    session: Session,
    relying_party: RelyingParty,
    random: Callable[[int], bytes],
    now: datetime,
) -> dict[str, Any]:
    """Return what a browser needs to sign in with any passkey of this site."""
    stored = _store_challenge(session, None, Purpose.SIGN_IN, random, now)
    return {
        "id": stored.id,
        "options": request_options(relying_party, stored.challenge, []),
    }


def consume_sign_in_challenge(
    session: Session, challenge_id: str, now: datetime
) -> bytes:
    """Take a sign-in's challenge away and return it.

    In a unit of work of its own: whose sign-in it is, and so what is locked first, is
    known only from the answer, and the challenge is used up whatever that is worth.

    Raises:
        ChallengeOverError: there is none, or its time is over.
    """
    return _consume_challenge(session, None, Purpose.SIGN_IN, challenge_id, now=now)


def check_sign_in(
    session: Session,
    relying_party: RelyingParty,
    credential: object,
    *,
    challenge: bytes,
    now: datetime,
) -> Customer:
    """Return whose passkey signed.

    Raises:
        UnknownPasskeyError, PasskeyError
    """
    owner = _verify_signature(
        session, credential, relying_party, challenge, holder=None, now=now
    )
    if not isinstance(owner, Customer):  # the statement finds customers' only
        raise UnknownPasskeyError
    return owner


def sign_in(
    session: Session,
    relying_party: RelyingParty,
    credential: object,
    *,
    challenge: bytes,
    client: Mapping[str, str] | None = None,
    now: datetime,
) -> Customer:
    """Return whose passkey signed, as a sign-in that is recorded.

    Raises:
        PasskeyError: the answer is worth nothing.
        AccountError: the counter locked the account.
    """
    owner = check_sign_in(
        session, relying_party, credential, challenge=challenge, now=now
    )
    return record_login(session, owner.login_id, owner.password_hash, now, client)


def remove_passkey(
    session: Session,
    holder: AccountHolder,
    passkey_id: int,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Forget a passkey; `actor` None is the holder.

    Raises:
        UnknownPasskeyError: there is none, or it is somebody else's.
    """
    rows = session.execute(
        delete(Passkey)
        .where(Passkey.id == passkey_id, held_by(Passkey, holder))
        .returning(Passkey.id)
    ).all()
    if not rows:
        raise UnknownPasskeyError
    record_for(session, AuditEvent.PASSKEY_REMOVED, holder, actor=actor, at=now)


def remove_passkeys(
    session: Session,
    holder: AccountHolder,
    *,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> int:
    """Forget all passkeys and what they were asked; return how many there were.

    `actor` None is the holder; `detail` is for the log.
    """
    asked = held_by(PasskeyChallenge, holder)
    session.execute(delete(PasskeyChallenge).where(asked))
    rows = session.execute(
        delete(Passkey).where(held_by(Passkey, holder)).returning(Passkey.id)
    ).all()
    for _passkey in rows:
        record_for(
            session,
            AuditEvent.PASSKEY_REMOVED,
            holder,
            actor=actor,
            at=now,
            detail=detail,
        )
    return len(rows)


def _store_challenge(
    session: Session,
    holder: AccountHolder | None,
    purpose: Purpose,
    random: Callable[[int], bytes],
    now: datetime,
) -> PasskeyChallenge:
    # Some of those that are over, and none that somebody else is deleting.
    over = (
        select(PasskeyChallenge.id)
        .where(PasskeyChallenge.ends_at <= now)
        .limit(MAX_CLEARED)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(PasskeyChallenge)
        .where(PasskeyChallenge.id.in_(over))
        .execution_options(synchronize_session=False)
    )
    stored = PasskeyChallenge(
        id=secrets.token_urlsafe(16),
        **(holder_columns(holder) if holder else {}),
        purpose=purpose,
        challenge=random(CHALLENGE_BYTES),
        ends_at=now + CHALLENGE_TTL,
    )
    session.add(stored)
    session.flush()
    return stored


def _consume_challenge(
    session: Session,
    holder: AccountHolder | None,
    purpose: Purpose,
    challenge_id: str,
    *,
    now: datetime,
) -> bytes:
    """Take a challenge away, whatever its answer is worth."""
    row = session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.id == challenge_id,
            PasskeyChallenge.purpose == purpose,
            and_(
                PasskeyChallenge.customer_id.is_(None),
                PasskeyChallenge.operator_id.is_(None),
            )
            if holder is None
            else held_by(PasskeyChallenge, holder),
        )
        .returning(PasskeyChallenge.challenge, PasskeyChallenge.ends_at)
    ).one_or_none()
    if row is None or row.ends_at <= now:
        raise ChallengeOverError
    challenge: bytes = row.challenge
    return challenge


def _verify_signature(
    session: Session,
    credential: object,
    relying_party: RelyingParty,
    challenge: bytes,
    *,
    holder: AccountHolder | None,
    now: datetime,
) -> AccountHolder:
    """Count a signature of a passkey, and return whose it is."""
    stmt = select(Passkey).where(Passkey.credential_id == parse_credential(credential))
    if holder is None:  # operators sign in with their password first
        stmt = stmt.where(Passkey.customer_id.is_not(None))
    else:
        stmt = stmt.where(held_by(Passkey, holder))
    passkey = session.scalar(stmt.execution_options(populate_existing=True))
    if passkey is None:
        raise UnknownPasskeyError
    owner = holder_of(session, passkey)
    lock_holder(session, owner)
    before = passkey.sign_count
    registration = Registration(passkey.credential_id, passkey.public_key, before)
    count = verify_authentication(credential, relying_party, challenge, registration)
    counted = session.execute(
        update(Passkey)
        .where(Passkey.id == passkey.id, Passkey.sign_count == before)
        .values(sign_count=count, used_at=now)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        raise PasskeyError  # another answer of this key was faster
    return owner


def find_relying_party(context: FactorContext) -> RelyingParty | None:
    """Return for whom passkeys are made, if this address can have any."""
    relying_party = relying_party_for(context.config.public_url, context.opened_url)
    return relying_party and replace(relying_party, title=context.centre_name)


def require_relying_party(context: FactorContext) -> RelyingParty:
    """Return for whom passkeys are made.

    Raises:
        NoPasskeysHereError: browsers make none for this address.
    """
    relying_party = find_relying_party(context)
    if relying_party is None:
        raise NoPasskeysHereError
    return relying_party
