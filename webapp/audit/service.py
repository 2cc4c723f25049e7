"""Write the log of what happened, inside the caller's transaction."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.hash_chain import EntryFields, entry_hash
from webapp.audit.labels import LabelledCode
from webapp.audit.models import AuditEntry, AuditHead
from webapp.db import LockOrder, run_before_commit

MAX_DETAIL = 500
_NEXT_NUMBER = (
    update(AuditHead)
    .where(AuditHead.id == 1)
    .values(count=AuditHead.count + 1)
    .returning(AuditHead.count, AuditHead.hash)
    .execution_options(synchronize_session=False)
)
_INSERT = insert(AuditEntry.__table__)  # type: ignore[arg-type]
_SET_HEAD = (
    update(AuditHead)
    .where(AuditHead.id == 1)
    .values(hash=bindparam("chained_hash"))
    .execution_options(synchronize_session=False)
)


def record(
    session: Session,
    event: LabelledCode,
    *,
    at: datetime,
    actor: Actor | None = None,
    customer_id: int | None = None,
    certificate_id: str | None = None,
    detail: Mapping[str, str | int | bool] | None = None,
) -> None:
    """Add one fact; it is kept when the caller commits, with what it tells of.

    Without an `actor` it is the customer, or else SYSTEM. `detail`
    never holds a secret, and no name or number that stands in a table already. The
    entry is numbered and written at the commit, after all else: only one can write at
    a time.

    Raises:
        ValueError: it does not fit into the log.
    """
    text = json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True)
    if actor is None:
        actor = SYSTEM if customer_id is None else Actor.customer(customer_id)
    if len(text) > MAX_DETAIL:
        raise ValueError("too long for the log")  # SQLite would not say so

    def write(session: Session) -> None:
        number, before = session.execute(_NEXT_NUMBER).one()
        fields = EntryFields(
            number=number,
            at=at,
            event=str(event),
            actor=str(actor),
            customer_id=customer_id,
            certificate_id=certificate_id,
            detail=text,
        )
        chained_hash = entry_hash(before, fields)
        session.execute(
            _INSERT, {"id": number, "hash": chained_hash, **_columns(fields)}
        )
        session.execute(_SET_HEAD, {"chained_hash": chained_hash})

    run_before_commit(session, LockOrder.AUDIT, write)


def _columns(fields: EntryFields) -> dict[str, object]:
    """Return the columns of an entry, by their names in the table."""
    return {
        "at": fields.at,
        "what": fields.event,
        "by": fields.actor,
        "customer_id": fields.customer_id,
        "certificate_id": fields.certificate_id,
        "detail": fields.detail,
    }
