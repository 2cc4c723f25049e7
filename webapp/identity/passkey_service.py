"""Passkeys of account holders: enrol, check, list, remove.

A challenge is kept here, not in the browser: it is taken away by the first answer,
before that is looked at, and is worth nothing after a few minutes.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.holders import (
    AccountHolder,
    held_by,
    holder_columns,
    holder_of,
    record_for,
)
from webapp.accounts.models import Customer
from webapp.accounts.service import lock_holder
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


def passkeys_of(session: Session, holder: AccountHolder) -> Sequence[Passkey]:
    """Return the holder's passkeys, oldest first."""
    return session.scalars(
        select(Passkey)
        .where(held_by(Passkey, holder))
        .order_by(Passkey.made_at, Passkey.id)
    ).all()


def begin_enrolment(
    session: Session,
    holder: AccountHolder,
    site: Site,
    random: Callable[[int], bytes],
    *,
    handle: bytes,
    account_name: str,
    now: datetime,
) -> dict[str, Any]:
    """Return what the browser needs to make a passkey; commit its challenge.

    `account_name` is what the device shows beside the name of the centre.

    Raises:
        EnoughPasskeysError
    """
    known = [each.credential_id for each in passkeys_of(session, holder)]
    if len(known) >= MAX_PASSKEYS:
        raise EnoughPasskeysError
    begun = _begin(session, holder, Purpose.ENROL, random, now)
    options = ask_to_make(
        site, begun.challenge, handle=handle, login_id=account_name, known=known
    )
    return {"id": begun.id, "options": options}


def enrol(
    session: Session,
    holder: AccountHolder,
    site: Site,
    answer: object,
    *,
    challenge_id: str,
    name: str,
    allow: Callable[[], None],
    now: datetime,
) -> None:
    """Keep the passkey that was made; commit. `allow` is asked under the holder's lock.

    Raises:
        PasskeyError: one of this module, or the answer is worth nothing.
        RefusedError: what `allow` raises.
    """
    name = normalize_text(name)
    if not 0 < len(name) <= NAME_LENGTH:
        raise PasskeyNamelessError
    challenge = _take(session, holder, Purpose.ENROL, challenge_id, now=now)
    made = read_made(answer, site, challenge)
    lock_holder(session, holder)
    allow()
    if len(passkeys_of(session, holder)) >= MAX_PASSKEYS:
        raise EnoughPasskeysError
    session.add(
        Passkey(
            **holder_columns(holder),
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
    record_for(session, "passkey.enrolled", holder, at=now)
    session.commit()


def begin_check(
    session: Session,
    holder: AccountHolder,
    site: Site,
    random: Callable[[int], bytes],
    now: datetime,
) -> dict[str, Any]:
    """Return what the browser needs to sign with a passkey of this holder; commit.

    Raises:
        UnknownPasskeyError: there is none.
    """
    known = [each.credential_id for each in passkeys_of(session, holder)]
    if not known:
        raise UnknownPasskeyError
    begun = _begin(session, holder, Purpose.CHECK, random, now)
    return {"id": begun.id, "options": ask_to_sign(site, begun.challenge, known)}


def check_passkey(
    session: Session,
    holder: AccountHolder,
    site: Site,
    answer: object,
    *,
    challenge_id: str,
    now: datetime,
) -> None:
    """Accept a signature of one of the holder's passkeys; the caller commits.

    Raises:
        ChallengeOverError, UnknownPasskeyError, PasskeyError
    """
    challenge = _take(session, holder, Purpose.CHECK, challenge_id, now=now)
    _accept(session, answer, site, challenge, holder=holder, now=now)


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
    owner = _accept(session, answer, site, challenge, holder=None, now=now)
    if not isinstance(owner, Customer):  # the statement finds customers' only
        raise UnknownPasskeyError
    return owner


def remove_passkey(
    session: Session,
    holder: AccountHolder,
    passkey_id: int,
    *,
    by: str | None,
    now: datetime,
) -> None:
    """Forget a passkey. The caller commits; `by` None is the holder.

    Raises:
        UnknownPasskeyError: there is none, or it is somebody else's.
    """
    found = session.execute(
        delete(Passkey)
        .where(Passkey.id == passkey_id, held_by(Passkey, holder))
        .returning(Passkey.id)
    ).all()
    if not found:
        raise UnknownPasskeyError
    record_for(session, "passkey.removed", holder, by=by, at=now)


def remove_passkeys(
    session: Session,
    holder: AccountHolder,
    *,
    by: str | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> int:
    """Forget all passkeys and what they were asked; return how many there were.

    The caller commits; `by` None is the holder. `detail` is for the log.
    """
    asked = held_by(PasskeyChallenge, holder)
    session.execute(delete(PasskeyChallenge).where(asked))
    found = session.execute(
        delete(Passkey).where(held_by(Passkey, holder)).returning(Passkey.id)
    ).all()
    for _each in found:
        record_for(session, "passkey.removed", holder, by=by, at=now, detail=detail)
    return len(found)


def _begin(
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
        **(holder_columns(holder) if holder else {}),
        purpose=purpose,
        challenge=random(CHALLENGE_BYTES),
        ends_at=now + CHALLENGE_LIFE,
    )
    session.add(begun)
    session.commit()
    return begun


def _take(
    session: Session,
    holder: AccountHolder | None,
    purpose: Purpose,
    challenge_id: str,
    *,
    now: datetime,
) -> bytes:
    """Take a challenge away, whatever its answer is worth; commit."""
    taken = session.execute(
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
    holder: AccountHolder | None,
    now: datetime,
) -> AccountHolder:
    """Count a signature of a passkey, and return whose it is."""
    wanted = select(Passkey).where(Passkey.credential_id == credential_in(answer))
    if holder is None:  # operators sign in with their password first
        wanted = wanted.where(Passkey.customer_id.is_not(None))
    else:
        wanted = wanted.where(held_by(Passkey, holder))
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise UnknownPasskeyError
    owner = holder_of(session, found)
    lock_holder(session, owner)
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
    return owner
