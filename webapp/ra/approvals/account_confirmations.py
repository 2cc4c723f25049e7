"""A second operator agrees to what a colleague changed, so that certificates go on.

Nobody agrees to their own changes or in their own case, nor are two a second person
to each other whose passwords one of them, or one other, has made.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true, update
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, Customer, Operator
from webapp.accounts.second_operator import SecondOperatorRule
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.notifications.changes import awaits_agreement, holds, open_changes
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.errors import NoChangeError, OwnChangeError
from webapp.ra.locks import lock_for_registration, lock_for_service

MAX_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCustomer:
    """A customer whose certificates wait, and the changes that they wait for."""

    customer: Customer
    changes: tuple[AccountChange, ...]
    until: datetime | None  # none: not before somebody agrees
    by_others: bool  # whether this operator can agree to any of them

    @property
    def seen(self) -> int:
        """The newest change that is shown."""
        return self.changes[-1].id


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldImport:
    """Customers of one import to whom nobody else has agreed."""

    batch: str
    count: int
    made_at: datetime
    operator_id: int
    by_others: bool


def held_customer(
    session: Session,
    operator: Operator,
    customer: Customer,
    rule: SecondOperatorRule,
    now: datetime,
) -> HeldCustomer | None:
    """Return what holds a customer's certificates back, if anything does."""
    held = open_changes(session, customer.id, rule, now)
    own = same_person_ids(session, operator)
    return _held(own, customer, held, rule, now) if held else None


def held_customers(
    session: Session, operator: Operator, rule: SecondOperatorRule, now: datetime
) -> list[HeldCustomer]:
    """Return the customers who wait for a second operator, the longest waiting first.

    Those of an import are counted in `held_imports`.
    """
    held = (holds(rule, now), AccountChange.batch.is_(None))
    longest = (
        select(AccountChange.customer_id)
        .where(*held)
        .group_by(AccountChange.customer_id)
        .order_by(func.min(AccountChange.made_at), AccountChange.customer_id)
        .limit(MAX_SHOWN)
    )
    rows = session.execute(
        select(AccountChange, Customer)
        .join(Customer, Customer.id == AccountChange.customer_id)
        .where(*held, AccountChange.customer_id.in_(longest))
        .order_by(AccountChange.made_at, AccountChange.id)
    )
    by_customer: dict[int, tuple[Customer, list[AccountChange]]] = {}
    for change, customer in rows:
        by_customer.setdefault(customer.id, (customer, []))[1].append(change)
    own = same_person_ids(session, operator)
    return [
        _held(own, customer, changes, rule, now)
        for customer, changes in by_customer.values()
    ]


def held_imports(
    session: Session, operator: Operator, rule: SecondOperatorRule, now: datetime
) -> list[HeldImport]:
    """Return the imports to whose customers nobody else has agreed."""
    own = same_person_ids(session, operator)
    first = func.min(AccountChange.made_at)
    rows = session.execute(
        select(
            AccountChange.batch,
            AccountChange.operator_id,
            func.count(AccountChange.id),
            first,
        )
        .where(holds(rule, now), AccountChange.batch.is_not(None))
        .group_by(AccountChange.batch, AccountChange.operator_id)
        .order_by(first)
        .limit(MAX_SHOWN)
    )
    return [
        HeldImport(
            batch=batch or "",
            count=count,
            made_at=made_at,
            operator_id=maker or 0,
            by_others=maker not in own,
        )
        for batch, maker, count, made_at in rows
    ]


def count_held(session: Session, rule: SecondOperatorRule, now: datetime) -> int:
    """Return how many customers and imports wait for a second operator."""
    waits = holds(rule, now)
    alone = select(func.count(AccountChange.customer_id.distinct())).where(
        waits, AccountChange.batch.is_(None)
    )
    imports = select(func.count(AccountChange.batch.distinct())).where(waits)
    return (session.scalar(alone) or 0) + (session.scalar(imports) or 0)


def agree(
    session: Session,
    operator: Operator,
    customer: Customer,
    *,
    seen: int,
    now: datetime,
) -> None:
    """Agree to the changes of a customer up to the newest one that was looked at.

    Raises:
        ForbiddenRoleError, SelfServiceError
        OwnChangeError: the operator made them, or somebody who knows their password.
        NoChangeError: there is nothing left to agree to.
    """
    lock_for_service(session, operator, customer)
    agreed = session.execute(
        update(AccountChange)
        .where(
            AccountChange.customer_id == customer.id,
            AccountChange.id <= seen,
            awaits_agreement(),
            AccountChange.operator_id.not_in(same_person_ids(session, operator)),
        )
        .values(agreed_at=now, agreed_by=operator.id)
        .execution_options(synchronize_session=False)
    )
    if not agreed.rowcount:  # type: ignore[attr-defined]
        raise _why_none(session, customer)
    _record(session, operator, customer.id, now)


def agree_to_import(
    session: Session, operator: Operator, batch: str, now: datetime
) -> int:
    """Agree to all customers of an import but oneself; return how many.

    Raises:
        ForbiddenRoleError
        OwnChangeError: the operator imported them.
        NoChangeError: there is nobody left to agree to.
    """
    lock_for_registration(session, operator)
    of_import = (awaits_agreement(), AccountChange.batch == batch)
    own = same_person_ids(session, operator)
    others = AccountChange.operator_id.not_in(own)
    own_case = operator.customer_id
    is_other = AccountChange.customer_id != own_case if own_case else true()
    agreed = session.execute(
        update(AccountChange)
        .where(*of_import, others, is_other)
        .values(agreed_at=now, agreed_by=operator.id)
        .returning(AccountChange.customer_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not agreed:
        left = session.scalar(select(AccountChange.id).where(*of_import).limit(1))
        raise OwnChangeError if left is not None else NoChangeError
    for (customer_id,) in agreed:
        _record(session, operator, customer_id, now)
    return len(agreed)


def _held(
    own: frozenset[int],
    customer: Customer,
    changes: list[AccountChange],
    rule: SecondOperatorRule,
    now: datetime,
) -> HeldCustomer:
    ends = [rule.until(change, now) for change in changes]
    dated = [end for end in ends if end is not None]
    return HeldCustomer(
        customer=customer,
        changes=tuple(changes),
        until=max(dated) if len(dated) == len(ends) else None,
        by_others=any(change.operator_id not in own for change in changes),
    )


def _why_none(session: Session, customer: Customer) -> OwnChangeError | NoChangeError:
    left = session.scalar(
        select(AccountChange.id)
        .where(AccountChange.customer_id == customer.id, awaits_agreement())
        .limit(1)
    )
    return NoChangeError() if left is None else OwnChangeError()


def _record(
    session: Session, operator: Operator, customer_id: int, now: datetime
) -> None:
    record(
        session,
        AuditEvent.CHANGE_AGREED,
        actor=operator.audit_actor,
        customer_id=customer_id,
        at=now,
    )
