"""Lock who acts and what is acted on at the counter, and ask the rights again.

An operator who was demoted or closed a moment ago decides nothing any more, and no two
operators decide over the same customer at once.
"""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, Operator, Role
from webapp.db import lock
from webapp.ra.permissions import CAN_SERVE, require_can_serve, require_role

IS_ADMINISTRATOR = and_(
    Operator.role == Role.ADMINISTRATOR,
    Operator.closed_at.is_(None),
    Operator.awaits_confirmation.is_(False),
)


def lock_for_service(session: Session, operator: Operator, customer: Customer) -> None:
    """Lock a customer, and the operator who does something for them.

    Raises:
        ForbiddenRoleError, SelfServiceError: as they are now.
    """
    lock(session, operator, share=True)
    lock(session, customer)
    require_can_serve(operator, customer.id)


def lock_for_approval(
    session: Session, operator: Operator, asker: Operator, customer: Customer
) -> None:
    """Lock a customer, who asked for something, and who decides about it.

    Raises:
        ForbiddenRoleError, SelfServiceError: as they are now, of who decides.
    """
    both = {colleague.id: colleague for colleague in (operator, asker)}
    for id_ in sorted(both):  # all lock in one order
        lock(session, both[id_], share=True)
    lock(session, customer)
    require_can_serve(operator, customer.id)


def lock_for_registration(session: Session, operator: Operator) -> None:
    """Lock the operator who registers somebody new.

    Raises:
        ForbiddenRoleError: as they are now.
    """
    lock(session, operator, share=True)
    require_role(operator, CAN_SERVE)


def lock_administrators(session: Session, *operators: Operator) -> None:
    """Lock these operators and every administrator who works here, by their ids.

    So who is left as an administrator stays so until the transaction ends.
    """
    lock(session)  # on SQLite: nobody writes from here on
    concerned = [operator.id for operator in operators]
    session.scalars(
        select(Operator)
        .where(or_(Operator.id.in_(concerned), IS_ADMINISTRATOR))
        .order_by(Operator.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
