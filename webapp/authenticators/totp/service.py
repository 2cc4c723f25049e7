"""One-time codes: set an app up, compare a code, unlock, remove. The caller commits.

Like a card, an app is locked by its errors, and each try is counted before it is
compared. A code counts once: its step has to be newer than the last that was used.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.accounts.holders import (
    AccountHolder,
    encryption_label,
    holder_columns,
    holder_label,
    record_for,
)
from webapp.accounts.service import lock_holder
from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.events import AuditEvent
from webapp.authenticators.encryption import decrypt, encrypt
from webapp.authenticators.holders import held_by
from webapp.authenticators.models import TotpSecret
from webapp.authenticators.totp.rules import (
    MAX_ERRORS,
    generate_secret,
    matching_counter,
    parse_code,
)
from webapp.clock import true_time
from webapp.exceptions import AppError

ENROLMENT_TIMEOUT = timedelta(minutes=10)


class TotpError(AppError):
    """A one-time code, or setting an app up, was refused."""

    code: ClassVar[str] = "one_time_refused"


class NoTotpError(TotpError):
    """The account holder has no authenticator app set up."""

    code = "no_one_time"


class TotpExistsError(TotpError):
    """One is set up already."""

    code = "one_time_exists"


class TotpNotBegunError(TotpError):
    """Setting up was not begun, or too long ago."""

    code = "one_time_not_begun"


class TotpLockedError(TotpError):
    """There were too many wrong codes."""

    code = "one_time_locked"
    keeps_changes = True


class TotpIncompleteError(TotpError):
    """This is not six digits; no try."""

    code = "one_time_incomplete"


class TotpWrongError(TotpError):
    """The code is not the app's."""

    code = "one_time_wrong"
    keeps_changes = True


class TotpUsedError(TotpError):
    """The code is right and was used before."""

    code = "one_time_used"


def find_totp(session: Session, holder: AccountHolder) -> TotpSecret | None:
    """Return the holder's authenticator app, confirmed or only begun."""
    return session.scalar(
        select(TotpSecret)
        .where(held_by(TotpSecret, holder))
        .execution_options(populate_existing=True)
    )


def begin_totp(
    session: Session,
    holder: AccountHolder,
    key: bytes,
    random: Callable[[int], bytes],
    *,
    now: datetime,
) -> None:
    """Make a secret to be scanned, in place of one that was not confirmed.

    Raises:
        TotpExistsError: an app is set up; it has to be removed first.
    """
    lock_holder(session, holder)
    session.execute(
        delete(TotpSecret).where(
            held_by(TotpSecret, holder),
            TotpSecret.confirmed_at.is_(None),
        )
    )
    if find_totp(session, holder) is not None:
        raise TotpExistsError
    secret = generate_secret(random).encode()
    session.add(
        TotpSecret(
            **holder_columns(holder),
            secret=encrypt(secret, key, _encryption_label(holder), random),
            begun_at=now,
        )
    )
    session.flush()


def pending_secret(
    session: Session, holder: AccountHolder, key: bytes, now: datetime
) -> str:
    """Return the secret that waits to be confirmed; a confirmed one is never told.

    Raises:
        TotpNotBegunError: there is none, or its time is over.
    """
    app = find_totp(session, holder)
    if app is None or app.confirmed_at is not None:
        raise TotpNotBegunError
    if app.begun_at + ENROLMENT_TIMEOUT <= now:
        raise TotpNotBegunError
    return _secret_of(app, key)


def confirm_totp(
    session: Session,
    holder: AccountHolder,
    key: bytes,
    code_text: str,
    now: datetime,
    *,
    allow: Callable[[], None],
) -> None:
    """Begin to use an app that shows the right code.

    Sent twice, as by a double press, it counts once and nothing is refused. `allow`
    is asked while the holder is locked, and not for what was done already.

    Raises:
        TotpNotBegunError, TotpIncompleteError, TotpWrongError
        AppError: what `allow` raises.
    """
    code = parse_code(code_text)
    lock_holder(session, holder)
    if _is_confirmed_by(session, holder, key, code, now):
        return
    allow()
    secret = pending_secret(session, holder, key, now)
    if code is None:
        raise TotpIncompleteError
    counter = matching_counter(secret, code, true_time(now))
    if counter is None:
        raise TotpWrongError
    session.execute(
        update(TotpSecret)
        .where(
            held_by(TotpSecret, holder),
            TotpSecret.confirmed_at.is_(None),
        )
        .values(confirmed_at=now, last_step=counter)
    )
    record_for(session, AuditEvent.ONE_TIME_ENROLLED, holder, at=now)


def _is_confirmed_by(
    session: Session, holder: AccountHolder, key: bytes, code: str | None, now: datetime
) -> bool:
    app = find_totp(session, holder)
    if app is None or app.confirmed_at is None or code is None:
        return False
    return matching_counter(_secret_of(app, key), code, true_time(now)) == app.last_step


def verify_totp(
    session: Session, holder: AccountHolder, key: bytes, code_text: str, now: datetime
) -> None:
    """Compare a code; a wrong one is counted.

    Raises:
        TotpIncompleteError, TotpUsedError: this was no try.
        TotpWrongError, TotpLockedError, NoTotpError
    """
    code = parse_code(code_text)
    if code is None:
        raise TotpIncompleteError
    app = _count_try(session, holder)
    if app is None:
        raise _why_not(find_totp(session, holder))
    counter = matching_counter(_secret_of(app, key), code, true_time(now))
    is_used = (
        counter is not None and app.last_step is not None and counter <= app.last_step
    )
    if is_used:  # no guess, and often the same form sent twice: no try
        raise TotpUsedError
    if counter is None:
        _end_wrong(session, app, holder, now)
        raise TotpLockedError if app.errors >= MAX_ERRORS else TotpWrongError
    session.execute(
        update(TotpSecret)
        .where(held_by(TotpSecret, holder))
        .values(errors=0, last_step=counter)
    )


def unlock_totp(
    session: Session, holder: AccountHolder, *, actor: Actor | None, now: datetime
) -> None:
    """Let an app be used again, with no errors.

    Raises:
        NoTotpError: there is none.
    """
    rows = session.execute(
        update(TotpSecret)
        .where(
            held_by(TotpSecret, holder),
            TotpSecret.confirmed_at.is_not(None),
        )
        .values(errors=0, locked_at=None)
        .returning(TotpSecret.id)
    ).all()
    if not rows:
        raise NoTotpError
    record_for(
        session, AuditEvent.ONE_TIME_UNLOCKED, holder, actor=actor or SYSTEM, at=now
    )


def remove_totp(
    session: Session,
    holder: AccountHolder,
    *,
    actor: Actor | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Forget an app; `actor` None is the holder.

    `detail` is for the log.

    Raises:
        NoTotpError: there is none.
    """
    rows = session.execute(
        delete(TotpSecret).where(held_by(TotpSecret, holder)).returning(TotpSecret.id)
    ).all()
    if not rows:
        raise NoTotpError
    record_for(
        session, AuditEvent.ONE_TIME_REMOVED, holder, actor=actor, at=now, detail=detail
    )


def _count_try(session: Session, holder: AccountHolder) -> TotpSecret | None:
    return session.scalar(
        update(TotpSecret)
        .where(
            held_by(TotpSecret, holder),
            TotpSecret.confirmed_at.is_not(None),
            TotpSecret.locked_at.is_(None),
            TotpSecret.errors < MAX_ERRORS,
        )
        .values(errors=TotpSecret.errors + 1)
        .returning(TotpSecret)
        .execution_options(populate_existing=True, synchronize_session=False)
    )


def _why_not(app: TotpSecret | None) -> TotpError:
    if app is None or app.confirmed_at is None:
        return NoTotpError()
    return TotpLockedError()


def _end_wrong(
    session: Session, app: TotpSecret, holder: AccountHolder, now: datetime
) -> None:
    is_over = app.errors >= MAX_ERRORS
    if is_over:
        app.locked_at = now
        session.flush()
    event = AuditEvent.ONE_TIME_LOCKED if is_over else AuditEvent.ONE_TIME_MISTAKEN
    actor = SYSTEM if is_over else None
    record_for(session, event, holder, actor=actor, at=now)


def _encryption_label(holder: AccountHolder) -> str:
    return f"one_time_secret:{holder_label(holder)}"


def _secret_of(app: TotpSecret, key: bytes) -> str:
    label = encryption_label(app.customer_id, app.operator_id)
    return decrypt(app.secret, key, f"one_time_secret:{label}").decode()
