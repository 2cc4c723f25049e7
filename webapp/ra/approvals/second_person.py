"""Which operators are no second person to one another."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Operator
from webapp.ra.models import OperatorPasswordMaker


def same_person_ids(session: Session, operator: Operator) -> frozenset[int]:
    """Return the operators for whom this one is no second person, themselves too.

    Who ever made somebody's first password may have been signed in as them, and have
    made others' passwords as them: so all whom such passwords connect are one person.
    """
    makers = session.execute(
        select(OperatorPasswordMaker.operator_id, OperatorPasswordMaker.by_id)
    )
    return connected(operator.id, [(of, maker) for of, maker in makers])


def connected(start: int, pairs: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Return all whom pairs connect with `start`, over whomever. Pure."""
    neighbours: dict[int, set[int]] = {}
    for one, other in pairs:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    reached, open_ends = {start}, [start]
    while open_ends:
        new = neighbours.get(open_ends.pop(), set()) - reached
        reached |= new
        open_ends.extend(new)
    return frozenset(reached)
