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
        cert_type
        for cert_type in types.values()
        if cert_type.offered
        and cert_type.audience == customer.kind
        and not _has_enough(session, customer, cert_type, now)
    ]


def require_eligible(
    session: Session, customer: Customer, types: Types, type_id: str, now: datetime
) -> None:
    """Refuse a type that this customer cannot have now.

    Raises:
        UnknownTypeError, TypeLimitError
    """
    cert_type = types.get(type_id)
    if (
        cert_type is None
        or not cert_type.offered
        or cert_type.audience != customer.kind
    ):
        raise UnknownTypeError
    if _has_enough(session, customer, cert_type, now):
        raise TypeLimitError


def _has_enough(
    session: Session, customer: Customer, cert_type: CertificateType, now: datetime
) -> bool:
    if cert_type.at_most == 0:
        return False
    usable = select(func.count(Certificate.id)).where(
        Certificate.customer_id == customer.id,
        Certificate.type_id == cert_type.id,
        Certificate.state.in_(
            (StoredState.RESERVED, StoredState.VALID, StoredState.SUSPENDED)
        ),
        Certificate.not_after >= now,
    )
    return (session.scalar(usable) or 0) >= cert_type.at_most
