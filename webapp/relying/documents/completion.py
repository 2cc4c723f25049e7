"""A PDF that a browser has signed: looked at, time-stamped, and made to last (PAdES).

What comes is complete already (B-B): the last signature covers all of it. Here its time
stamp is added (B-T), and behind it, in a revision of its own, what a reader needs to
judge it years later (B-LT, ETSI EN 319 142-1): certificates, lists, answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from webapp.relying.documents.detached import stamped
from webapp.relying.documents.errors import (
    NoNewSignatureError,
    SignatureBrokenError,
    SignatureTooLargeError,
)
from webapp.relying.documents.pdf_file import open_for_update, pdf_errors

_TOKEN_ROOM: Final = 8 * 1024  # octets; a token with its chain has less
_PADES: Final = pdf_name("/ETSI.CAdES.detached")


@dataclass(frozen=True, slots=True)
class NewSignature:
    """The last signature of a document, which is good, and not stamped yet."""

    certificate: bytes  # the signer's, DER
    value: bytes  # what a time stamp is given over
    content: cms.ContentInfo
    hole: tuple[int, int]  # where it stands in the file, with its angle brackets


@dataclass(frozen=True, slots=True)
class ValidationData:
    """What is kept in the document beside the signature; all DER."""

    certificates: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()
    ocsp_responses: Sequence[bytes] = ()


def read_new_signature(pdf: bytes) -> NewSignature:
    """Return the last signature of a document.

    Raises:
        NoNewSignatureError: there is none, or it is not one that was made just now.
        SignatureBrokenError: it is not over this document, or by another key.
        SignatureTooLargeError: the document has no room for a time stamp.
        DocumentError: the document cannot be read.
    """
    reader = open_for_update(pdf).prev
    with pdf_errors():
        signatures = reader.embedded_regular_signatures
        if not signatures:
            raise NoNewSignatureError
        last = signatures[-1]
        _require_new(last)
        _require_intact(last)
        _, start, end, _ = (int(number) for number in last.byte_range)
        content = cms.ContentInfo.load(last.pkcs7_content)  # zeros follow it
        if len(content.dump()) + _TOKEN_ROOM > (end - start - 2) // 2:
            raise SignatureTooLargeError
        return NewSignature(
            certificate=last.signer_cert.dump(),
            value=last.signer_info["signature"].native,
            content=content,
            hole=(start, end),
        )


def embed(prepared: bytes, signature: bytes, start: int, end: int) -> bytes:
    """Return a prepared document with a CMS signature in its room.

    Raises:
        SignatureTooLargeError: the room from `start` to `end` is too small.
    """
    if len(signature) * 2 > end - start - 2:
        raise SignatureTooLargeError
    output = BytesIO(prepared)
    PreparedByteRangeDigest(b"", start, end).fill_with_cms(output, signature)
    return output.getvalue()


def complete(
    pdf: bytes, signature: NewSignature, token: bytes, data: ValidationData | None
) -> bytes:
    """Return the document with the time-stamp token, and with what makes it last.

    `signature` is that of this very document, `token` one over its value. Without
    `data` the result is B-T, else B-LT.

    Raises:
        SignatureTooLargeError: the room in the document is too small for the token.
    """
    content = stamped(signature.content, token)
    start, end = signature.hole
    if len(content) * 2 > end - start - 2:
        raise SignatureTooLargeError
    with pdf_errors():
        output = BytesIO(pdf)
        prepared = PreparedByteRangeDigest(b"", start, end)
        contents = prepared.fill_with_cms(output, content)
        if data is not None:
            DocumentSecurityStore.add_dss(
                output,
                contents.hex().encode(),
                certs=_load(x509.Certificate, data.certificates),
                crls=_load(crl.CertificateList, data.crls),
                ocsps=_load(ocsp.OCSPResponse, data.ocsp_responses),
                strict=False,
            )
        return output.getvalue()


def digest_of(signature: NewSignature) -> bytes:
    """Return the SHA-256 that a time stamp of a signature is over (RFC 3161 A)."""
    return sha256(signature.value).digest()


def _load(kind: Callable[..., Any], ders: Sequence[bytes]) -> list[Any]:
    return [kind.load(der) for der in ders]  # type: ignore[attr-defined]


def _require_new(signature: EmbeddedPdfSignature) -> None:
    coverage = signature.evaluate_signature_coverage()
    is_whole = coverage == SignatureCoverageLevel.ENTIRE_FILE
    is_pades = signature.sig_object.get("/SubFilter") == _PADES
    unsigned = signature.signer_info["unsigned_attrs"].native or ()
    if not is_whole or not is_pades or unsigned:
        raise NoNewSignatureError


def _require_intact(signature: EmbeddedPdfSignature) -> None:
    is_intact, is_valid = validate_sig_integrity(
        signature.signer_info,
        cert=signature.signer_cert,
        expected_content_type="data",
        actual_digest=signature.compute_digest(),
    )
    if not is_intact or not is_valid:
        raise SignatureBrokenError
