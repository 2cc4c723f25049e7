"""Whose certificate a document was signed with, and whether it counts now."""

from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.certificates.lifecycle import CertificateStatus, status_at
from webapp.certificates.models import Certificate
from webapp.certificates.service import SIGNED
from webapp.pki.authority import Authority
from webapp.relying.documents.errors import (
    DocumentError,
    SignerExpiredError,
    SignerRevokedError,
    SignerSuspendedError,
    SignerUnknownError,
    SignerUnreadableError,
)

_REFUSALS: dict[CertificateStatus, type[DocumentError]] = {
    CertificateStatus.REVOKED: SignerRevokedError,
    CertificateStatus.SUSPENDED: SignerSuspendedError,
    CertificateStatus.EXPIRED: SignerExpiredError,
}


def read_signer(der: bytes) -> x509.Certificate:
    """Return the certificate that signed.

    Raises:
        SignerUnreadableError: it is none.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.issuer, certificate.not_valid_after_utc  # read when asked for
    except ValueError as error:
        raise SignerUnreadableError from error
    return certificate


def find_signer(
    session: Session, authority: Authority, der: bytes, now: datetime
) -> Certificate | None:
    """Return the certificate of ours that signed; None for one of another issuer.

    Raises:
        SignerRevokedError, SignerSuspendedError, SignerExpiredError: it counts no more.
        SignerUnknownError: it names us as its issuer, and we issued no such one.
        SignerUnreadableError: it is no certificate.
    """
    certificate = read_signer(der)
    issuer, serial = certificate.issuer, f"{certificate.serial_number:x}"
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begin <= now <= end:
        raise SignerExpiredError
    if issuer != authority.certificate.subject:
        return None
    stored = session.scalar(
        select(Certificate).where(
            Certificate.issuer_id == authority.issuer_id,
            Certificate.serial == serial,
            Certificate.state.in_(SIGNED),
        )
    )
    if stored is None or stored.signed_der != der:
        raise SignerUnknownError
    require_usable(stored, now)
    return stored


def require_usable(certificate: Certificate, now: datetime) -> None:
    """Refuse a certificate of ours whose signatures do not count now.

    Raises:
        SignerRevokedError, SignerSuspendedError, SignerExpiredError
    """
    status = status_at(certificate.life, now)
    if status in _REFUSALS:
        raise _REFUSALS[status]
