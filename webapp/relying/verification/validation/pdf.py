"""Signatures in a PDF (ISO 32000-2 12.8, PAdES), judged by pyHanko. Pure.

What was added after a signature is compared object by object; only what a form or
another signature may add is let through.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
)
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import (
    NoDSSFoundError,
    SignatureValidationError,
    ValidationInfoReadingError,
)

from webapp.relying.pdf_reading import has_bytes_behind, open_pdf
from webapp.relying.verification.validation import limits
from webapp.relying.verification.validation.paths import CertificateJudge
from webapp.relying.verification.validation.requests import (
    RefusedInputError,
    read_certificate,
    reading,
)
from webapp.relying.verification.validation.signatures import (
    ANY_USAGE,
    Moment,
    integrity_context,
    judge_status,
    refusal_of,
)
from webapp.relying.verification.validation.verdicts import Finding, Note, Reason

_WHOLE = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
_ADDED = {
    ModificationLevel.FORM_FILLING: Note.ADDED_AFTER_SIGNING,
    ModificationLevel.ANNOTATIONS: Note.ANNOTATED_AFTER_SIGNING,
}


async def judge_pdf(
    judge: CertificateJudge, document: bytes, moment: Moment
) -> tuple[Finding, ...]:
    """Return one finding for each signature of a PDF, in the order of signing.

    Raises:
        RefusedInputError: it cannot be read, is encrypted, nobody signed it, or there
            are too many signatures.
    """
    reader = _open(document)
    with reading():
        signatures = list(reader.embedded_regular_signatures)
    if not signatures:
        raise RefusedInputError(Reason.NOT_SIGNED)
    if len(signatures) > limits.MAX_PDF_SIGNATURES:
        raise RefusedInputError(Reason.TOO_MANY)
    informed = _with_store(judge, reader)
    findings = [await _judge(informed, one, moment) for one in signatures]
    behind = (Note.BYTES_BEHIND,) if has_bytes_behind(document) else ()
    return tuple(replace(one, notes=(*one.notes, *behind)) for one in findings)


async def _judge(
    judge: CertificateJudge, signature: EmbeddedPdfSignature, moment: Moment
) -> Finding:
    with_own = replace(judge, others=(*judge.others, *_own_certificates(signature)))
    try:
        status = await async_validate_pdf_signature(
            signature,
            signer_validation_context=integrity_context(moment.at),
            ts_validation_context=integrity_context(moment.at),
            key_usage_settings=ANY_USAGE,
        )
        finding = await judge_status(with_own, status, moment)
    except (SignatureValidationError, CMSExtractionError, CMSStructuralError) as error:
        reason = refusal_of(error)
        finding = Finding(reasons=(reason,), at=moment.at, basis=moment.basis)
        return replace(finding, field=str(signature.field_name))
    reasons, notes = _changes(status)
    return replace(
        finding,
        reasons=(*finding.reasons, *reasons),
        notes=(*finding.notes, *notes),
        field=str(signature.field_name),
    )


def _changes(status: PdfSignatureStatus) -> tuple[tuple[Reason, ...], tuple[Note, ...]]:
    """Return what was changed since this signature: forbidden, and allowed."""
    level = status.modification_level
    if status.coverage not in _WHOLE:
        return (Reason.PARTLY_SIGNED,), ()
    if level is None or level is ModificationLevel.OTHER or status.docmdp_ok is False:
        return (Reason.CHANGED_AFTER_SIGNING,), ()
    if not status.seed_value_ok:
        return (Reason.PATH_INVALID,), ()
    note = _ADDED.get(level)
    return (), (note,) if note else ()


def _open(document: bytes) -> PdfFileReader:
    try:
        with reading():
            reader = open_pdf(document)
            is_encrypted = reader.encrypted
    except RefusedInputError as error:
        cause = error.__cause__
        if isinstance(cause, PdfReadError) and "ncrypt" in str(cause):
            raise RefusedInputError(Reason.ENCRYPTED) from None
        raise
    if is_encrypted:
        raise RefusedInputError(Reason.ENCRYPTED)
    return reader


def _own_certificates(signature: EmbeddedPdfSignature) -> list[x509.Certificate]:
    certificates = signature.other_embedded_certs
    if len(certificates) > limits.MAX_CERTIFICATES:
        raise RefusedInputError(Reason.TOO_MANY)
    return list(certificates)


def _with_store(judge: CertificateJudge, reader: PdfFileReader) -> CertificateJudge:
    """Return a judge who knows what the document brings for the long term (DSS)."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except (NoDSSFoundError, ValidationInfoReadingError):
        return judge
    count = len(store.crls) + len(store.ocsps)
    if len(store.certs) > limits.MAX_CERTIFICATES or count > limits.MAX_REVOCATION_DATA:
        raise RefusedInputError(Reason.TOO_MANY)
    others = [read_certificate(_octets(one)) for one in store.certs.values()]
    return replace(
        judge,
        others=(*judge.others, *others),
        embedded=(*judge.embedded, *_status_data(store)),
    )


def _status_data(
    store: DocumentSecurityStore,
) -> Iterator[crl.CertificateList | ocsp.OCSPResponse]:
    for one in store.crls:
        with suppress(ValueError):
            yield crl.CertificateList.load(_octets(one))
    for one in store.ocsps:
        with suppress(ValueError):
            yield ocsp.OCSPResponse.load(_octets(one))


def _octets(stored: IndirectObject) -> bytes:
    octets: bytes = stored.get_object().data
    return octets
