"""Who may do what at the counter. Pure.

Every service of the counter asks here, so that no route can forget to.
"""

from webapp.accounts.models import Operator, Role
from webapp.ra.errors import NotYourRoleError, OwnRequestError

LOOKS = frozenset(Role)
SERVES = frozenset({Role.COUNTER, Role.ADMINISTRATOR})
READS_LOG = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
MANAGES = frozenset({Role.ADMINISTRATOR})


def require_role(operator: Operator, roles: frozenset[Role]) -> None:
    """Refuse an operator who has another role, or has left.

    Raises:
        NotYourRoleError
    """
    if operator.role not in roles or operator.closed_at is not None:
        raise NotYourRoleError


def require_serving(operator: Operator, customer_id: int) -> None:
    """Refuse whoever does not serve customers, and everybody in their own case.

    Raises:
        NotYourRoleError, OwnRequestError
    """
    require_role(operator, SERVES)
    if operator.customer_id == customer_id:
        raise OwnRequestError
