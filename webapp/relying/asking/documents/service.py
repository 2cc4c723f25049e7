"""Documents of requests: attached, made ready, signed, and handed out.

Nothing commits here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from asn1crypto import cms
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from webapp.certificates.models import Certificate
from webapp.relying.asking.contents import Documents, Format
from webapp.relying.asking.documents.files import DocumentFile
from webapp.relying.asking.documents.models import AskingDocument
from webapp.relying.asking.errors import DocumentUnknownError
from webapp.relying.documents.completion import (
    ValidationData,
    complete,
    embed,
    read_new_signature,
)
from webapp.relying.documents.detached import detached_signature, stamped
from webapp.relying.documents.placement import Corner, Placement
from webapp.relying.documents.preparation import PreparedPdf
from webapp.relying.documents.service import Level

IN_FIELD = "field"


@dataclass(frozen=True, slots=True)
class Completer:
    """What signatures of documents get: the issuers' certificates, and a time stamp.

    `stamp` returns a token (RFC 3161) over the value of a signature.
    """

    chain: Sequence[bytes]
    stamp: Callable[[bytes], bytes]


def attach(
    session: Session,
    request_id: str,
    documents: Documents,
    files: Sequence[DocumentFile | None],
) -> None:
    """Keep what a request asks to be signed; None where only a digest was given."""
    pairs = zip(documents.documents, files, strict=True)
    for number, (document, file) in enumerate(pairs, 1):
        if document.format is Format.STATEMENT:
            continue
        row = AskingDocument(
            request_id=request_id,
            number=number,
            format=document.format,
            media_type=file.media_type if file else "",
            content=file.content if file else None,
        )
        if file is not None:
            row.page, row.corner = file.page, file.corner
        session.add(row)
    session.flush()


def find(session: Session, request_id: str, number: int) -> AskingDocument:
    """Return a document of a request, whole.

    Raises:
        DocumentUnknownError: there is none of that number.
    """
    document = session.get(AskingDocument, (request_id, number), options=[undefer("*")])
    if document is None:
        raise DocumentUnknownError
    return document


def content_of(document: AskingDocument) -> bytes:
    """Return the bytes that its institution sent.

    Raises:
        DocumentUnknownError: it sent a digest only, or they were deleted.
    """
    if document.content is None:
        raise DocumentUnknownError
    return document.content


def list_documents(session: Session, request_id: str) -> Sequence[AskingDocument]:
    """Return the documents of a request in their order, without their bytes."""
    stmt = (
        select(AskingDocument)
        .where(AskingDocument.request_id == request_id)
        .order_by(AskingDocument.number)
    )
    return session.scalars(stmt).all()


def placement_of(document: AskingDocument) -> Placement | None:
    """Return where a PDF shows its signature; None where it is not seen."""
    if document.corner == IN_FIELD:
        return Placement(document.page, Corner.BOTTOM_RIGHT, prefers_field=True)
    return (
        Placement(document.page, Corner(document.corner)) if document.corner else None
    )


def keep_prepared(
    document: AskingDocument, certificate: Certificate, prepared: PreparedPdf
) -> None:
    """Keep what was written behind a PDF for one certificate."""
    document.certificate_id = certificate.id
    document.revision = prepared.pdf[len(content_of(document)) :]
    document.digest = prepared.digest
    document.hole_start, document.hole_end = prepared.start, prepared.end


def prepared_pdf(document: AskingDocument, certificate_id: str) -> bytes | None:
    """Return a PDF as it was made ready for a certificate; None where it was not."""
    if document.certificate_id != certificate_id or document.revision is None:
        return None
    return content_of(document) + document.revision


def prepared_digests(
    session: Session, request_id: str, certificate_id: str
) -> Mapping[int, bytes]:
    """Return by number what is signed of each PDF that is ready for a certificate."""
    return {
        document.number: document.digest
        for document in list_documents(session, request_id)
        if document.certificate_id == certificate_id and document.digest is not None
    }


def keep_signatures(
    session: Session,
    request_id: str,
    certificate: bytes,
    *,
    messages: Sequence[bytes],
    signatures: Sequence[bytes],
    completer: Completer,
) -> None:
    """Keep the signatures over documents, each with its time stamp.

    What stands beside its document is complete by that.
    """
    for document in list_documents(session, request_id):
        at = document.number - 1
        document.signature = detached_signature(
            certificate, completer.chain, messages[at], signatures[at]
        )
        document.stamp = completer.stamp(signatures[at])
        if document.format == Format.CMS:
            content = cms.ContentInfo.load(document.signature)
            document.result = stamped(content, document.stamp)
            document.level = Level.B_T


def list_unfinished(session: Session, request_id: str) -> Sequence[int]:
    """Return the numbers of signed PDFs that are not put together yet."""
    stmt = (
        select(AskingDocument.number)
        .where(
            AskingDocument.request_id == request_id,
            AskingDocument.signature.is_not(None),
            AskingDocument.content.is_not(None),
            AskingDocument.result.is_(None),
        )
        .order_by(AskingDocument.number)
    )
    return session.scalars(stmt).all()


def put_together(
    content: bytes, document: AskingDocument, data: ValidationData
) -> bytes:
    """Return a signed PDF with time stamp and what makes it last (PAdES B-LT).

    Raises:
        DocumentError: it has no room for them.
        DocumentUnknownError: it is not signed.
    """
    if not document.signature or not document.stamp or document.revision is None:
        raise DocumentUnknownError
    prepared = content + document.revision
    hole = document.hole_start, document.hole_end
    signed = embed(prepared, document.signature, *hole)
    return complete(signed, read_new_signature(signed), document.stamp, data)


def keep_result(document: AskingDocument, result: bytes) -> None:
    """Keep a PDF as it is handed out; once."""
    if document.result is None:
        document.result, document.level = result, Level.B_LT


def read_result(session: Session, request_id: str, number: int) -> bytes:
    """Return what a signature became: CMS in DER, or the signed PDF.

    Raises:
        DocumentUnknownError: there is none.
    """
    document = find(session, request_id, number)
    if document.result is None:
        raise DocumentUnknownError
    return document.result
