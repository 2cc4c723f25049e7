"""Who may do what at the counter. Pure.

Every service of the counter asks here, so that no route can forget to.
"""

from webapp.accounts.models import Operator, Role
from webapp.ra.errors import ForbiddenRoleError, SelfServiceError

CAN_VIEW = frozenset(Role)
CAN_SERVE = frozenset({Role.COUNTER, Role.ADMINISTRATOR})
CAN_READ_AUDIT = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
CAN_MANAGE = frozenset({Role.ADMINISTRATOR})


def require_role(operator: Operator, roles: frozenset[Role]) -> None:
    """Refuse an operator who has another role, or has left.

    Raises:
        ForbiddenRoleError
    """
    if operator.role not in roles or operator.closed_at is not None:
        raise ForbiddenRoleError


def require_can_serve(operator: Operator, customer_id: int) -> None:
    """Refuse whoever does not serve customers, and everybody in their own case.

    Raises:
        ForbiddenRoleError, SelfServiceError
    """
    require_role(operator, CAN_SERVE)
    if operator.customer_id == customer_id:
        raise SelfServiceError
