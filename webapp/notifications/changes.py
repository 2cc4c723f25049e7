"""Record what the counter changed about a customer, and queue what tells them of it.

Both are written in the transaction that makes the change. Nobody is told at the new
address: whoever made the change may have typed their own.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import AccountChange, Customer
from webapp.accounts.second_operator import (
    TOLD,
    UNTOLD,
    SecondOperatorRule,
)
from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.phone_call.rules import callable_number
from webapp.notifications.models import ChangeNotice, Channel

SHOWN_FOR: Final = timedelta(days=14)  # on the person's first page
MOST_SHOWN: Final = 20


def record_change(
    session: Session,
    customer: Customer,
    kind: ChangeKind,
    *,
    operator_id: int | None,
    email: str | None,
    phone: str | None,
    now: datetime,
    batch: str | None = None,
    agreed_by: int | None = None,
) -> AccountChange:
    """Store a change and a notice for each way to reach the person. No commit.

    `email` and `phone` are those that were registered before the change; `agreed_by`
    is the second operator who agreed before it was made.
    """
    change = AccountChange(
        customer_id=customer.id,
        kind=kind,
        made_at=now,
        operator_id=operator_id,
        batch=batch,
        agreed_at=now if agreed_by is not None else None,
        agreed_by=agreed_by,
    )
    session.add(change)
    session.flush()
    if kind is ChangeKind.REGISTERED:  # nobody was reachable before
        return change
    reached = {Channel.EMAIL: email or None, Channel.PHONE: callable_number(phone)}
    for channel, address in reached.items():
        if address:
            notice = ChangeNotice(
                change_id=change.id, channel=channel, address=address, try_at=now
            )
            session.add(notice)
    if not any(reached.values()):
        change.told = UNTOLD
        record(
            session,
            AuditEvent.NOTICE_UNREACHABLE,
            actor=SYSTEM,
            customer_id=customer.id,
            at=now,
            detail={"change": kind},
        )
    session.flush()
    return change


def require_free(
    session: Session, customer_id: int, rule: SecondOperatorRule, now: datetime
) -> None:
    """Refuse a certificate while a change at the counter holds it back.

    Raises:
        RegistrationUnconfirmedError, SecondOperatorNeededError
    """
    if rule.hours:
        rule.require_free(open_changes(session, customer_id, rule, now), now)


def open_changes(
    session: Session, customer_id: int, rule: SecondOperatorRule, now: datetime
) -> list[AccountChange]:
    """Return what holds a customer's certificates back, the oldest first."""
    return list(
        session.scalars(
            select(AccountChange)
            .where(
                AccountChange.customer_id == customer_id,
                holds(rule, now),
            )
            .order_by(AccountChange.id)
            .execution_options(populate_existing=True)
        )
    )


def holds(rule: SecondOperatorRule, now: datetime) -> ColumnElement[bool]:
    """Return `rule.holds` as the condition of a query."""
    if not rule.hours:
        return false()
    is_held: list[ColumnElement[bool]] = [
        AccountChange.made_at > now - timedelta(hours=rule.hours),
        and_(
            AccountChange.kind != ChangeKind.REGISTERED,
            AccountChange.told.is_distinct_from(TOLD),
        ),
    ]
    if rule.new_customers:
        is_held.append(AccountChange.kind == ChangeKind.REGISTERED)
    return and_(awaits_agreement(), or_(*is_held))


def awaits_agreement() -> ColumnElement[bool]:
    """Return the condition of a change to which nobody else has agreed."""
    return and_(
        AccountChange.agreed_at.is_(None),
        AccountChange.operator_id.is_not(None),
        AccountChange.kind.in_([kind for kind in ChangeKind if kind.holds]),
    )


def recent_changes(
    session: Session, customer_id: int, now: datetime
) -> list[AccountChange]:
    """Return what a person is shown on their first page, the newest first."""
    return list(
        session.scalars(
            select(AccountChange)
            .where(
                AccountChange.customer_id == customer_id,
                AccountChange.kind != ChangeKind.REGISTERED,
                AccountChange.made_at > now - SHOWN_FOR,
            )
            .order_by(AccountChange.made_at.desc(), AccountChange.id.desc())
            .limit(MOST_SHOWN)
        )
    )


def notices_of(
    session: Session, customer_id: int
) -> list[tuple[AccountChange, ChangeNotice | None]]:
    """Return a customer's latest changes with how they were told of each."""
    changes = (
        select(AccountChange.id)
        .where(AccountChange.customer_id == customer_id)
        .order_by(AccountChange.id.desc())
        .limit(MOST_SHOWN)
    )
    rows = session.execute(
        select(AccountChange, ChangeNotice)
        .outerjoin(ChangeNotice, ChangeNotice.change_id == AccountChange.id)
        .where(AccountChange.id.in_(changes))
        .order_by(AccountChange.id.desc(), ChangeNotice.channel)
    )
    return [(change, notice) for change, notice in rows]
