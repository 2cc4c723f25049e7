"""Read a PKCS#10 request: the one guard between strangers' bytes and the issuer.

Only the public key is taken from a request. Subject and extensions must be well
formed but say nothing: they come from our records and the profile.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import SignatureAlgorithmOID as Algorithm

from mobile_bridge.pki.der import DerError
from webapp.pki.der import bit_string, check_strict
from webapp.pki.errors import (
    MalformedRequestError,
    PemRequestError,
    PkiError,
    ProofOfPossessionError,
    RequestTooLargeError,
    SignatureAlgorithmError,
    UnsupportedKeyError,
)
from webapp.pki.key_policy import KeyKind, PublicKey, kind_of

MAX_SIZE: Final = 16 * 1024
ALGORITHMS: Final = frozenset(
    {
        Algorithm.RSA_WITH_SHA256,
        Algorithm.RSA_WITH_SHA384,
        Algorithm.RSA_WITH_SHA512,
        Algorithm.ECDSA_WITH_SHA256,
        Algorithm.ECDSA_WITH_SHA384,
        Algorithm.ECDSA_WITH_SHA512,
    }
)


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A request whose sender holds the private key."""

    der: bytes
    public_key: PublicKey
    key_kind: KeyKind
    spki: bytes
    key_hash: bytes


def read_request(der: bytes) -> SigningRequest:
    """Read a request in DER and prove that its sender holds the key.

    Raises:
        PkiError: for anything else than an honest request, whatever the bytes are.
    """
    _check_form(der)
    with _parsing():
        request = x509.load_der_x509_csr(der)
        public_key = request.public_key()
        kind = kind_of(public_key)
        _check_wishes(request)
        # The kind is known here, so that a hostile key cannot make this slow.
        _check_signature(request)
        # Written again, not copied: one key has one encoding and one hash, so that
        # a key seen before is known again however it was written.
        spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SigningRequest(
        der=der,
        public_key=cast(PublicKey, public_key),
        key_kind=kind,
        spki=spki,
        key_hash=hashlib.sha256(spki).digest(),
    )


def _check_form(der: bytes) -> None:
    if len(der) > MAX_SIZE:
        raise RequestTooLargeError
    if der.lstrip().startswith(b"-----BEGIN"):
        raise PemRequestError
    try:
        check_strict(der)
    except DerError as error:
        raise MalformedRequestError(str(error)) from error


@contextmanager
def _parsing() -> Iterator[None]:
    """Turn whatever a parser raises over hostile bytes into a refusal."""
    try:
        yield
    except PkiError:
        raise
    except UnsupportedAlgorithm as error:
        raise UnsupportedKeyError from error
    except Exception as error:
        raise MalformedRequestError from error


def _check_wishes(request: x509.CertificateSigningRequest) -> None:
    """Parse what we ignore, so that nothing malformed is ever stored or shown."""
    # Reading them parses them; all three are lazy.
    _ = request.subject, request.extensions
    types = [attribute.oid for attribute in request.attributes]
    # X.501 8.2: a type stands once. Parsers differ in which of two they believe.
    if len(set(types)) != len(types):
        raise MalformedRequestError


def _check_signature(request: x509.CertificateSigningRequest) -> None:
    if request.signature_algorithm_oid not in ALGORITHMS:
        raise SignatureAlgorithmError
    # Signatures are whole octets (RFC 3279 2.2); bits called unused are ignored by
    # those who verify, and would give one request several spellings.
    written = request.public_bytes(Encoding.DER)
    if not written.endswith(bit_string(request.signature)):
        raise ProofOfPossessionError
    if not request.is_signature_valid:
        raise ProofOfPossessionError
