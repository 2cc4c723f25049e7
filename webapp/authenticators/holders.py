"""Whose a stored authenticator is: a customer's or an operator's."""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer, Operator
from webapp.authenticators.models import Passkey, PasskeyChallenge, TotpSecret

Authenticator = type[TotpSecret] | type[Passkey] | type[PasskeyChallenge]


def held_by(table: Authenticator, holder: AccountHolder) -> ColumnElement[bool]:
    """Return the condition that a row of `table` belongs to a holder."""
    column: InstrumentedAttribute[int | None] = table.customer_id
    if isinstance(holder, Operator):
        column = table.operator_id
    return column == holder.id


def holder_of(session: Session, row: TotpSecret | Passkey) -> AccountHolder:
    """Return whose a row is."""
    if row.operator_id is not None:
        return session.get_one(Operator, row.operator_id)
    return session.get_one(Customer, row.customer_id)
