"""One-time codes: set an authenticator app up, compare a code, unlock, remove.

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
    held_by,
    holder_columns,
    record_for,
    seal_label,
)
from webapp.accounts.service import lock_holder
from webapp.audit.service import CENTRE
from webapp.clock import true_time
from webapp.identity.models import OneTimeSecret
from webapp.identity.one_time import (
    MAX_ERRORS,
    matching_step,
    new_secret,
    read_code,
)
from webapp.identity.sealing import seal, unseal
from webapp.refusals import RefusedError

TIME_TO_CONFIRM = timedelta(minutes=10)


class OneTimeError(RefusedError):
    """A one-time code, or setting an app up, was refused."""

    code: ClassVar[str] = "one_time_refused"


class NoOneTimeError(OneTimeError):
    """The account holder has no authenticator app set up."""

    code = "no_one_time"


class OneTimeExistsError(OneTimeError):
    """One is set up already."""

    code = "one_time_exists"


class OneTimeNotBegunError(OneTimeError):
    """Setting up was not begun, or too long ago."""

    code = "one_time_not_begun"


class OneTimeLockedError(OneTimeError):
    """There were too many wrong codes."""

    code = "one_time_locked"


class OneTimeIncompleteError(OneTimeError):
    """This is not six digits; no try."""

    code = "one_time_incomplete"


class OneTimeWrongError(OneTimeError):
    """The code is not the app's."""

    code = "one_time_wrong"


class OneTimeUsedError(OneTimeError):
    """The code is right and was used before."""

    code = "one_time_used"


def one_time_of(session: Session, holder: AccountHolder) -> OneTimeSecret | None:
    """Return the holder's authenticator app, confirmed or only begun."""
    return session.scalar(
        select(OneTimeSecret)
        .where(held_by(OneTimeSecret, holder))
        .execution_options(populate_existing=True)
    )


def begin_one_time(
    session: Session,
    holder: AccountHolder,
    key: bytes,
    random: Callable[[int], bytes],
    *,
    now: datetime,
) -> None:
    """Make a secret to be scanned, in place of one that was not confirmed; commit.

    Raises:
        OneTimeExistsError: an app is set up; it has to be removed first.
    """
    lock_holder(session, holder)
    session.execute(
        delete(OneTimeSecret).where(
            held_by(OneTimeSecret, holder),
            OneTimeSecret.confirmed_at.is_(None),
        )
    )
    if one_time_of(session, holder) is not None:
        session.rollback()
        raise OneTimeExistsError
    secret = new_secret(random).encode()
    session.add(
        OneTimeSecret(
            **holder_columns(holder),
            secret=seal(secret, key, _owner(holder), random),
            begun_at=now,
        )
    )
    session.commit()


def begun_secret(
    session: Session, holder: AccountHolder, key: bytes, now: datetime
) -> str:
    """Return the secret that waits to be confirmed; a confirmed one is never told.

    Raises:
        OneTimeNotBegunError: there is none, or its time is over.
    """
    found = one_time_of(session, holder)
    if found is None or found.confirmed_at is not None:
        raise OneTimeNotBegunError
    if found.begun_at + TIME_TO_CONFIRM <= now:
        raise OneTimeNotBegunError
    return _secret_of(found, key)


def confirm_one_time(
    session: Session,
    holder: AccountHolder,
    key: bytes,
    typed: str,
    now: datetime,
    *,
    allow: Callable[[], None],
) -> None:
    """Begin to use an app that shows the right code; commit.

    Sent twice, as by a double press, it counts once and nothing is refused. `allow`
    is asked while the holder is locked, and not for what was done already.

    Raises:
        OneTimeNotBegunError, OneTimeIncompleteError, OneTimeWrongError
        RefusedError: what `allow` raises.
    """
    code = read_code(typed)
    lock_holder(session, holder)
    if _is_confirmed_by(session, holder, key, code, now):
        return
    allow()
    secret = begun_secret(session, holder, key, now)
    if code is None:
        raise OneTimeIncompleteError
    step = matching_step(secret, code, true_time(now))
    if step is None:
        raise OneTimeWrongError
    session.execute(
        update(OneTimeSecret)
        .where(
            held_by(OneTimeSecret, holder),
            OneTimeSecret.confirmed_at.is_(None),
        )
        .values(confirmed_at=now, last_step=step)
    )
    record_for(session, "one_time.enrolled", holder, at=now)
    session.commit()


def _is_confirmed_by(
    session: Session, holder: AccountHolder, key: bytes, code: str | None, now: datetime
) -> bool:
    app = one_time_of(session, holder)
    if app is None or app.confirmed_at is None or code is None:
        return False
    return matching_step(_secret_of(app, key), code, true_time(now)) == app.last_step


def check_one_time(
    session: Session, holder: AccountHolder, key: bytes, typed: str, now: datetime
) -> None:
    """Compare a code; the caller commits a right one, a wrong one is committed here.

    Raises:
        OneTimeIncompleteError, OneTimeUsedError: this was no try.
        OneTimeWrongError, OneTimeLockedError, NoOneTimeError
    """
    code = read_code(typed)
    if code is None:
        raise OneTimeIncompleteError
    app = _count_try(session, holder)
    if app is None:
        session.rollback()
        raise _why_not(one_time_of(session, holder))
    step = matching_step(_secret_of(app, key), code, true_time(now))
    is_used = step is not None and app.last_step is not None and step <= app.last_step
    if is_used:  # no guess, and often the same form sent twice: no try
        session.rollback()
        raise OneTimeUsedError
    if step is None:
        _end_wrong(session, app, holder, now)
        raise OneTimeLockedError if app.errors >= MAX_ERRORS else OneTimeWrongError
    session.execute(
        update(OneTimeSecret)
        .where(held_by(OneTimeSecret, holder))
        .values(errors=0, last_step=step)
    )


def unlock_one_time(
    session: Session, holder: AccountHolder, *, by: str | None, now: datetime
) -> None:
    """Let an app be used again, with no errors. The caller commits.

    Raises:
        NoOneTimeError: there is none.
    """
    found = session.execute(
        update(OneTimeSecret)
        .where(
            held_by(OneTimeSecret, holder),
            OneTimeSecret.confirmed_at.is_not(None),
        )
        .values(errors=0, locked_at=None)
        .returning(OneTimeSecret.id)
    ).all()
    if not found:
        raise NoOneTimeError
    record_for(session, "one_time.unlocked", holder, by=by or CENTRE, at=now)


def remove_one_time(
    session: Session,
    holder: AccountHolder,
    *,
    by: str | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Forget an app. The caller commits; `by` None is the holder.

    `detail` is for the log.

    Raises:
        NoOneTimeError: there is none.
    """
    found = session.execute(
        delete(OneTimeSecret)
        .where(held_by(OneTimeSecret, holder))
        .returning(OneTimeSecret.id)
    ).all()
    if not found:
        raise NoOneTimeError
    record_for(session, "one_time.removed", holder, by=by, at=now, detail=detail)


def _count_try(session: Session, holder: AccountHolder) -> OneTimeSecret | None:
    return session.scalar(
        update(OneTimeSecret)
        .where(
            held_by(OneTimeSecret, holder),
            OneTimeSecret.confirmed_at.is_not(None),
            OneTimeSecret.locked_at.is_(None),
            OneTimeSecret.errors < MAX_ERRORS,
        )
        .values(errors=OneTimeSecret.errors + 1)
        .returning(OneTimeSecret)
        .execution_options(populate_existing=True, synchronize_session=False)
    )


def _why_not(app: OneTimeSecret | None) -> OneTimeError:
    if app is None or app.confirmed_at is None:
        return NoOneTimeError()
    return OneTimeLockedError()


def _end_wrong(
    session: Session, app: OneTimeSecret, holder: AccountHolder, now: datetime
) -> None:
    is_over = app.errors >= MAX_ERRORS
    if is_over:
        app.locked_at = now
        session.flush()
    what = "one_time.locked" if is_over else "one_time.mistaken"
    by = CENTRE if is_over else None
    record_for(session, what, holder, by=by, at=now)
    session.commit()


def _owner(holder: AccountHolder) -> str:
    columns = holder_columns(holder)
    label = seal_label(columns.get("customer_id"), columns.get("operator_id"))
    return f"one_time_secret:{label}"


def _secret_of(app: OneTimeSecret, key: bytes) -> str:
    label = seal_label(app.customer_id, app.operator_id)
    return unseal(app.secret, key, f"one_time_secret:{label}").decode()
