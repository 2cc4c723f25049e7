"""What a stored certificate's key signed for this centre, and the page's true address.

The signed bytes and their check are in `webapp.pki.key_proof`. A key that signs bare
hashes for somebody (docs/cloud_signature.md) could be given the hash of our own words:
which hashes it signed so is stored, and none of them answers us.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.certificates.models import BareSignature, Certificate
from webapp.pki.key_proof import verify_signature

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def public_key(certificate: Certificate) -> object:
    """Return the key of a signed certificate."""
    return x509.load_der_x509_certificate(certificate.signed_der).public_key()


def is_signed(
    session: Session, certificate: Certificate, signature: bytes, message: bytes
) -> bool:
    """Tell whether a certificate's key signed a message of this centre as such.

    It did not where it signed the message's hash alone.
    """
    digest = hashlib.sha256(message).digest()
    stmt = select(BareSignature.id).where(
        BareSignature.certificate_id == certificate.id, BareSignature.digest == digest
    )
    if session.scalar(stmt.limit(1)) is not None:
        return False
    return verify_signature(public_key(certificate), signature, message)


def record_bare_signatures(
    session: Session,
    certificate: Certificate,
    digests: Iterable[bytes],
    now: datetime,
) -> None:
    """Keep which hashes a key signs alone, before anybody is given the signatures."""
    session.add_all(
        BareSignature(certificate_id=certificate.id, digest=digest, made_at=now)
        for digest in digests
    )


def origin_of(host_url: str, public_url: str) -> str:
    """Return the origin that a page of ours has in the browser that opened it.

    Never what a request merely claims: a page that passes our challenge on would name
    its own host. Only a computer that talks to itself may use another of its names.
    """
    asked = host_url.rstrip("/")
    both = (urlsplit(asked).hostname, urlsplit(public_url).hostname)
    if all(host in _LOOPBACK for host in both):
        return asked
    return public_url
