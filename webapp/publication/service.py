"""The current revocation list: signed anew before the old one runs out."""

from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.certificates.life import State
from webapp.certificates.models import Certificate
from webapp.db import Turn, at_commit
from webapp.pki.authority import Authority
from webapp.pki.revocation import Entry, Reason, build_list
from webapp.publication.models import RevocationList, StatusChanges

LIFE = timedelta(hours=24)
RENEW_AFTER = timedelta(hours=6)
TOLERANCE = timedelta(minutes=5)  # between the clocks of several workers
# Both databases know these words; several may be the first to count.
_COUNT = text(
    "INSERT INTO status_changes (issuer_id, count) VALUES (:issuer, 1) "
    "ON CONFLICT (issuer_id) DO UPDATE SET count = status_changes.count + 1"
)


def current_list(
    session: Session, authority: Authority, now: datetime
) -> RevocationList:
    """Return a CRL that knows of every change, signing and storing one when needed.

    Its number never goes back, also when the clock does.
    """
    newest = _newest(session, authority.issuer_id)
    changes = _changes(session, authority.issuer_id)  # before the entries are read
    if newest is not None and newest.changes == changes and _is_fresh(newest, now):
        return newest
    number = 1 if newest is None else newest.number + 1
    fresh = RevocationList(
        issuer_id=authority.issuer_id,
        number=number,
        der=build_list(
            authority,
            _entries(session, authority.issuer_id, newest, now),
            number=number,
            this_update=now,
            next_update=now + LIFE,
        ),
        this_update=now,
        next_update=now + LIFE,
        changes=changes,
    )
    session.add(fresh)
    try:
        session.commit()
    except IntegrityError:  # another worker signed this number first
        session.rollback()
        return current_list(session, authority, now)
    return fresh


def count_change(session: Session, issuer_id: str) -> None:
    """Have it noted that a status changed, when the caller commits."""
    at_commit(
        session,
        Turn.STATUS_CHANGES,
        lambda session: session.execute(_COUNT, {"issuer": issuer_id}),
    )


def _is_fresh(newest: RevocationList, now: datetime) -> bool:
    # A list from the future was made by a clock that ran ahead; nobody would take it.
    return newest.this_update - TOLERANCE <= now < newest.this_update + RENEW_AFTER


def _changes(session: Session, issuer_id: str) -> int:
    found = session.scalar(
        select(StatusChanges.count).where(StatusChanges.issuer_id == issuer_id)
    )
    return found or 0


def _newest(session: Session, issuer_id: str) -> RevocationList | None:
    return session.scalar(
        select(RevocationList)
        .where(RevocationList.issuer_id == issuer_id)
        .order_by(RevocationList.number.desc())
        .limit(1)
    )


def _entries(
    session: Session, issuer_id: str, before: RevocationList | None, now: datetime
) -> list[Entry]:
    """Return what is revoked or suspended and has not run out.

    RFC 5280 3.3: one that has run out stands in one list after its end, so it goes only
    when the list before this one was made after that. Where that one was made by a
    clock that ran ahead, what has not run out by now stays.
    """
    since = min(before.this_update, now) if before else None
    rows = session.execute(
        select(
            Certificate.serial,
            Certificate.state,
            Certificate.revoked_at,
            Certificate.revocation_reason,
            Certificate.suspended_at,
        ).where(
            Certificate.issuer_id == issuer_id,
            Certificate.state.in_((State.REVOKED, State.SUSPENDED)),
            *([Certificate.not_after >= since] if since else []),
        )
    )
    return [
        Entry(
            serial=int(serial, 16),
            at=_known(revoked_at if state == State.REVOKED else suspended_at),
            reason=(
                Reason(reason or Reason.UNSPECIFIED)
                if state == State.REVOKED
                else Reason.CERTIFICATE_HOLD
            ),
        )
        for serial, state, revoked_at, reason, suspended_at in rows
    ]


def _known(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("revoked or suspended, and not when")
    return moment
