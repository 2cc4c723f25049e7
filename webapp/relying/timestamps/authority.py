"""Whose stamps they are: the certificate and key of this application's authority."""

from datetime import datetime

from cryptography import x509

from webapp.ca.context import current_ca
from webapp.pki.services.certificates import ServiceKind
from webapp.pki.services.timestamp import TimestampAuthority


def current_authority(now: datetime) -> TimestampAuthority:
    """Return who stamps at `now`.

    Raises:
        ServiceSignerError: there is no key for it, and none can be made.
    """
    ca = current_ca()
    signer = ca.services.signer(ServiceKind.TIME_STAMPING, now)
    root = x509.load_der_x509_certificate(ca.root_certificate)
    return TimestampAuthority(signer.certificate, signer.key, (signer.issuer, root))
