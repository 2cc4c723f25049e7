"""Find operators, and what pages say of all of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Operator
from webapp.authenticators.factors import FACTORS
from webapp.ra.errors import NotFoundError


def list_operators(session: Session) -> list[Operator]:
    """Return all operators, those who have left at the end."""
    left = Operator.closed_at.is_not(None)
    return list(session.scalars(select(Operator).order_by(left, Operator.login_id)))


def names(session: Session) -> dict[int | None, str]:
    """Return what people call each operator, by id."""
    return {
        operator.id: operator.name for operator in session.scalars(select(Operator))
    }


def find(session: Session, operator_id: int) -> Operator:
    """Return an operator.

    Raises:
        NotFoundError
    """
    operator = session.get(Operator, operator_id)
    if operator is None:
        raise NotFoundError
    return operator


def find_by_login_id(session: Session, login_id: str) -> Operator:
    """Return an operator by the ID they sign in with.

    Raises:
        NotFoundError
    """
    operator: Operator | None = session.scalar(
        select(Operator).where(Operator.login_id == login_id)
    )
    if operator is None:
        raise NotFoundError
    return operator


def factor_holders(session: Session) -> frozenset[int]:
    """Return the operators who have a second factor, by id."""
    ids = (factor.operator_ids(session) for factor in FACTORS.values())
    return frozenset().union(*ids)
