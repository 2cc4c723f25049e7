"""Approval at the counter, as the applicant sees it: ask, and wait.

The operator's side is webapp/ra/approvals/applications.py.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.enrolment.guards import lock_application, require_active, require_step
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step

# An answer takes a working day or a few; the application waits that long for it, and
# as long again for its owner to come back.
APPROVAL_TTL = timedelta(days=7)


def request_approval(
    session: Session,
    application: Application,
    *,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Ask the counter to approve an application; to ask again changes nothing.

    Raises:
        ApplicationError: it is over, or the step is not open.
    """
    lock_application(session, application)
    require_active(session, application, now)
    require_step(application, Step.APPROVAL, steps)
    asked = session.execute(
        update(Application)
        .where(
            Application.id == application.id,
            Application.approval_asked_at.is_(None),
            Application.closed_at.is_(None),
        )
        .values(approval_asked_at=now, expires_at=now + APPROVAL_TTL)
        .execution_options(synchronize_session=False)
    )
    if asked.rowcount == 1:  # type: ignore[attr-defined]
        record(
            session,
            AuditEvent.APPROVAL_ASKED,
            customer_id=application.customer_id,
            at=now,
            detail={"type": application.type_id or ""},
        )
    session.refresh(application)
