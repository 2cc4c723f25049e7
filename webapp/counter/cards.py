"""First security cards for many customers at once, printed in one go.

Only for those who have none: a card that replaces another is issued on the customer's
own page, where it is asked why.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, ChangeKind, Customer
from webapp.counter.errors import AlreadySoError
from webapp.counter.locks import lock_for_serving
from webapp.counter.models import Operator
from webapp.counter.rights import SERVES, name_of, require_role
from webapp.identity import card_service
from webapp.identity.card_service import IssuedCard
from webapp.identity.models import SecurityCard
from webapp.notices.changes import record_change

MOST: Final = 50  # sheets in one go
LOOKED_AT: Final = 500  # customers, the newest
_HAS_CARD = exists().where(
    SecurityCard.customer_id == Customer.id, SecurityCard.closed_at.is_(None)
)


def without_card(
    session: Session, operator: Operator, batch: str = ""
) -> tuple[list[Customer], bool]:
    """Return customers who have no card, and whether there are more.

    Of an import, in its order; else the newest, of whom so many are looked at. Nobody's
    own self is among them.

    Raises:
        NotYourRoleError
    """
    require_role(operator, SERVES)
    stmt = select(Customer).where(~_HAS_CARD, Customer.locked_at.is_(None))
    if batch:
        of_batch = select(AccountChange.customer_id).where(AccountChange.batch == batch)
        stmt = stmt.where(Customer.id.in_(of_batch)).order_by(Customer.id)
    else:
        newest = select(Customer.id).order_by(Customer.id.desc()).limit(LOOKED_AT)
        known = list(session.scalars(newest))
        stmt = stmt.where(Customer.id.in_(known)).order_by(Customer.id.desc())
    found = session.scalars(stmt.limit(MOST + 2)).all()
    others = [each for each in found if each.id != operator.customer_id]
    return others[:MOST], len(others) > MOST


def issue_first_cards(
    session: Session,
    operator: Operator,
    customer_ids: Sequence[int],
    *,
    key: bytes,
    random: Random,
    now: datetime,
) -> list[tuple[Customer, IssuedCard]]:
    """Issue a card to each of these who has none, and commit: all of them or nobody.

    Raises:
        NotYourRoleError, OwnRequestError
        AlreadySoError: each of them has one.
    """
    require_role(operator, SERVES)
    issued = []
    for customer_id in sorted(set(customer_ids))[:MOST]:  # locked in one order
        customer = session.get(Customer, customer_id)
        if customer is None:
            continue
        lock_for_serving(session, operator, customer)
        if card_service.card_of(session, customer) is not None:
            continue  # of a page that was open for long, or sent twice
        card = card_service.issue_card(
            session, customer, key, random, by=name_of(operator), now=now
        )
        if not _is_own_registration(session, operator, customer):
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
        session.rollback()
        raise AlreadySoError
    session.commit()
    return issued


def _is_own_registration(
    session: Session, operator: Operator, customer: Customer
) -> bool:
    """Tell whether this operator registered them, and nobody has agreed yet.

    Whoever agrees to that agrees to the card that came with it.
    """
    stmt = select(AccountChange.id).where(
        AccountChange.customer_id == customer.id,
        AccountChange.kind == ChangeKind.REGISTERED,
        AccountChange.operator_id == operator.id,
        AccountChange.agreed_at.is_(None),
    )
    return session.scalar(stmt.limit(1)) is not None
