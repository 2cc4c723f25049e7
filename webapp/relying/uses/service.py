"""Note where certificates are used, and end it. Nothing commits here."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.certificates.models import Certificate
from webapp.relying.program_secrets import last_use
from webapp.relying.uses.models import HOLDING, Use, Way


def note_use(
    session: Session,
    *,
    institution_id: str,
    customer_id: int,
    certificate_id: str,
    way: Way,
    now: datetime,
) -> None:
    """Keep that an institution uses a certificate; what was ended begins anew."""
    lineage_id = session.get_one(Certificate, certificate_id).lineage_id
    names = {
        "institution_id": institution_id,
        "customer_id": customer_id,
        "way": way,
        "lineage_id": lineage_id,
    }
    stmt = select(Use).filter_by(**names)
    use = session.scalar(stmt)
    if use is None:
        with suppress(IntegrityError), session.begin_nested():  # else there is one now
            session.add(Use(**names, since=now, used_at=now))
        use = session.scalars(stmt).one()
    if use.ended_at is not None:
        use.since, use.ended_at = now, None
    use.used_at = last_use(use.used_at, now)


def list_uses(session: Session, customer_id: int) -> Sequence[Use]:
    """Return where a person uses certificates now, the last used first."""
    stmt = (
        select(Use)
        .where(Use.customer_id == customer_id, Use.ended_at.is_(None))
        .order_by(Use.used_at.desc(), Use.id)
    )
    return session.scalars(stmt).all()


def list_holders(session: Session, customer_id: int, lineage_id: str) -> Sequence[str]:
    """Return the ids of the institutions that hold a line of certificates, by id."""
    stmt = (
        select(Use.institution_id)
        .where(
            Use.lineage_id == lineage_id,
            Use.customer_id == customer_id,
            Use.way.in_(HOLDING),
            Use.ended_at.is_(None),
        )
        .distinct()
        .order_by(Use.institution_id)
    )
    return session.scalars(stmt).all()


def end_uses(
    session: Session, customer_id: int, institution_id: str, now: datetime
) -> int:
    """End every use of a person's certificates at an institution; return how many."""
    ended = session.execute(
        update(Use)
        .where(
            Use.customer_id == customer_id,
            Use.institution_id == institution_id,
            Use.ended_at.is_(None),
        )
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]
