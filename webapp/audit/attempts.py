"""Write failed attempts into the log, so that a flood of them does not fill it.

Of one account an hour has two entries at most: the first attempt, and the one after
which the account waits. How many came in between stands in the second.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.audit.actors import UNKNOWN
from webapp.audit.events import AuditEvent
from webapp.audit.models import AuditEntry
from webapp.audit.service import record

HOUR: Final = timedelta(hours=1)
MAX_LOOKED_AT: Final = 200  # entries of one hour about operators, who are few


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """An attempt on an account that exists: of which number, and from where.

    `number` counts from 1 up to `of`, the last that is compared; both 0: unlimited.
    """

    event: AuditEvent
    at: datetime
    number: int
    of: int
    client: Mapping[str, str]
    customer_id: int | None = None
    operator_id: int | None = None

    @property
    def is_last(self) -> bool:
        """Tell whether the account waits after this one."""
        return 0 < self.of <= self.number


def record_failed_attempt(session: Session, attempt: FailedAttempt) -> None:
    """Record an attempt unless this hour has its like."""
    stored = _of_this_hour(session, attempt)
    alike = (
        [entry for entry in stored if "tries" in entry] if attempt.is_last else stored
    )
    if alike:
        return
    about = {} if attempt.operator_id is None else {"operator": attempt.operator_id}
    tries = {"tries": attempt.number} if attempt.is_last else {}
    record(
        session,
        attempt.event,
        actor=UNKNOWN,
        customer_id=attempt.customer_id,
        at=attempt.at,
        detail={**about, **tries, **attempt.client},
    )


def _of_this_hour(session: Session, attempt: FailedAttempt) -> list[dict[str, object]]:
    stmt = (
        select(AuditEntry.detail)
        .where(AuditEntry.at > attempt.at - HOUR)
        .order_by(AuditEntry.id.desc())
        .limit(MAX_LOOKED_AT)
    )
    if attempt.customer_id is None:
        stmt = stmt.where(AuditEntry.event == attempt.event)
    else:  # by the customer's index, also where SQLite would take the other
        event = func.coalesce(AuditEntry.event, AuditEntry.event)
        stmt = stmt.where(
            AuditEntry.customer_id == attempt.customer_id, event == attempt.event
        )
    details = [json.loads(detail) for detail in session.scalars(stmt)]
    return [
        detail for detail in details if detail.get("operator") == attempt.operator_id
    ]
