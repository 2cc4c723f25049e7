"""The authority: it prepares certificates, and signs what was prepared.

Preparing and signing are two steps so that the bytes to be signed can be stored in
between: a signature on something nobody recorded cannot exist.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import CertificatePoliciesOID

from mobile_bridge.npki.identity import Vid
from webapp.pki import der, extensions
from webapp.pki.ca_key import AuthorityKey, encrypt_key, hash_for, load_key, new_key
from webapp.pki.errors import (
    AuthorityExpiresFirstError,
    IssuerMismatchError,
    KeyMismatchError,
)
from webapp.pki.key_policy import KeyKind, PublicKey
from webapp.pki.names import (
    ISSUING_NAME,
    ORGANISATION,
    ROOT_NAME,
    Holder,
    authority_name,
    organisation_of,
    subject_for,
)
from webapp.pki.profiles import TOLERANCE, Profile, Validity

__all__ = [
    "Authority",
    "CertificateTemplate",
    "encrypt_key",
    "issuer_id_of",
    "load_key",
    "make_issuing",
    "make_root",
    "new_serial",
]

ROOT_LIFE: Final = timedelta(days=20 * 365)
ISSUING_LIFE: Final = timedelta(days=10 * 365)

_VERSION_3: Final = der.tlv(0xA0, der.integer(2))
# RFC 4055 5: NULL parameters. RFC 5758 3.2: none at all.
_RSA_SHA256: Final = der.sequence(der.oid("1.2.840.113549.1.1.11"), b"\x05\x00")
_ECDSA_SHA256: Final = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_ECDSA_SHA384: Final = der.sequence(der.oid("1.2.840.10045.4.3.3"))
_CERTIFY: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class CertificateTemplate:
    """All that a certificate will say; the subject follows from holder and profile."""

    holder: Holder
    profile: Profile
    public_key: PublicKey
    serial: int
    validity: Validity
    crl_url: str
    issuer_url: str
    ocsp_url: str | None = None
    vid: Vid | None = None


@dataclass(frozen=True)
class Authority:
    """An authority's certificate and the key that signs in its name."""

    certificate: x509.Certificate
    key: AuthorityKey

    def __post_init__(self) -> None:
        """Refuse a key of another authority before it signs anything."""
        if self.key.public_key() != self.certificate.public_key():
            raise KeyMismatchError

    def prepare(self, template: CertificateTemplate) -> bytes:
        """Return the TBSCertificate in DER (RFC 5280 4.1).

        Raises:
            AuthorityExpiresFirstError: when the certificate would outlive ours.
            NameTooLongError: when the holder's name does not fit.
        """
        validity = template.validity
        if validity.not_after > self.certificate.not_valid_after_utc:
            raise AuthorityExpiresFirstError
        return der.sequence(
            _VERSION_3,
            der.integer(template.serial),
            self.algorithm,
            self.name,
            der.sequence(der.time(validity.not_before), der.time(validity.not_after)),
            subject_for(
                template.holder, template.profile, self.organisation
            ).public_bytes(),
            template.public_key.public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            ),
            der.tlv(0xA3, der.sequence(*self._extensions(template))),
        )

    def sign(self, tbs: bytes) -> bytes:
        """Return the certificate in DER over what `prepare` returned.

        Raises:
            IssuerMismatchError: when the bytes are no certificate that we issue.
        """
        # What comes back from storage is read again, with no signature on it yet.
        try:
            issuer = self.read_unsigned(tbs).issuer
        except ValueError as error:
            raise IssuerMismatchError from error
        if issuer != self.certificate.subject:
            raise IssuerMismatchError
        return self.seal(tbs)

    def read_unsigned(self, tbs: bytes) -> x509.Certificate:
        """Return what `prepare` returned as a certificate that nobody has signed.

        Raises:
            ValueError: when the bytes are no certificate.
        """
        unsigned = der.sequence(tbs, self.algorithm, der.bit_string(b""))
        return x509.load_der_x509_certificate(unsigned)

    def seal(self, tbs: bytes) -> bytes:
        """Return `tbs` with the algorithm and the signature (RFC 5280 4.1.1)."""
        return der.sequence(tbs, self.algorithm, der.bit_string(self._signature(tbs)))

    def sign_text(self, text: bytes) -> bytes:
        """Return the signature alone over a text that says what it is.

        Raises:
            IssuerMismatchError: when it could be read as a certificate or a list.
        """
        if not text or text[0] == 0x30:  # SEQUENCE, as which both begin
            raise IssuerMismatchError
        return self._signature(text)

    @cached_property
    def issuer_id(self) -> str:
        """The first 16 bytes of the SHA-256 of our public key, in hex."""
        return issuer_id_of(self.key.public_key())

    @cached_property
    def name(self) -> bytes:
        """Our name in DER, as it stands in the issuer field."""
        return self.certificate.subject.public_bytes()

    @cached_property
    def organisation(self) -> str:
        """Our organisation, which stands in every certificate that we issue."""
        return organisation_of(self.certificate.subject)

    @cached_property
    def algorithm(self) -> bytes:
        """Our AlgorithmIdentifier in DER."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return _RSA_SHA256
        return _ECDSA_SHA384 if self.key.key_size == 384 else _ECDSA_SHA256

    @cached_property
    def key_identifier(self) -> bytes:
        """The extension that names our key in what we sign."""
        ski = self.certificate.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        )
        return extensions.encode(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski.value)
        )

    def _extensions(self, template: CertificateTemplate) -> tuple[bytes, ...]:
        return (
            self.key_identifier,
            extensions.profile_extensions(template.profile),
            extensions.holder_extensions(
                template.public_key, template.holder, template.vid
            ),
            extensions.location_extensions(
                template.crl_url, template.issuer_url, template.ocsp_url
            ),
        )

    def _signature(self, tbs: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(tbs, padding.PKCS1v15(), hash_for(self.key))
        return self.key.sign(tbs, ec.ECDSA(hash_for(self.key)))


def issuer_id_of(key: PublicKey) -> str:
    """Return the name that the authority with this public key has in our records."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()[:32]


def make_root(
    now: datetime,
    *,
    serial: int,
    name: str = ROOT_NAME,
    organisation: str = ORGANISATION,
    kind: KeyKind = KeyKind.P_384,
) -> Authority:
    """Make a root authority with a new key."""
    key = new_key(kind)
    subject = authority_name(name, organisation)
    builder = _builder(
        subject, key.public_key(), now=now, life=ROOT_LIFE, serial=serial, path_length=1
    )
    builder = builder.issuer_name(subject)
    return Authority(builder.sign(key, hash_for(key)), key)


def make_issuing(
    root: Authority,
    now: datetime,
    *,
    serial: int,
    crl_url: str,
    issuer_url: str,
    name: str = ISSUING_NAME,
    kind: KeyKind = KeyKind.P_256,
) -> Authority:
    """Make an issuing authority of the root's organisation; the URLs lead to its files.

    Raises:
        AuthorityExpiresFirstError: when the root ends before the new authority.
    """
    if now + ISSUING_LIFE > root.certificate.not_valid_after_utc:
        raise AuthorityExpiresFirstError
    key = new_key(kind)
    subject = authority_name(name, organisation_of(root.certificate.subject))
    builder = _builder(
        subject,
        key.public_key(),
        now=now,
        life=ISSUING_LIFE,
        serial=serial,
        path_length=0,
    )
    builder = builder.issuer_name(root.certificate.subject)
    for value in (
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
            root.certificate.extensions.get_extension_for_class(
                x509.SubjectKeyIdentifier
            ).value
        ),
        # Who asks for the policy of a leaf needs a path that allows it (RFC 5280 6.1).
        x509.CertificatePolicies(
            [x509.PolicyInformation(CertificatePoliciesOID.ANY_POLICY, None)]
        ),
        extensions.crl_distribution_points(crl_url),
        extensions.authority_information_access(issuer_url),
    ):
        builder = builder.add_extension(value, critical=False)
    return Authority(builder.sign(root.key, hash_for(root.key)), key)


def new_serial(random: Callable[[int], bytes]) -> int:
    """Return a serial number with 128 random bits, never zero: 34 hex digits."""
    # RFC 5280 4.1.2.2: positive and at most 20 bytes. The byte 0x10 in front keeps
    # every serial at 17 bytes, so that its hex form never needs padding.
    return int.from_bytes(b"\x10" + random(16))


def _builder(
    subject: x509.Name,
    public_key: PublicKey,
    *,
    now: datetime,
    life: timedelta,
    serial: int,
    path_length: int,
) -> x509.CertificateBuilder:
    """Begin with what every authority's certificate says."""
    start = (now - TOLERANCE).replace(microsecond=0)
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    key_identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(constraints, critical=True)
        .add_extension(_CERTIFY, critical=True)
        .add_extension(key_identifier, critical=False)
    )
