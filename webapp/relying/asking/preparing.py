"""Make a PDF of a request ready for the certificate that is going to sign it."""

from webapp.ca.context import current_ca
from webapp.certificates.models import Certificate
from webapp.certificates.service import find_by_serial
from webapp.clock import utc_now
from webapp.db import release_connection, session, unit_of_work
from webapp.relying.asking import service
from webapp.relying.asking.contents import Documents, Format
from webapp.relying.asking.documents import service as documents
from webapp.relying.asking.documents.models import AskingDocument
from webapp.relying.asking.errors import DocumentUnknownError, ForeignCertificateError
from webapp.relying.asking.models import AskingRequest
from webapp.relying.documents.preparation import PreparedPdf, prepare
from webapp.relying.documents.signers import require_usable
from webapp.web.security import run_in_thread


def prepare_document(request_id: str, number: int, serial: str) -> bytes:
    """Return a PDF of a request with room for a signature, the same each time.

    Another certificate has another revision written behind it, and the one before
    counts no more.

    Raises:
        AskingError: the request is not to be answered, has no such PDF, or this centre
            did not issue the certificate.
        DocumentError: the certificate counts no more, or the PDF cannot be signed.
    """
    now = utc_now()
    request = service.require_seen(session(), request_id, now)
    certificate = _find_certificate(serial)
    require_usable(certificate, now)
    document = documents.find(session(), request_id, number)
    if document.format != Format.PDF:
        raise DocumentUnknownError
    ready = documents.prepared_pdf(document, certificate.id)
    return ready or _prepare(request, document, certificate)


def _find_certificate(serial: str) -> Certificate:
    issuer_id = current_ca().authority.issuer_id
    certificate = find_by_serial(session(), issuer_id, serial)
    if certificate is None:
        raise ForeignCertificateError
    return certificate


def _prepare(
    request: AskingRequest, document: AskingDocument, certificate: Certificate
) -> bytes:
    content, placement = (
        documents.content_of(document),
        documents.placement_of(document),
    )
    reason = _reason(request, document.number)
    release_connection()

    def work() -> PreparedPdf:
        der = certificate.signed_der
        now = utc_now()
        return prepare(content, der, placement=placement, now=now, reason=reason)

    prepared = run_in_thread(work)
    with unit_of_work() as current:
        service.lock_seen(current, request.id, utc_now())
        current.refresh(document)
        # Of two who came at once, both go on with what the first one was given.
        ready = documents.prepared_pdf(document, certificate.id)
        if ready is None:
            documents.keep_prepared(document, certificate, prepared)
    return ready or prepared.pdf


def _reason(request: AskingRequest, number: int) -> str:
    """Return what readers of the PDF show as the reason of its signature."""
    contents = service.contents_of(request)
    title = (
        contents.documents[number - 1].title if isinstance(contents, Documents) else ""
    )
    return f"{request.asker_name}: {title}"
