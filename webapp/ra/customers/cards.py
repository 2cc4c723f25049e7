"""First security cards for many customers at once, printed in one go.

Only for those who have none: a card that replaces another is issued on the customer's
own page, where it is asked why. Where every card waits for a second operator
(`four_eyes`), only with a registration that waits for one itself: who agrees to it
agrees to the card.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.models import AccountChange, Customer, Operator
from webapp.accounts.second_operator import SecondOperatorRule
from webapp.authenticators.models import SecurityCard
from webapp.authenticators.security_card import service
from webapp.authenticators.security_card.service import IssuedCard
from webapp.notifications.changes import holds, record_change
from webapp.ra.errors import CardNeedsApprovalError, NoChangeError
from webapp.ra.locks import lock_for_service
from webapp.ra.permissions import CAN_SERVE, require_role

MAX_CARDS: Final = 50  # sheets in one go
MAX_SCANNED: Final = 500  # customers, the newest
_HAS_CARD = exists().where(
    SecurityCard.customer_id == Customer.id, SecurityCard.closed_at.is_(None)
)


def without_card(
    session: Session,
    operator: Operator,
    batch: str = "",
    *,
    rule: SecondOperatorRule,
    waits: bool,
    now: datetime,
) -> tuple[list[Customer], bool]:
    """Return customers who have no card, and whether there are more.

    Of an import, in its order; else the newest, of whom so many are looked at. Nobody's
    own self is among them. `waits`: other cards than those of a registration by this
    operator, which waits too, are asked for on the customer's page.

    Raises:
        ForbiddenRoleError
    """
    require_role(operator, CAN_SERVE)
    stmt = select(Customer).where(~_HAS_CARD, Customer.locked_at.is_(None))
    if waits:
        stmt = stmt.where(Customer.id.in_(_own_registrations(operator, rule, now)))
    if batch:
        of_batch = select(AccountChange.customer_id).where(AccountChange.batch == batch)
        stmt = stmt.where(Customer.id.in_(of_batch)).order_by(Customer.id)
    else:
        newest = select(Customer.id).order_by(Customer.id.desc()).limit(MAX_SCANNED)
        newest_ids = list(session.scalars(newest))
        stmt = stmt.where(Customer.id.in_(newest_ids)).order_by(Customer.id.desc())
    customers = session.scalars(stmt.limit(MAX_CARDS + 2)).all()
    others = [customer for customer in customers if customer.id != operator.customer_id]
    return others[:MAX_CARDS], len(others) > MAX_CARDS


def issue_first_cards(
    session: Session,
    operator: Operator,
    customer_ids: Sequence[int],
    *,
    key: bytes,
    random: Random,
    rule: SecondOperatorRule,
    waits: bool,
    now: datetime,
) -> list[tuple[Customer, IssuedCard]]:
    """Issue a card to each of these who has none: all of them or nobody.

    Raises:
        ForbiddenRoleError, SelfServiceError
        NoChangeError: each of them has one.
        CardNeedsApprovalError: a second operator has to agree to one of them first.
    """
    require_role(operator, CAN_SERVE)
    issued = []
    for customer_id in sorted(set(customer_ids))[:MAX_CARDS]:  # locked in one order
        customer = session.get(Customer, customer_id)
        if customer is None:
            continue
        lock_for_service(session, operator, customer)
        if service.find_card(session, customer) is not None:
            continue  # of a page that was open for long, or sent twice
        is_own = _is_own_registration(session, operator, customer, rule, now)
        if waits and not is_own:
            raise CardNeedsApprovalError
        card = service.issue_card(
            session, customer, key, random, actor=operator.audit_actor, now=now
        )
        if not is_own:
            record_change(
                session,
                customer,
                ChangeKind.CARD_ISSUED,
                operator_id=operator.id,
                email=customer.email,
                phone=customer.phone,
                now=now,
            )
        issued.append((customer, card))
    if not issued:
        raise NoChangeError
    return issued


def _is_own_registration(
    session: Session,
    operator: Operator,
    customer: Customer,
    rule: SecondOperatorRule,
    now: datetime,
) -> bool:
    """Tell whether this operator registered them, and that still waits for a second.

    Whoever agrees to that agrees to the card that came with it. One that holds nothing
    back any more, agreed to or not, has nobody look at the card.
    """
    own = _own_registrations(operator, rule, now)
    stmt = own.where(AccountChange.customer_id == customer.id)
    return session.scalar(stmt.limit(1)) is not None


def _own_registrations(
    operator: Operator, rule: SecondOperatorRule, now: datetime
) -> Select[int]:
    return select(AccountChange.customer_id).where(
        AccountChange.kind == ChangeKind.REGISTERED,
        AccountChange.operator_id == operator.id,
        holds(rule, now),
    )
