"""PDF files of strangers, opened in one way for signing and for verifying. Pure."""

import re
from io import BytesIO
from typing import Final

from pyhanko.pdf_utils.reader import PdfFileReader

# ISO 32000-1 7.5.5: the last lines of a file, and of each of its revisions.
_END: Final = re.compile(rb"startxref\s+\d+\s+%%EOF")
_WHITE_SPACE: Final = b"\0\t\n\f\r "  # ISO 32000-1 7.2.2


def open_pdf(pdf: bytes) -> PdfFileReader:
    """Return the reader of a document.

    Strict, so that two readers do not see two documents, but for hybrid-reference files
    (ISO 32000-1 7.5.8.4): Word writes them, and the reader has strict ones refused.

    Raises:
        Exception: whatever pyHanko raises over a document that it cannot read.
    """
    reader = PdfFileReader(BytesIO(pdf))
    if reader.xrefs.hybrid_xrefs_present:
        return PdfFileReader(BytesIO(pdf), strict=False)
    return reader


def has_bytes_behind(pdf: bytes) -> bool:
    """Tell whether something stands behind a document's end that no reader looks at."""
    ends = [match.end() for match in _END.finditer(pdf)]
    return bool(ends) and bool(pdf[ends[-1] :].strip(_WHITE_SPACE))
