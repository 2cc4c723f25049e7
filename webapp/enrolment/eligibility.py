"""Which types a customer can have now: nothing is shown that is refused later."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.ca.certificate_types import CertificateType, Types
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.enrolment.errors import TypeLimitError, UnknownTypeError


def eligible_types(
    session: Session, customer: Customer, types: Types, now: datetime
) -> list[CertificateType]:
    """Return the types that a customer can have now: nothing that is refused later."""
    return [
        each
        for each in types.values()
        if each.offered
        and each.audience == customer.kind
        and not _has_enough(session, customer, each, now)
    ]


def require_eligible(
    session: Session, customer: Customer, types: Types, type_id: str, now: datetime
) -> None:
    """Refuse a type that this customer cannot have now.

    Raises:
        UnknownTypeError, TypeLimitError
    """
    wanted = types.get(type_id)
    if wanted is None or not wanted.offered or wanted.audience != customer.kind:
        raise UnknownTypeError
    if _has_enough(session, customer, wanted, now):
        raise TypeLimitError


def _has_enough(
    session: Session, customer: Customer, wanted: CertificateType, now: datetime
) -> bool:
    if wanted.at_most == 0:
        return False
    usable = select(func.count(Certificate.id)).where(
        Certificate.customer_id == customer.id,
        Certificate.type_id == wanted.id,
        Certificate.state.in_(
            (StoredState.RESERVED, StoredState.VALID, StoredState.SUSPENDED)
        ),
        Certificate.not_after >= now,
    )
    return (session.scalar(usable) or 0) >= wanted.at_most
