"""What is asked to be verified, and how its parts are read. Pure."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from asn1crypto import pem, x509

from webapp.relying.fault_origin import is_own_fault
from webapp.relying.verification.errors import NoFileError, NoSignatureError
from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.verdicts import Kind, Reason

_PDF: Final = b"%PDF-"
_PDF_WITHIN: Final = 1024  # octets: ISO 32000-1 leaves room for others' in front
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")  # RFC 5652 5.1
_CERTIFICATE_LABELS: Final = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")


class RefusedInputError(Exception):
    """What was given cannot be judged at all."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


@contextmanager
def reading() -> Iterator[None]:
    """Have what a reader raises over foreign bytes be UNREADABLE.

    What is a fault of this program goes on as it is.

    Raises:
        RefusedInputError: the bytes cannot be read.
    """
    try:
        yield
    except (RefusedInputError, RecursionError, MemoryError):
        raise
    except Exception as error:  # a lazy reader raises whatever its parts do
        if is_own_fault(error):
            raise
        raise RefusedInputError(Reason.UNREADABLE) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRequest:
    """What is to be verified; which parts are there says what it is.

    `document` is a PDF or a certificate or a CMS signature; its bytes tell. With a
    `signature` it is what was signed: by CMS, or by the raw `algorithm` with the key of
    `certificate`. `at` is the time asked for; None: now.
    """

    document: bytes | None = field(default=None, repr=False)
    signature: bytes | None = field(default=None, repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    algorithm: str | None = None
    intermediates: tuple[bytes, ...] = field(default=(), repr=False)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a request comes to: its kind, and the octets of each part, DER where so."""

    kind: Kind
    subject: bytes  # the certificate, the signature or the PDF
    content: bytes | None = None
    certificate: bytes | None = None


def kind_of(octets: bytes) -> Kind:
    """Return what octets look like."""
    if _PDF in octets[:_PDF_WITHIN]:
        return Kind.PDF
    with suppress(RefusedInputError):
        head = plain_der(octets)[:64]
        if head[:1] == b"\x30":
            return Kind.CMS if _SIGNED_DATA in head[:24] else Kind.CERTIFICATE
    return Kind.UNKNOWN


def read_parts(request: VerificationRequest) -> Parts:
    """Return the parts of a request by its kind.

    Raises:
        RefusedInputError: a part is missing, too large or nothing that is known.
    """
    _require_size(request)
    document, signature = request.document, request.signature
    if signature is None:
        only = document if document is not None else request.certificate
        if only is None:
            raise RefusedInputError(Reason.CONTENT_MISSING)
        kind = kind_of(only)
        if kind is Kind.UNKNOWN:
            raise RefusedInputError(Reason.UNREADABLE)
        return Parts(kind, only if kind is Kind.PDF else plain_der(only))
    if request.algorithm is None:
        if kind_of(signature) is not Kind.CMS:
            raise RefusedInputError(Reason.UNREADABLE)
        return Parts(Kind.CMS, plain_der(signature), document, request.certificate)
    if document is None or request.certificate is None:
        raise RefusedInputError(Reason.CONTENT_MISSING)
    return Parts(Kind.RAW, signature, document, request.certificate)


def request_for_files(contents: Sequence[bytes]) -> VerificationRequest:
    """Return the request that one or two chosen files come to, in any order.

    Of two, a CMS signature is the signature and the other its document; of two such,
    the smaller one.

    Raises:
        NoFileError: there is none, or more than two.
    """
    if not 0 < len(contents) <= 2:
        raise NoFileError
    if len(contents) == 1:
        return VerificationRequest(document=contents[0])
    signatures = [one for one in contents if kind_of(one) is Kind.CMS]
    signature = min(signatures, key=len, default=None)
    if signature is None:
        raise NoSignatureError
    others = [one for one in contents if one is not signature]
    return VerificationRequest(document=others[0], signature=signature)


def plain_der(octets: bytes) -> bytes:
    """Return what is armoured in PEM (RFC 7468) as DER, and DER as it is.

    Raises:
        RefusedInputError: the armour is broken, or empty.
    """
    if not octets.lstrip().startswith(b"-----BEGIN "):
        return octets
    with reading():
        _name, _headers, der = pem.unarmor(octets.lstrip())
    return bytes(der)


def read_certificate(octets: bytes) -> x509.Certificate:
    """Return the certificate in DER or PEM.

    Raises:
        RefusedInputError: it is none, or too large.
    """
    if len(octets) > limits.MAX_CERTIFICATE:
        raise RefusedInputError(Reason.TOO_LARGE)
    der = plain_der(octets)
    with reading():
        certificate = x509.Certificate.load(der, strict=True)
        # What is read lazily is read here, so that nothing later stumbles over it.
        for part in (certificate.public_key, certificate.subject, certificate.issuer):
            _ = part.native
        _ = certificate.critical_extensions, certificate.key_usage_value
        _ = certificate.not_valid_before, certificate.not_valid_after
        _ = certificate.serial_number, certificate.signature
    return certificate


def read_certificates(octets: bytes) -> Iterator[bytes]:
    """Yield each certificate of a file in DER: one in DER, or any number in PEM.

    Raises:
        RefusedInputError: there is something else in it.
    """
    if not octets.lstrip().startswith(b"-----BEGIN "):
        yield read_certificate(octets).dump()
        return
    with reading():
        parts = list(pem.unarmor(octets.lstrip(), multiple=True))
    for name, _headers, der in parts:
        if name in _CERTIFICATE_LABELS:
            yield read_certificate(bytes(der)).dump()


def _require_size(request: VerificationRequest) -> None:
    if len(request.intermediates) > limits.MAX_INTERMEDIATES:
        raise RefusedInputError(Reason.TOO_MANY)
    for part, limit in (
        (request.document, limits.MAX_CONTENT),
        (request.signature, limits.MAX_CONTENT),
        (request.certificate, limits.MAX_CERTIFICATE),
        *((one, limits.MAX_CERTIFICATE) for one in request.intermediates),
    ):
        if part is not None and len(part) > limit:
            raise RefusedInputError(Reason.TOO_LARGE)
