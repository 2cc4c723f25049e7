"""What the centre knows of a customer: certificates, applications, the log."""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, Customer, Operator
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import PhoneCall
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step
from webapp.ra.errors import NotFoundError

MAX_SHOWN = 50
_ID = re.compile(r"[\w-]{1,32}", re.ASCII)


def find_application(
    session: Session, customer: Customer, application_id: str
) -> Application:
    """Return an application of this customer.

    Raises:
        NotFoundError
    """
    is_id = _ID.fullmatch(application_id)
    application = session.get(Application, application_id) if is_id else None
    if application is None or application.customer_id != customer.id:
        raise NotFoundError
    return application


def list_imported_customers(session: Session, batch: str) -> list[Customer]:
    """Return those whom one file registered, in its order."""
    stmt = (
        select(Customer)
        .join(AccountChange, AccountChange.customer_id == Customer.id)
        .where(AccountChange.batch == batch)
        .order_by(Customer.id)
    )
    return list(session.scalars(stmt))


def list_certificates(session: Session, customer: Customer) -> list[Certificate]:
    """Return a customer's signed certificates, the newest first."""
    stmt = (
        select(Certificate)
        .where(
            Certificate.customer_id == customer.id,
            Certificate.state.in_(
                (StoredState.VALID, StoredState.SUSPENDED, StoredState.REVOKED)
            ),
        )
        .order_by(Certificate.reserved_at.desc())
        .limit(MAX_SHOWN)
    )
    return list(session.scalars(stmt))


def predecessor_of(session: Session, certificate: Certificate) -> Certificate | None:
    """Return the certificate that this one was issued in place of, or renews."""
    before = certificate.replaces_id
    return session.get(Certificate, before) if before else None


def list_applications(session: Session, customer: Customer) -> list[Application]:
    """Return a customer's applications, the newest first."""
    stmt = (
        select(Application)
        .where(Application.customer_id == customer.id)
        .order_by(Application.started_at.desc())
        .limit(MAX_SHOWN)
    )
    return list(session.scalars(stmt))


def list_entries(session: Session, customer: Customer) -> list[AuditEntry]:
    """Return what the log says about a customer, the newest first."""
    stmt = (
        select(AuditEntry)
        .where(AuditEntry.customer_id == customer.id)
        .order_by(AuditEntry.id.desc())
        .limit(MAX_SHOWN)
    )
    return list(session.scalars(stmt))


def completed_at(application: Application) -> Mapping[Step, datetime | None]:
    """Return when each step was passed; the choice of a type has no time."""
    return {
        Step.TERMS: application.privacy_accepted_at,
        Step.YOU: application.identity_confirmed_at,
        Step.PHONE_CHECK: application.phone_checked_at,
        Step.SECURITY_CARD: application.card_checked_at,
        Step.APPROVAL: application.approved_at,
        Step.PROOF: application.proved_at,
        Step.KEEP: application.delivered_at,
        Step.DONE: application.delivered_at,
    }


def list_calls(session: Session, application: Application) -> list[PhoneCall]:
    """Return the phone calls of an application, in their order."""
    stmt = select(PhoneCall).where(PhoneCall.application_id == application.id)
    return list(session.scalars(stmt.order_by(PhoneCall.asked_at).limit(50)))


def operator_name(session: Session, operator_id: int | None) -> str:
    """Return who decided; empty where nobody did."""
    operator = session.get(Operator, operator_id) if operator_id else None
    return operator.name if operator else ""
