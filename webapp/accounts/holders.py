"""Account holders: customers and operators, as far as both sign in and are checked.

What belongs to one of them has a column for each table and fills exactly one.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, Operator
from webapp.audit.actors import Actor
from webapp.audit.labels import LabelledCode
from webapp.audit.service import record

AccountHolder = Customer | Operator


def holder_columns(holder: AccountHolder) -> dict[str, int]:
    """Return the columns that say whose a new row is."""
    name = "operator_id" if isinstance(holder, Operator) else "customer_id"
    return {name: holder.id}


def encryption_label(customer_id: int | None, operator_id: int | None) -> str:
    """Return what ties a sealed value to its holder; a customer's is a bare number."""
    return f"operator:{operator_id}" if customer_id is None else str(customer_id)


def holder_label(holder: AccountHolder) -> str:
    """Return the label of a holder that never changes: no name, and no login ID."""
    columns = holder_columns(holder)
    return encryption_label(columns.get("customer_id"), columns.get("operator_id"))


def device_name(holder: AccountHolder) -> str:
    """Return what a device shows beside a secret of the holder.

    The same login ID may be a customer's and an operator's: a device shows both.
    """
    is_operator = isinstance(holder, Operator)
    return f"{holder.login_id} (counter)" if is_operator else holder.login_id


def record_for(
    session: Session,
    event: LabelledCode,
    holder: AccountHolder,
    *,
    actor: Actor | None = None,
    at: datetime,
    detail: Mapping[str, str | int | bool] | None = None,
) -> None:
    """Add a fact about a holder to the log; `actor` None is the holder."""
    if isinstance(holder, Operator):
        about = {**(detail or {}), "operator": holder.id}
        record(session, event, actor=actor or holder.audit_actor, at=at, detail=about)
        return
    record(session, event, actor=actor, customer_id=holder.id, at=at, detail=detail)
