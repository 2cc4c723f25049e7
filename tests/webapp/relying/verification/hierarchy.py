"""Authorities, holders and lists of a PKI that is nobody's, with any fault in them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from webapp.relying.verification.validation.paths import Trust

NOON = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
HOLD = x509.ReasonFlags.certificate_hold
COMPROMISE = x509.ReasonFlags.key_compromise


@cache
def key_named(name):
    """The same key for the same name."""
    return ec.generate_private_key(ec.SECP256R1())


def name_of(common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KR"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def usage(**changes):
    names = (
        *("digital_signature", "content_commitment", "key_encipherment"),
        *("data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        *("encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{**dict.fromkeys(names, False), **changes})


@dataclass(frozen=True)
class Party:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self):
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self):
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def serial(self):
        return self.certificate.serial_number


def certify(
    name,
    issuer=None,
    *,
    is_authority=False,
    path_length=None,
    key_usage=None,
    extensions=(),
    begins=NOON - 30 * DAY,
    ends=NOON + YEAR,
    key=None,
    digest=None,
):
    """Return a party certified by `issuer`; by itself where there is none."""
    key = key or key_named(name)
    signer = issuer.key if issuer else key
    standard = (
        usage(key_cert_sign=True, crl_sign=True)
        if is_authority
        else usage(digital_signature=True, content_commitment=True)
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(name))
        .issuer_name(issuer.certificate.subject if issuer else name_of(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(is_authority, path_length), critical=True)
        .add_extension(key_usage or standard, critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .add_extension(
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint(
                        [x509.UniformResourceIdentifier("http://crl.invalid/a.crl")],
                        None,
                        None,
                        None,
                    )
                ]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(
                        x509.AuthorityInformationAccessOID.OCSP,
                        x509.UniformResourceIdentifier("http://ocsp.invalid/"),
                    ),
                    x509.AccessDescription(
                        x509.AuthorityInformationAccessOID.CA_ISSUERS,
                        x509.UniformResourceIdentifier("http://ca.invalid/a.crt"),
                    ),
                ]
            ),
            critical=False,
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Party(builder.sign(signer, digest or hashes.SHA256()), key)


def crl_of(issuer, revoked=(), *, this_update=NOON - HOUR, next_update=NOON + 30 * DAY):
    """Return the list of an authority in DER; `revoked` are parties, times, reasons."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    )
    for party, at, reason in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(party.serial)
            .revocation_date(at)
            .add_extension(x509.CRLReason(reason), critical=False)
        )
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Hierarchy:
    """A root, an authority below it and a holder; and what everybody knows of them."""

    root: Party
    authority: Party
    holder: Party

    @property
    def trust(self):
        crls = (crl_of(self.root), crl_of(self.authority))
        return Trust((self.root.der,), (self.authority.der,), crls)

    def trust_with(self, *, root=(), authority=(), **times):
        """The same where some are revoked, by the root or by the authority."""
        crls = (
            crl_of(self.root, root),
            crl_of(self.authority, authority, **times),
        )
        return replace(self.trust, crls=crls)


@cache
def hierarchy():
    """Return a PKI without faults."""
    root = certify("Root", is_authority=True, ends=NOON + 20 * YEAR)
    authority = certify(
        "Authority", root, is_authority=True, path_length=0, ends=NOON + 10 * YEAR
    )
    return Hierarchy(root, authority, certify("Holder", authority))


def below(root, name="Authority", **faults):
    """Return a PKI whose authority has faults."""
    authority = certify(name, root, is_authority=True, **faults)
    return Hierarchy(root, authority, certify("Holder", authority))


def armoured(der, label="CERTIFICATE"):
    return pem.armor(label, der)
