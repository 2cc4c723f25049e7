"""What a browser orders, and what an earlier order of the same kind made."""

import hashlib
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.certificates.action_facts import list_replacements
from webapp.certificates.errors import (
    AlreadyReplacedError,
    ApplicationUsedError,
    IdempotencyMismatchError,
    KeySeenError,
)
from webapp.certificates.models import Certificate
from webapp.enrolment.errors import StepOutOfOrderError, UnknownApplicationError
from webapp.enrolment.models import Application

# Built once: composing a statement costs more than running it.
_APPLICATION = (
    select(Application, Certificate)
    .outerjoin(Certificate, Certificate.application_id == Application.id)
    .where(
        Application.id == bindparam("application_id"),
        Application.customer_id == bindparam("customer_id"),
    )
)
_BY_IDEMPOTENCY_KEY = select(Certificate.id).where(
    Certificate.customer_id == bindparam("customer_id"),
    Certificate.idempotency_key == bindparam("idempotency_key"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuanceRequest:
    """What a browser sends to have a certificate issued; `request` is PKCS#10 DER.

    `sealed_random_number` is R, sealed to the CA for this request; empty without one.
    """

    application_id: str
    login_session_id: str | None = None  # the sign-in that orders
    idempotency_key: str
    request: bytes = field(repr=False)
    sealed_random_number: bytes = field(default=b"", repr=False)


def find_existing(
    session: Session, customer: Customer, order: IssuanceRequest
) -> tuple[Application, Certificate | None]:
    """Return the application, and its certificate where this order had it made."""
    row = session.execute(
        _APPLICATION,
        {"application_id": order.application_id, "customer_id": customer.id},
    ).one_or_none()
    if row is None:
        raise UnknownApplicationError
    application, certificate = row
    if certificate is None:
        if application.login_session_id not in (None, order.login_session_id):
            raise StepOutOfOrderError  # another sign-in passed the checks
        return application, None
    if certificate.idempotency_key != order.idempotency_key:
        raise ApplicationUsedError
    if certificate.request_hash != digest(order.request):
        raise IdempotencyMismatchError
    return application, certificate


def explain_conflict(
    session: Session, customer: Customer, order: IssuanceRequest
) -> Certificate:
    """Say what made the database refuse the row: somebody was first with something."""
    _, certificate = find_existing(session, customer, order)
    if certificate is not None:
        return certificate
    same_key = session.scalar(
        _BY_IDEMPOTENCY_KEY,
        {"customer_id": customer.id, "idempotency_key": order.idempotency_key},
    )
    if same_key is not None:
        raise IdempotencyMismatchError
    application = session.get_one(Application, order.application_id)
    before = application.replaces_id
    if before and application.purpose in list_replacements(session, [before])[before]:
        raise AlreadyReplacedError
    raise KeySeenError


def digest(request: bytes) -> bytes:
    """Return what a repeated request is known by."""
    return hashlib.sha256(request).digest()
