"""Look certificates up for their holder and note where they are kept."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import lock_customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.copies import How, note_kept
from webapp.certificates.errors import UnknownCertificateError, UnknownPlaceError
from webapp.certificates.lifecycle import State
from webapp.certificates.models import Certificate
from webapp.db import lock
from webapp.enrolment.models import Application
from webapp.enrolment.service import mark_delivered

PLACES = ("browser", "phone", "hard-disk", "removable-disk", "file")
SIGNED = (State.VALID, State.SUSPENDED, State.REVOKED)


def find(session: Session, customer: Customer, certificate_id: str) -> Certificate:
    """Return the customer's own signed certificate.

    Raises:
        UnknownCertificateError: there is none, or it is somebody else's.
    """
    found = session.scalar(
        select(Certificate).where(
            Certificate.id == certificate_id,
            Certificate.customer_id == customer.id,
            Certificate.state.in_(SIGNED),
        )
    )
    if found is None:
        raise UnknownCertificateError
    return found


def find_by_fingerprint(
    session: Session, customer: Customer, fingerprint: str
) -> Certificate:
    """Return the customer's own signed certificate with this SHA-256, hexadecimal.

    Raises:
        UnknownCertificateError: there is none, or it is somebody else's.
    """
    for certificate in of_customer(session, customer):
        if certificate.fingerprint == fingerprint.lower():
            return certificate
    raise UnknownCertificateError


def of_application(session: Session, application_id: str) -> Certificate | None:
    """Return the signed certificate that came out of an application."""
    return session.scalar(
        select(Certificate).where(
            Certificate.application_id == application_id,
            Certificate.state.in_(SIGNED),
        )
    )


def of_customer(session: Session, customer: Customer) -> list[Certificate]:
    """Return the customer's certificates, the newest first."""
    return list(
        session.scalars(
            select(Certificate)
            .where(
                Certificate.customer_id == customer.id,
                Certificate.state.in_(SIGNED),
            )
            .order_by(Certificate.reserved_at.desc())
        )
    )


def deliver(
    session: Session,
    certificate: Certificate,
    *,
    place: str,
    now: datetime,
    device: str = "",
) -> None:
    """Note that the browser kept the certificate and read it back (step 10)."""
    if place not in PLACES:
        raise UnknownPlaceError
    lock_customer(session, session.get_one(Customer, certificate.customer_id))
    application = session.get_one(Application, certificate.application_id)
    lock(session, application, certificate)
    if certificate.delivered_at is None:
        certificate.delivered_at = now
        mark_delivered(session, certificate.application_id, place, now)
        note_kept(
            session, certificate, place=place, how=How.MADE, device=device, now=now
        )
        record(
            session,
            AuditEvent.CERTIFICATE_DELIVERED,
            customer_id=certificate.customer_id,
            certificate_id=certificate.id,
            at=now,
        )
