"""Approval at the counter, as the applicant sees it: ask, and wait.

The operator's side is webapp/counter/approvals.py.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.applications.models import Application
from webapp.audit.service import record

# An answer takes a working day or a few; the application waits that long for it, and
# as long again for its owner to come back.
WAITS = timedelta(days=7)


def ask_approval(session: Session, application: Application, now: datetime) -> None:
    """Ask the counter to approve an application; to ask again changes nothing."""
    asked = session.execute(
        update(Application)
        .where(
            Application.id == application.id,
            Application.approval_asked_at.is_(None),
            Application.closed_at.is_(None),
        )
        .values(approval_asked_at=now, expires_at=now + WAITS)
        .execution_options(synchronize_session=False)
    )
    if asked.rowcount == 1:  # type: ignore[attr-defined]
        record(
            session,
            "approval.asked",
            customer_id=application.customer_id,
            at=now,
            detail={"type": application.type_id or ""},
        )
    session.commit()
    session.refresh(application)
