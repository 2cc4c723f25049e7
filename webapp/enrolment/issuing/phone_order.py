"""What is ordered from the phone that makes the key (docs/moving.md, direction GK)."""

from cryptography.x509.oid import NameOID

from mobile_bridge.core.order import Order
from mobile_bridge.pki.certificate import read_certificate, shown_issuer
from webapp.accounts.models import Customer
from webapp.ca.certificate_types import CertificateType
from webapp.certificates.models import Certificate
from webapp.enrolment.errors import UnknownTypeError
from webapp.enrolment.issuing.issuance import Issuer
from webapp.enrolment.models import Application
from webapp.pki.authority import Authority
from webapp.pki.names import Holder, display_name, subject_for


def order_for(
    issuer: Issuer,
    application: Application,
    customer: Customer,
    *,
    issued: Certificate | None,
) -> Order:
    """Return what the certificate will say, or says where it is issued already.

    Raises:
        UnknownTypeError: the centre offers the chosen type no longer.
        HolderError, NameTooLongError: the registered name fits into no certificate.
    """
    certificate_type = issuer.types.get(application.type_id or "")
    if certificate_type is None:
        raise UnknownTypeError
    authority, profile = issuer.authority, certificate_type.profile
    if issued is not None and issued.der is not None:
        certificate = read_certificate(issued.der)
        name, issuer_name = certificate.name, certificate.issuer
        policy = certificate.policy
    else:
        name = _shown_name(customer, certificate_type, authority)
        issuer_name = shown_issuer(authority.certificate.subject.public_bytes())
        policy = profile.policy_oid
    return Order(
        v=1,
        application=application.id,
        key=profile.key_kind,
        name=name,
        issuer=issuer_name,
        policy=policy,
        issued=issued is not None,
        exportable=not certificate_type.is_phone_only,
    )


def _shown_name(
    customer: Customer, certificate_type: CertificateType, authority: Authority
) -> str:
    """Return the name as people read it in the certificate."""
    holder = Holder(customer.name, customer.latin_name, customer.number)
    subject = subject_for(holder, certificate_type.profile, authority.organisation)
    (common_name,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return display_name(str(common_name.value))
