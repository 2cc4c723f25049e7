"""Certificates of the centre's own services: what each says, and how long it lasts.

The issuing CA signs them: an OCSP responder (RFC 6960 4.2.2.2), a time-stamping
authority (RFC 3161 2.3) and a signer of receipts. Keys and files are `webapp.ca`'s.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from webapp.pki import extensions
from webapp.pki.authority import Authority
from webapp.pki.ca_key import hash_for
from webapp.pki.errors import AuthorityExpiresFirstError
from webapp.pki.names import MAX_COMMON_NAME, authority_name
from webapp.pki.profiles import TOLERANCE

# RFC 9336: signing documents; `cryptography` has no name for it.
_DOCUMENT_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")


class ServiceKind(StrEnum):
    """What a service of the centre signs."""

    OCSP_RESPONDER = "ocsp-responder"
    TIME_STAMPING = "time-stamping"
    RECEIPT_SIGNER = "receipt-signer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProfile:
    """What the certificate of a kind says; a new one is due `renew_after` its start."""

    role: str  # stands in the common name
    extended_key_usage: x509.ObjectIdentifier
    life: timedelta
    renew_after: timedelta
    is_usage_critical: bool = False
    signs_documents: bool = False  # contentCommitment beside digitalSignature
    # RFC 6960 4.2.2.2.1: nobody asks whether the responder's own is revoked, so that
    # it lasts a month only.
    is_never_checked: bool = False


PROFILES: Final = MappingProxyType(
    {
        ServiceKind.OCSP_RESPONDER: ServiceProfile(
            role="OCSP (not accredited)",
            extended_key_usage=ExtendedKeyUsageOID.OCSP_SIGNING,
            life=timedelta(days=30),
            renew_after=timedelta(days=15),
            is_never_checked=True,
        ),
        # A time stamp is verifiable as long as its certificate: four years at least.
        ServiceKind.TIME_STAMPING: ServiceProfile(
            role="TSA (not accredited)",
            extended_key_usage=ExtendedKeyUsageOID.TIME_STAMPING,
            life=timedelta(days=5 * 365),
            renew_after=timedelta(days=365),
            is_usage_critical=True,  # RFC 3161 2.3: critical, and alone
        ),
        ServiceKind.RECEIPT_SIGNER: ServiceProfile(
            role="receipts (not accredited)",
            extended_key_usage=_DOCUMENT_SIGNING,
            life=timedelta(days=5 * 365),
            renew_after=timedelta(days=365),
            signs_documents=True,
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locations:
    """Where certificates say that status and issuer are found: plain-HTTP URLs."""

    crl_url: str
    issuer_url: str
    ocsp_url: str


def make_service_certificate(
    authority: Authority,
    kind: ServiceKind,
    public_key: ec.EllipticCurvePublicKey,
    *,
    serial: int,
    now: datetime,
    locations: Locations,
) -> x509.Certificate:
    """Return a certificate of a kind for a key; it ends with the authority at latest.

    Raises:
        AuthorityExpiresFirstError: the authority itself is over.
    """
    profile, issuer = PROFILES[kind], authority.certificate
    start = (now - TOLERANCE).replace(microsecond=0)
    end = min(start + profile.life, issuer.not_valid_after_utc)
    if end <= now:
        raise AuthorityExpiresFirstError
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(authority.organisation, profile.role))
        .issuer_name(issuer.subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )
    for value, critical in _extensions(authority, profile, public_key, locations):
        builder = builder.add_extension(value, critical=critical)
    return builder.sign(authority.key, hash_for(authority.key))


def is_in_force(certificate: x509.Certificate, now: datetime) -> bool:
    """Tell whether a certificate counts at `now`."""
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def is_renewal_due(
    certificate: x509.Certificate,
    kind: ServiceKind,
    issuer: x509.Certificate,
    now: datetime,
) -> bool:
    """Tell whether the next certificate of a kind should be made.

    One that ends with its issuer stays: a newer one would end on the same day.
    """
    if not is_in_force(certificate, now):
        return True
    if certificate.not_valid_after_utc >= issuer.not_valid_after_utc:
        return False
    return now >= certificate.not_valid_before_utc + PROFILES[kind].renew_after


def _name(organisation: str, role: str) -> x509.Name:
    room = MAX_COMMON_NAME - len(f" {role}")
    short = organisation.encode()[:room].decode(errors="ignore").rstrip()
    return authority_name(f"{short} {role}", organisation)


def _extensions(
    authority: Authority,
    profile: ServiceProfile,
    public_key: ec.EllipticCurvePublicKey,
    locations: Locations,
) -> list[tuple[x509.ExtensionType, bool]]:
    own = authority.certificate.extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier
    )
    usage = x509.ExtendedKeyUsage([profile.extended_key_usage])
    common: list[tuple[x509.ExtensionType, bool]] = [
        (
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value),
            False,
        ),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(profile), True),
        (usage, profile.is_usage_critical),
    ]
    if profile.is_never_checked:
        access = extensions.authority_information_access(locations.issuer_url)
        return [*common, (x509.OCSPNoCheck(), False), (access, False)]
    access = extensions.authority_information_access(
        locations.issuer_url, locations.ocsp_url
    )
    points = extensions.crl_distribution_points(locations.crl_url)
    return [*common, (points, False), (access, False)]


def _key_usage(profile: ServiceProfile) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=profile.signs_documents,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
