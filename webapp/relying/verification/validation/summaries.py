"""What a certificate says of itself, in words that are safe to show. Pure."""

import hashlib
import warnings
from contextlib import suppress
from datetime import UTC, datetime

from asn1crypto import x509
from cryptography import x509 as pyca_x509

from mobile_bridge.pki import certificate as own_reader
from mobile_bridge.pki.der import DerError
from mobile_bridge.pki.names import NO_NAME, shown
from webapp.relying.verification.validation.verdicts import CertificateSummary


def summarise(certificate: x509.Certificate) -> CertificateSummary:
    """Return what a certificate says, each name without what nobody sees of it."""
    der = certificate.dump()
    name, issuer_name = _people_names(der)
    subject, issuer = _rfc4514(der)
    return CertificateSummary(
        name=name,
        issuer_name=issuer_name,
        subject=subject,
        issuer=issuer,
        serial=f"{certificate.serial_number:x}",
        sha256=hashlib.sha256(der).hexdigest(),
        not_before=_utc(certificate.not_valid_before),
        not_after=_utc(certificate.not_valid_after),
    )


def _people_names(der: bytes) -> tuple[str, str]:
    with suppress(DerError):
        info = own_reader.read_certificate(der)
        return info.name, info.issuer
    return NO_NAME, NO_NAME


def _rfc4514(der: bytes) -> tuple[str, str]:
    """Return subject and issuer as RFC 4514 writes names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may be odd; it is shown as it is
        return _names(der)


def _names(der: bytes) -> tuple[str, str]:
    try:
        parsed = pyca_x509.load_der_x509_certificate(der)
        names = parsed.subject.rfc4514_string(), parsed.issuer.rfc4514_string()
    except (ValueError, TypeError, pyca_x509.InvalidVersion):
        # What one reader takes of a name, another refuses.
        return NO_NAME, NO_NAME
    return shown(names[0]) or NO_NAME, shown(names[1]) or NO_NAME


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
