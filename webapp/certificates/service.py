"""Look certificates up for their holder."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.certificates.errors import UnknownCertificateError
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.values.text_input import normalize_serial

MAX_SERIAL = 40  # hexadecimal digits (RFC 5280 4.1.2.2)
SIGNED = (StoredState.VALID, StoredState.SUSPENDED, StoredState.REVOKED)


def find(session: Session, customer: Customer, certificate_id: str) -> Certificate:
    """Return the customer's own signed certificate.

    Raises:
        UnknownCertificateError: there is none, or it is somebody else's.
    """
    certificate = session.scalar(
        select(Certificate).where(
            Certificate.id == certificate_id,
            Certificate.customer_id == customer.id,
            Certificate.state.in_(SIGNED),
        )
    )
    if certificate is None:
        raise UnknownCertificateError
    return certificate


def find_by_fingerprint(
    session: Session, customer: Customer, fingerprint: str
) -> Certificate:
    """Return the customer's own signed certificate with this SHA-256, hexadecimal.

    Raises:
        UnknownCertificateError: there is none, or it is somebody else's.
    """
    for certificate in list_for_customer(session, customer):
        if certificate.fingerprint == fingerprint.lower():
            return certificate
    raise UnknownCertificateError


def find_by_application(session: Session, application_id: str) -> Certificate | None:
    """Return the signed certificate that came out of an application."""
    return session.scalar(
        select(Certificate).where(
            Certificate.application_id == application_id,
            Certificate.state.in_(SIGNED),
        )
    )


def find_by_serial(session: Session, issuer_id: str, serial: str) -> Certificate | None:
    """Return the signed certificate of a serial number in hexadecimal, however written.

    None where this issuer signed none, and where it is no serial number.
    """
    serial_number = normalize_serial(serial[: 2 * MAX_SERIAL])
    if serial_number is None:
        return None
    return session.scalar(
        select(Certificate).where(
            Certificate.issuer_id == issuer_id,
            Certificate.serial == serial_number,
            Certificate.state.in_(SIGNED),
        )
    )


def list_for_customer(session: Session, customer: Customer) -> list[Certificate]:
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
