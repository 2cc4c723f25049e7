"""A TLS server certificate for machines of the demo, signed by its own root. Pure."""

import ipaddress
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from webapp.pki.authority import Authority
from webapp.pki.ca_key import hash_for


def make_server_certificate(
    root: Authority,
    public_key: ec.EllipticCurvePublicKey,
    *,
    names: list[str],
    serial: int,
    not_before: datetime,
    not_after: datetime,
) -> x509.Certificate:
    """Return a certificate for `names`, IP addresses or host names (RFC 9525)."""
    common = x509.NameAttribute(NameOID.COMMON_NAME, names[0])
    issuer = root.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([common]))
        .issuer_name(issuer.subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName([_general_name(name) for name in names]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (_signing_only(), True),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        (_authority_key(issuer), False),
    ):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(root.key, hash_for(root.key))


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    key_identifier = issuer.extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier
    )
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        key_identifier.value
    )


def _signing_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
