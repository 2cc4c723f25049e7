"""The current revocation list: signed anew before the old one runs out."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.certificates.models import Certificate, State
from webapp.pki.authority import Authority
from webapp.pki.revocation import Entry, Reason, build_list
from webapp.publication.models import RevocationList

LIFE = timedelta(hours=24)
RENEW_AFTER = timedelta(hours=6)


def current_list(
    session: Session, authority: Authority, now: datetime
) -> RevocationList:
    """Return a CRL that is fresh at `now`, signing and storing one when needed."""
    newest = _newest(session, authority.issuer_id)
    if newest is not None and newest.this_update <= now < (
        newest.this_update + RENEW_AFTER
    ):
        return newest
    number = 1 if newest is None else newest.number + 1
    fresh = RevocationList(
        issuer_id=authority.issuer_id,
        number=number,
        der=build_list(
            authority,
            _entries(session, authority.issuer_id),
            number=number,
            this_update=now,
            next_update=now + LIFE,
        ),
        this_update=now,
        next_update=now + LIFE,
    )
    session.add(fresh)
    try:
        session.commit()
    except IntegrityError:  # another worker signed this number first
        session.rollback()
        return current_list(session, authority, now)
    return fresh


def _newest(session: Session, issuer_id: str) -> RevocationList | None:
    return session.scalar(
        select(RevocationList)
        .where(RevocationList.issuer_id == issuer_id)
        .order_by(RevocationList.number.desc())
        .limit(1)
    )


def _entries(session: Session, issuer_id: str) -> list[Entry]:
    rows = session.scalars(
        select(Certificate).where(
            Certificate.issuer_id == issuer_id, Certificate.state == State.REVOKED
        )
    )
    return [
        Entry(
            serial=int(row.serial, 16),
            at=row.revoked_at,
            reason=Reason(row.revocation_reason or Reason.UNSPECIFIED),
        )
        for row in rows
        if row.revoked_at is not None
    ]
