"""What a receipt says of one certificate: read only, from what is stored."""

from dataclasses import dataclass

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.billing.models import Charge
from webapp.certificates.errors import UnknownCertificateError
from webapp.certificates.models import Certificate, CertificateCopy
from webapp.certificates.records.copies import present_copies
from webapp.enrolment.models import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A certificate with all that belongs to its issuing."""

    certificate: Certificate
    application: Application
    charge: Charge | None
    before: Certificate | None  # the one that it was issued in place of, or renews
    issuer: str
    copies: tuple[CertificateCopy, ...]  # a place each, as far as the centre was told


def receipt_of(session: Session, certificate: Certificate) -> Receipt:
    """Return the receipt of a signed certificate.

    Raises:
        UnknownCertificateError: it is not signed.
    """
    if certificate.der is None:
        raise UnknownCertificateError
    charge = select(Charge).where(Charge.certificate_id == certificate.id)
    before = certificate.replaces_id
    return Receipt(
        certificate=certificate,
        application=session.get_one(Application, certificate.application_id),
        charge=session.scalar(charge),
        before=session.get(Certificate, before) if before else None,
        issuer=_issuer(certificate.der),
        copies=tuple(present_copies(session, certificate)),
    )


def _issuer(der: bytes) -> str:
    issuer = x509.load_der_x509_certificate(der).issuer
    names = issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else issuer.rfc4514_string()
