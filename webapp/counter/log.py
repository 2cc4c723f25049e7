"""Read the log by the page, the newest first.

A page looks at a stretch of entries and no further: a rare fact far back costs a few
more presses, never a walk through millions.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.models import AuditEntry, AuditHead
from webapp.counter.models import Operator
from webapp.counter.rights import READS_LOG, require_role

PAGE = 50
STRETCH = 20_000


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, and where the next page begins; None at the first entry."""

    entries: tuple[AuditEntry, ...]
    older: int | None


def read(
    session: Session,
    operator: Operator,
    *,
    what: str = "",
    customer_id: int | None = None,
    before: int | None = None,
) -> LogPage:
    """Return entries below the number `before`.

    Raises:
        NotYourRoleError
    """
    require_role(operator, READS_LOG)
    end = before or (session.scalar(select(AuditHead.count)) or 0) + 1
    wanted = select(AuditEntry).where(AuditEntry.id < end)
    floor = 1
    if customer_id is not None:
        wanted = wanted.where(AuditEntry.customer_id == customer_id)
    elif what:
        floor = max(end - STRETCH, 1)
        wanted = wanted.where(AuditEntry.id >= floor)
    if what:
        wanted = wanted.where(AuditEntry.what == what)
    found = session.scalars(wanted.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()
    if len(found) > PAGE:
        return LogPage(tuple(found[:PAGE]), found[PAGE - 1].id)
    return LogPage(tuple(found), floor if floor > 1 else None)
