"""Write the log of what happened, inside the caller's transaction."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from webapp.audit.chain import Fact, link
from webapp.audit.models import AuditEntry, AuditHead

CENTRE = "centre"  # what happens by rule, with nobody at the keyboard
_NEXT = (
    update(AuditHead)
    .where(AuditHead.id == 1)
    .values(count=AuditHead.count + 1)
    .returning(AuditHead.count, AuditHead.hash)
    .execution_options(synchronize_session=False)
)
_INSERT = insert(AuditEntry.__table__)  # type: ignore[arg-type]
_TIE = (
    update(AuditHead)
    .where(AuditHead.id == 1)
    .values(hash=bindparam("tied"))
    .execution_options(synchronize_session=False)
)


def record(
    session: Session,
    what: str,
    *,
    at: datetime,
    by: str | None = None,
    customer_id: int | None = None,
    certificate_id: str | None = None,
    detail: Mapping[str, str | int | bool] | None = None,
) -> None:
    """Add one fact; it is kept when the caller commits, with what it tells of.

    `by` is "operator:ID" or CENTRE; left out, it is the customer. Call it last before
    the commit: from here on nobody else can write to the log. `detail` never holds a
    secret, and no name or number that stands in a table already.
    """
    number, before = session.execute(_NEXT).one()
    said = json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True)
    fact = Fact(
        number=number,
        at=at,
        what=what,
        by=by or (CENTRE if customer_id is None else f"customer:{customer_id}"),
        customer_id=customer_id,
        certificate_id=certificate_id,
        detail=said,
    )
    tied = link(before, fact)
    session.execute(
        _INSERT,
        {
            "id": number,
            "at": at,
            "what": what,
            "by": fact.by,
            "customer_id": customer_id,
            "certificate_id": certificate_id,
            "detail": said,
            "hash": tied,
        },
    )
    session.execute(_TIE, {"tied": tied})
