"""OCSP (RFC 6960, RFC 9654): requests read with limits, responses written and signed.

Pure: which certificates there are, and what became of them, is asked elsewhere.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mobile_bridge.pki.der import DerError, Element, read
from webapp.pki import der
from webapp.pki.crl import CODES, ReasonCode
from webapp.pki.errors import OcspRequestError
from webapp.pki.key_policy import PublicKey

MAX_REQUEST_BYTES: Final = 8 * 1024
MAX_CERT_IDS: Final = 16  # in one request
MAX_NONCE_BYTES: Final = 128  # RFC 9654 2.1: 1 to 128, and never none
MAX_SERIAL_BYTES: Final = 21  # RFC 5280 4.1.2.2: 20, and a zero in front

# RFC 6960 4.3 names SHA-1 for the CertID: it identifies, and protects nothing.
HASHES: Final = MappingProxyType(
    {"1.3.14.3.2.26": hashlib.sha1, "2.16.840.1.101.3.4.2.1": hashlib.sha256}
)
_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
_NONCE_OID: Final = der.oid(_NONCE)
_BASIC: Final = der.oid("1.3.6.1.5.5.7.48.1.1")
_ALGORITHM: Final = ec.ECDSA(hashes.SHA256())
_ECDSA_SHA256: Final = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_NULL: Final = b"\x05\x00"
_SUCCESSFUL: Final = der.enumerated(0)
_SEQUENCE, _OCTETS, _INTEGER, _BOOLEAN = 0x30, 0x04, 0x02, 0x01
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2 = 0xA0, 0xA1, 0xA2
_TRUE: Final = b"\xff"


class ErrorStatus(IntEnum):
    """Why there is no answer (RFC 6960 4.2.1)."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


@dataclass(frozen=True, slots=True)
class CertId:
    """Which certificate is asked for; `encoded` stands in the answer as it came."""

    encoded: bytes
    algorithm: str  # OBJECT IDENTIFIER of the hash, with dots
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int


@dataclass(frozen=True, slots=True)
class OcspRequest:
    """What somebody asks."""

    cert_ids: tuple[CertId, ...]
    nonce: bytes | None = None


@dataclass(frozen=True, slots=True)
class CertStatus:
    """What became of a certificate: good, unless revoked or held, or never issued."""

    is_known: bool = True
    revoked_at: datetime | None = None
    reason: ReasonCode = ReasonCode.UNSPECIFIED


GOOD: Final = CertStatus()
UNKNOWN: Final = CertStatus(is_known=False)


@dataclass(frozen=True, slots=True)
class IssuerHashes:
    """How requests name an issuer, by each hash: of its name and of its key."""

    by_algorithm: MappingProxyType[str, tuple[bytes, bytes]]

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "IssuerHashes":
        """Return those of the authority with this certificate (RFC 6960 4.1.1)."""
        name = certificate.subject.public_bytes()
        key = _key_bits(certificate.public_key())  # type: ignore[arg-type]
        return cls(
            MappingProxyType(
                {
                    oid: (make(name).digest(), make(key).digest())
                    for oid, make in HASHES.items()
                }
            )
        )

    def match(self, cert_id: CertId) -> bool:
        """Tell whether a request means a certificate of this issuer."""
        named = (cert_id.issuer_name_hash, cert_id.issuer_key_hash)
        return self.by_algorithm.get(cert_id.algorithm) == named

    def cert_id(self, serial: int, algorithm: str = "1.3.14.3.2.26") -> CertId:
        """Return the CertID of one of the issuer's certificates."""
        name_hash, key_hash = self.by_algorithm[algorithm]
        encoded = der.sequence(
            der.sequence(der.oid(algorithm), _NULL),
            der.octet_string(name_hash),
            der.octet_string(key_hash),
            der.integer(serial),
        )
        return CertId(encoded, algorithm, name_hash, key_hash, serial)


def parse_request(content: bytes) -> OcspRequest:
    """Read a request in DER; a signature on it is not looked at (RFC 6960 4.1.2).

    Raises:
        OcspRequestError: it is none, too large, asks for too many certificates, has a
            nonce of another length than RFC 9654 allows, or a critical extension that
            nobody here knows.
    """
    if len(content) > MAX_REQUEST_BYTES:
        raise OcspRequestError
    try:
        return _request(read(content))
    except (DerError, IndexError, ValueError) as error:
        raise OcspRequestError from error


def build_request(cert_ids: Iterable[CertId], nonce: bytes | None = None) -> bytes:
    """Return a request in DER, as a client would write it."""
    asked = der.sequence(*(der.sequence(cert_id.encoded) for cert_id in cert_ids))
    extensions = b""
    if nonce is not None:
        extensions = der.tlv(_CONTEXT_2, der.sequence(_nonce_extension(nonce)))
    return der.sequence(der.sequence(asked, extensions))


def error_response(status: ErrorStatus) -> bytes:
    """Return an answer that nobody signs."""
    return der.sequence(der.enumerated(status))


@dataclass(frozen=True, slots=True)
class ResponseSigner:
    """A responder's key with what of its answers is always the same."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    responder_id: bytes
    chain: bytes = field(repr=False)
    not_before: datetime  # of the certificate, as its end: read once
    end: datetime

    @classmethod
    def of(
        cls, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> "ResponseSigner":
        """Return the signer with a delegated certificate on P-256."""
        # RFC 6960 4.2.1: byKey, the SHA-1 of the key itself; shorter than a name.
        key_hash = hashlib.sha1(_key_bits(key.public_key())).digest()  # noqa: S324
        encoded = certificate.public_bytes(Encoding.DER)
        return cls(
            certificate,
            key,
            der.tlv(_CONTEXT_2, der.octet_string(key_hash)),
            der.tlv(_CONTEXT_0, der.sequence(encoded)),
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )

    def sign(
        self,
        answers: Iterable[tuple[CertId, CertStatus]],
        *,
        this_update: datetime,
        next_update: datetime,
        nonce: bytes | None = None,
    ) -> bytes:
        """Return a successful OCSPResponse in DER, produced at `this_update`."""
        window = _window(this_update, next_update)
        singles = (
            der.sequence(cert_id.encoded, _status(status), window)
            for cert_id, status in answers
        )
        data = der.sequence(
            self.responder_id,
            _time(this_update),
            der.sequence(*singles),
            b"" if nonce is None else _response_extensions(len(nonce)) + nonce,
        )
        signature = self.key.sign(data, _ALGORITHM)
        basic = der.sequence(data, _ECDSA_SHA256, der.bit_string(signature), self.chain)
        content = der.sequence(_BASIC, der.octet_string(basic))
        return der.sequence(_SUCCESSFUL, der.tlv(_CONTEXT_0, content))


def _request(whole: Element) -> OcspRequest:
    parts = whole.children()
    if len(parts) > 2 or (len(parts) == 2 and parts[1].tag != _CONTEXT_0):
        raise DerError
    fields = parts[0].expect(_SEQUENCE).children()
    # Version 1 is the default, and the only one.
    if fields[0].tag == _CONTEXT_0 and fields.pop(0).content != b"\x02\x01\x00":
        raise DerError
    if fields[0].tag == _CONTEXT_1:  # whoever asks
        fields.pop(0)
    asked = fields.pop(0).expect(_SEQUENCE).children()
    if not 0 < len(asked) <= MAX_CERT_IDS or len(fields) > 1:
        raise DerError
    nonce = None
    if fields:
        nonce = _read_extensions(fields[0].expect(_CONTEXT_2))
    return OcspRequest(tuple(_single(single) for single in asked), nonce)


def _single(request: Element) -> CertId:
    parts = request.expect(_SEQUENCE).children()
    if len(parts) > 2:
        raise DerError
    if len(parts) == 2:
        _read_extensions(parts[1].expect(_CONTEXT_0))
    algorithm, name, key, serial = parts[0].expect(_SEQUENCE).children()
    oid, *parameters = algorithm.expect(_SEQUENCE).children()
    if [parameter.whole for parameter in parameters] not in ([], [_NULL]):
        raise DerError
    number = serial.integer()
    if len(number) > MAX_SERIAL_BYTES:
        raise DerError
    return CertId(
        parts[0].whole,
        oid.oid(),
        name.expect(_OCTETS).content,
        key.expect(_OCTETS).content,
        int.from_bytes(number, signed=True),
    )


def _read_extensions(tagged: Element) -> bytes | None:
    """Return the nonce, if there is one; refuse what is critical and not known."""
    (extensions,) = tagged.children()
    nonces = []
    for extension in extensions.expect(_SEQUENCE).children():
        oid, *critical, value = extension.expect(_SEQUENCE).children()
        is_critical = bool(critical) and critical[0].expect(_BOOLEAN).content == _TRUE
        if len(critical) > 1:
            raise DerError
        if oid.oid() == _NONCE:
            nonces.append(read(value.expect(_OCTETS).content, _OCTETS).content)
        elif is_critical:
            raise DerError
    if len(nonces) > 1 or not all(
        0 < len(nonce) <= MAX_NONCE_BYTES for nonce in nonces
    ):
        raise DerError
    return nonces[0] if nonces else None


@lru_cache(maxsize=1024)
def _status(status: CertStatus) -> bytes:
    if not status.is_known:
        return b"\x82\x00"
    if status.revoked_at is None:
        return b"\x80\x00"
    code = CODES.get(status.reason)  # unspecified is said by leaving it out
    reason = b"" if code is None else der.tlv(_CONTEXT_0, der.enumerated(code))
    return der.tlv(_CONTEXT_1, _time(status.revoked_at), reason)


@lru_cache(maxsize=MAX_NONCE_BYTES)
def _response_extensions(length: int) -> bytes:
    """Return responseExtensions up to a nonce of so many octets, which stands last."""
    whole = der.tlv(_CONTEXT_1, der.sequence(_nonce_extension(bytes(length))))
    return whole[:-length]


def _nonce_extension(nonce: bytes) -> bytes:
    return der.sequence(_NONCE_OID, der.octet_string(der.octet_string(nonce)))


@lru_cache(maxsize=64)
def _window(this_update: datetime, next_update: datetime) -> bytes:
    return _time(this_update) + der.tlv(_CONTEXT_0, _time(next_update))


@lru_cache(maxsize=64)  # of all answers in one second it is the same
def _time(moment: datetime) -> bytes:
    # GeneralizedTime in every year, without fractions (RFC 6960 4.2.2.1).
    return der.tlv(0x18, f"{moment.astimezone(UTC):%Y%m%d%H%M%S}Z".encode())


def _key_bits(key: PublicKey) -> bytes:
    """Return the BIT STRING of a public key without its tag and padding octet."""
    whole = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    _algorithm, bits = read(whole).children()
    return bits.content[1:]
