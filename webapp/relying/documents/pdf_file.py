"""A PDF that somebody sent: opened once, judged, and looked at.

What pyHanko raises on hostile input has many names; outside it has one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.pdf_embedded import read_certification_data

from webapp.relying.documents.errors import (
    DocumentError,
    NotPdfError,
    PdfClosedError,
    PdfEncryptedError,
    PdfPageError,
    PdfTooLargeError,
    PdfUnreadableError,
    PdfXfaError,
)
from webapp.relying.documents.form_fields import follow, require_sound_fields
from webapp.relying.documents.placement import PageShape, Rectangle
from webapp.relying.fault_origin import describe_fault
from webapp.relying.pdf_reading import open_pdf

MAX_PDF: Final = 10 * 1024 * 1024
_HEADER_WITHIN: Final = 1024  # octets; as Acrobat and others look for it
_MAX_DEPTH: Final = 64
# What a value of another type than the specification has makes any code raise.
_OF_VALUES: Final = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(RecursionError, MemoryError),
)

log = structlog.get_logger()


@contextmanager
def pdf_errors() -> Iterator[None]:
    """Have whatever goes wrong with a document in the block be a refusal of it.

    A fault of this program goes on as it is, unless what a document holds makes code of
    ours stumble as well: that is refused, and an operator sees where it was.
    """
    try:
        yield
    except DocumentError:
        raise
    except Exception as error:
        fault = describe_fault(error)
        if fault.is_own and not isinstance(error, _OF_VALUES):
            raise
        write = log.warning if fault.is_own else log.info
        write("pdf_unreadable", kind=fault.kind, place=fault.place)
        raise PdfUnreadableError from error


def open_for_update(pdf: bytes) -> IncrementalPdfFileWriter:
    """Open a document so that a revision can be added behind it.

    Raises:
        DocumentError: it is none that can be signed; the class says why.
    """
    if len(pdf) > MAX_PDF:
        raise PdfTooLargeError
    if b"%PDF-" not in pdf[:_HEADER_WITHIN]:
        raise NotPdfError
    with pdf_errors():
        reader = open_pdf(pdf)
        _require_open(reader)
        return IncrementalPdfFileWriter.from_reader(reader)


def page_index(reader: PdfFileReader, page: int) -> int:
    """Return the index from 0 of a page; -1 is the last.

    Raises:
        PdfPageError: there is no such page.
    """
    count = int(reader.root["/Pages"]["/Count"])
    index = count - 1 if page == -1 else page - 1
    if not 0 <= index < count:
        raise PdfPageError
    return index


def page_shape(page: generic.DictionaryObject) -> PageShape:
    """Return what is shown of a page."""
    box = _inherited(page, "/CropBox") or _inherited(page, "/MediaBox")
    x1, y1, x2, y2 = (float(number) for number in box)
    rotation = int(_inherited(page, "/Rotate") or 0) % 360
    rectangle = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    return PageShape(rectangle, rotation if rotation % 90 == 0 else 0)


def signature_rectangles(page: generic.DictionaryObject) -> list[Rectangle]:
    """Return where the visible signatures of a page stand."""
    widgets = [one.get_object() for one in follow(page, "/Annots") or ()]
    return [
        rectangle
        for widget in widgets
        if _field_type(widget) == "/Sig"
        and (rectangle := _read_rectangle(widget)) is not None
    ]


def _require_open(reader: PdfFileReader) -> None:
    if reader.encrypted:
        raise PdfEncryptedError
    if "/XFA" in (follow(reader.root, "/AcroForm") or ()):
        raise PdfXfaError
    require_sound_fields(reader)
    certification = read_certification_data(reader)
    if certification and certification.permission == MDPPerm.NO_CHANGES:
        raise PdfClosedError
    for signature in reader.embedded_signatures:
        if signature.docmdp_level == MDPPerm.NO_CHANGES:
            raise PdfClosedError


def _inherited(page: generic.DictionaryObject, name: str) -> Any:
    """Return an attribute that a page may have from its parents (7.7.3.4)."""
    node: Any = page
    for _ in range(_MAX_DEPTH):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


def _field_type(widget: generic.DictionaryObject) -> str | None:
    value = _inherited(widget, "/FT")
    return None if value is None else str(value)


def _read_rectangle(widget: generic.DictionaryObject) -> Rectangle | None:
    x1, y1, x2, y2 = (float(number) for number in follow(widget, "/Rect") or [0] * 4)
    is_visible = x1 != x2 and y1 != y2
    return (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)) if is_visible else None
