"""The current revocation list: signed anew before the old one runs out."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, partial

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.certificates.revocation import raise_crl_number
from webapp.db import unit_of_work_on
from webapp.exceptions import AppError
from webapp.pki.authority import Authority
from webapp.pki.crl import RevokedEntry, build_crl, one_each
from webapp.repository.certificate_status import (
    STATUS_COLUMNS,
    count_changes,
    restored_entry,
    revoked_entry,
)
from webapp.repository.models import Crl, RestoredRevocation
from webapp.repository.newest_crl import NewestCrl

CRL_VALIDITY = timedelta(hours=24)
CRL_REFRESH = timedelta(hours=6)
TOLERANCE = timedelta(minutes=5)  # between the clocks of several workers
KEPT = 5  # lists; nobody asks for an older one
Run = Callable[[Callable[[], bytes]], bytes]


class ListBehindError(AppError):
    """The database knows an older list than was published; `certferry restore`."""

    code = "cannot_issue"


def current_crl(
    session: Session,
    authority: Authority,
    now: datetime,
    *,
    newest_crl: NewestCrl | None = None,
    run: Run = lambda work: work(),
) -> Crl:
    """Return a CRL that knows of every change, signing and storing one when needed.

    It is a unit of work of its own, whoever asks: what was signed is stored before it
    is handed out. Its number never goes back, also when the clock does. `run` does the
    long work, in a thread where other requests wait; `newest_crl` keeps what is handed
    out.

    Raises:
        ListBehindError: `newest_crl` keeps a list with a higher number than any of the
            database, which somebody has replaced.
    """
    if newest_crl is not None:
        require_not_behind(session, authority.issuer_id, newest_crl)
    crl = good_list(session, authority.issuer_id, now)
    if crl is None:
        with _building(authority.issuer_id):  # of many who ask, one builds
            session.rollback()  # sees what the one before has built
            crl = good_list(session, authority.issuer_id, now)
            while crl is None:
                crl = _build(session, authority, now, run)
    if newest_crl is not None:
        newest_crl.note(crl.number, crl.der)
    return crl


def require_not_behind(session: Session, issuer_id: str, newest_crl: NewestCrl) -> None:
    """Refuse a database that knows an older list than was published.

    Raises:
        ListBehindError: it does; `certferry restore` mends it.
    """
    published = newest_crl.published_number()  # kept after the database knew it
    if _newest_number(session, issuer_id) >= published:
        return
    session.rollback()  # another worker may have signed it since this look began
    newest = _newest_number(session, issuer_id)
    if newest < published:
        newest_crl.complain(
            "database_behind_published_list",
            known=newest,
            published=published,
            next="stop the centre, then certferry restore: docs/operating.md",
        )
        raise ListBehindError


def _build(
    session: Session, authority: Authority, now: datetime, run: Run
) -> Crl | None:
    """Sign the next list; None where another worker's, which is newer, has to go.

    Its number is that of the last change it knows of, which took it in its own
    transaction. Where nothing changed since the newest list, it is taken here.
    """
    _take_number(session, authority.issuer_id)
    newest = newest_list(session, authority.issuer_id)
    number = count_changes(session, authority.issuer_id)  # before the entries are read
    entries = _entries(session, authority.issuer_id, newest, now)
    session.rollback()  # others use the connection while the list is built
    work = partial(
        build_crl,
        authority,
        entries,
        number=number,
        this_update=now,
        next_update=now + CRL_VALIDITY,
    )
    crl = Crl(
        issuer_id=authority.issuer_id,
        number=number,
        der=run(work),
        this_update=now,
        next_update=now + CRL_VALIDITY,
    )
    # Another worker may have signed this number, or stored a higher one meanwhile: then
    # that list goes out, so that nobody gets a lower number than somebody before.
    with suppress(IntegrityError), unit_of_work_on(session):
        session.add(crl)
        _delete_old(session, authority.issuer_id)
    newest = newest_list(session, authority.issuer_id)
    return newest if newest is not None and _is_fresh(newest, now) else None


def good_list(session: Session, issuer_id: str, now: datetime) -> Crl | None:
    """Return the newest list, unless it is time for the next one."""
    newest = newest_list(session, issuer_id)
    if newest is None or not _is_fresh(newest, now):
        return None
    is_complete = newest.number == count_changes(session, issuer_id)
    return newest if is_complete else None


def _take_number(session: Session, issuer_id: str) -> None:
    """Take the next number where no change took one since the newest list."""
    following = _newest_number(session, issuer_id) + 1
    if count_changes(session, issuer_id) < following:
        session.rollback()  # SQLite begins no writing from what was read before
        with unit_of_work_on(session):
            raise_crl_number(session, issuer_id, following)


def _delete_old(session: Session, issuer_id: str) -> None:
    numbers = session.scalars(
        select(Crl.number).where(Crl.issuer_id == issuer_id).order_by(Crl.number.desc())
    ).all()
    if len(numbers) > KEPT:
        session.execute(
            delete(Crl).where(Crl.issuer_id == issuer_id, Crl.number <= numbers[KEPT])
        )


@cache
def _building(_issuer_id: str) -> threading.Lock:
    # Made at the first use: only then gevent has given it its own form.
    return threading.Lock()


def _is_fresh(newest: Crl, now: datetime) -> bool:
    # A list from the future was made by a clock that ran ahead; nobody would take it.
    return newest.this_update - TOLERANCE <= now < newest.this_update + CRL_REFRESH


def _newest_number(session: Session, issuer_id: str) -> int:
    number = session.scalar(
        select(func.max(Crl.number)).where(Crl.issuer_id == issuer_id)
    )
    return number or 0


def newest_list(session: Session, issuer_id: str) -> Crl | None:
    """Return the newest list of an issuer, if it has signed any."""
    return session.scalar(
        select(Crl)
        .where(Crl.issuer_id == issuer_id)
        .order_by(Crl.number.desc())
        .limit(1)
    )


def _entries(
    session: Session, issuer_id: str, before: Crl | None, now: datetime
) -> list[RevokedEntry]:
    """Return what is revoked or suspended and has not run out.

    RFC 5280 3.3: one that has run out stands in one list after its end, so it goes only
    when the list before this one was made after that. Where that one was made by a
    clock that ran ahead, what has not run out by now stays.
    """
    since = min(before.this_update, now) if before else None
    # Of a hundred thousand rows the session's own handling would cost the most.
    rows = session.connection().execute(
        select(*STATUS_COLUMNS).where(
            Certificate.issuer_id == issuer_id,
            Certificate.state.in_((StoredState.REVOKED, StoredState.SUSPENDED)),
            *([Certificate.not_after >= since] if since else []),
        )
    )
    entries = [revoked_entry(row) for row in rows]
    restored = restored_entries(session, issuer_id)
    # Serials of certificates are unique; only what was restored may stand there twice.
    return one_each(restored + entries) if restored else entries


def restored_entries(session: Session, issuer_id: str) -> list[RevokedEntry]:
    """Return what was revoked by serial alone: the database lost the certificate."""
    rows = session.scalars(
        select(RestoredRevocation).where(RestoredRevocation.issuer_id == issuer_id)
    )
    return [restored_entry(row) for row in rows]
