"""Which operators are no second person to one another."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.counter.models import Operator


def not_a_second_person(session: Session, operator: Operator) -> frozenset[int]:
    """Return the operators for whom this one is no second person, themselves too.

    Who made somebody's first password may be signed in as them: so the two are one
    person, and so are all whose passwords the same administrator made.
    """
    known = {operator.id, *((operator.password_by,) if operator.password_by else ())}
    found = session.scalars(
        select(Operator.id).where(
            or_(Operator.id.in_(known), Operator.password_by.in_(known))
        )
    )
    return frozenset(found)
