"""Look operators up."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from webapp.counter.models import Operator

_BY_SESSION_KEY = select(Operator).where(
    Operator.session_key == bindparam("key"), Operator.closed_at.is_(None)
)


def find_operator(session: Session, key: str) -> Operator | None:
    """Return the operator whose sessions carry `key`; none who has left."""
    return session.scalar(_BY_SESSION_KEY, {"key": key})
