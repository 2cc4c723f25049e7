"""Write the log of what happened, inside the caller's transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.audit.models import AuditEntry


def record(
    session: Session,
    what: str,
    *,
    at: datetime,
    customer_id: int | None = None,
    certificate_id: str | None = None,
) -> None:
    """Add one fact; it is kept when the caller commits, with what it tells of."""
    session.add(
        AuditEntry(
            at=at, what=what, customer_id=customer_id, certificate_id=certificate_id
        )
    )
