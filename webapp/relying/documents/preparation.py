"""A PDF made ready for a signature: everything is in it but the signature itself.

The revision that is added holds the field, what is seen of it, and room for the CMS
signature. Which bytes are signed stands in it (`/ByteRange`); the browser hashes them
by itself, so that what is signed is what it was given back.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from asn1crypto import x509
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign import fields
from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner
from pyhanko.stamp import TextStampStyle

from mobile_bridge.formats.korean_time import KST
from mobile_bridge.pki.certificate import read_certificate
from mobile_bridge.pki.der import DerError
from webapp.relying.documents.errors import SignerUnreadableError
from webapp.relying.documents.form_fields import find_empty_field, require_unlocked
from webapp.relying.documents.pdf_file import (
    open_for_update,
    page_index,
    page_shape,
    pdf_errors,
    signature_rectangles,
)
from webapp.relying.documents.placement import Placement, place

FONT: Final = Path(__file__).parent / "fonts" / "NanumSquareR.ttf"
# Hexadecimal digits in the file: a signature with two chains and a time stamp fits.
RESERVED: Final = 32 * 1024
_INK: Final = (0.07, 0.17, 0.36)
_MAX_NAME: Final = 24  # characters that are shown of a name


@dataclass(frozen=True, slots=True)
class PreparedPdf:
    """A document that waits for its signature.

    `digest` is the SHA-256 of all of it but the room for the signature, which is from
    `start` to `end`, with its angle brackets.
    """

    pdf: bytes
    digest: bytes
    start: int
    end: int


def prepare(
    pdf: bytes,
    certificate: bytes,
    *,
    placement: Placement | None,
    now: datetime,
    reason: str | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> PreparedPdf:
    """Return the document with a revision that waits for its signature.

    `certificate` is the signer's in DER: its name is shown. Without a `placement` the
    signature is not seen on any page. `reason` is what readers say it was made for.

    Raises:
        SignerUnreadableError: that is no certificate.
        DocumentError: the document cannot be signed; the class says why.
    """
    try:
        name = read_certificate(certificate).name[:_MAX_NAME]
        signer = x509.Certificate.load(certificate, strict=True)
    except (DerError, ValueError):
        raise SignerUnreadableError from None
    writer = open_for_update(pdf)
    with pdf_errors():
        field = _field(writer, placement, f"Signature-{random(6).hex()}")
        require_unlocked(writer.prev, field.sig_field_name)
        metadata = PdfSignatureMetadata(
            field_name=field.sig_field_name,
            md_algorithm="sha256",
            name=name,
            reason=reason,
            subfilter=fields.SigSeedSubFilter.PADES,
        )
        return _prepare(writer, signer, field, metadata=metadata, now=now)


def _prepare(
    writer: IncrementalPdfFileWriter,
    certificate: x509.Certificate,
    field: fields.SigFieldSpec,
    *,
    metadata: PdfSignatureMetadata,
    now: datetime,
) -> PreparedPdf:
    signer = PdfSigner(
        metadata,
        ExternalSigner(certificate, cert_registry=None),
        stamp_style=_style(metadata.name or "", now),
        new_field_spec=field,
    )
    session = signer.init_signing_session(writer)
    session.system_time = now.astimezone(KST).replace(microsecond=0)
    document = session.prepare_tbs_document(None, RESERVED)
    output = BytesIO()
    prepared, _ = document.digest_tbs_document(output=output)
    return PreparedPdf(
        output.getvalue(),
        prepared.document_digest,
        prepared.reserved_region_start,
        prepared.reserved_region_end,
    )


def _field(
    writer: IncrementalPdfFileWriter, placement: Placement | None, name: str
) -> fields.SigFieldSpec:
    if placement is None:
        return fields.SigFieldSpec(name)
    if placement.prefers_field and (empty := find_empty_field(writer.prev)):
        return fields.SigFieldSpec(empty)  # it has its place, and keeps it
    index = page_index(writer.prev, placement.page)
    page = writer.prev.find_page_for_modification(index)[0].get_object()
    taken = signature_rectangles(page)
    left, bottom, right, top = place(page_shape(page), placement.corner, taken)
    return fields.SigFieldSpec(
        name,
        on_page=index,
        box=(round(left), round(bottom), round(right), round(top)),
        # A page that is shown turned must not turn the name.
        visible_sig_settings=fields.VisibleSigSettings(rotate_with_page=False),
    )


def _style(name: str, now: datetime) -> TextStampStyle:
    """Return how it looks: the name, that it is a signature, and when it was made."""
    moment = f"{now.astimezone(KST):%Y-%m-%d %H:%M} KST"
    text = f"{name}\n전자서명 Signed\n{moment}".replace("%", "%%")
    return TextStampStyle(
        border_width=1,
        border_color=_INK,
        stamp_text=text,
        text_box_style=TextBoxStyle(
            font=GlyphAccumulatorFactory(str(FONT), font_size=12),
            font_size=12,
            leading=15,
            text_color=_INK,
        ),
        inner_content_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MIN,
            y_align=AxisAlignment.ALIGN_MID,
            margins=Margins(left=8, right=4, top=4, bottom=4),
        ),
    )
