"""A document that an institution sent to be signed: what it is. Pure."""

import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from webapp.relying.asking.contents import Format
from webapp.relying.documents.errors import NotPdfError, PdfTooLargeError
from webapp.relying.documents.pdf_file import MAX_PDF, open_for_update

MAX_FILE: Final = MAX_PDF
PDF: Final = "application/pdf"
TEXT: Final = "text/plain"
OCTETS: Final = "application/octet-stream"
_PDF_START: Final = b"%PDF-"
_PDF_WITHIN: Final = 1024
_LAYOUT: Final = frozenset("\t\n\r\f\ufeff")


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """The bytes of a document, and where a PDF shows its signature (no corner: not)."""

    content: bytes
    page: int = -1
    corner: str = ""

    @property
    def digest(self) -> bytes:
        """The SHA-256 of it."""
        return sha256(self.content).digest()

    @property
    def media_type(self) -> str:
        """What a device shows it as: by its bytes, whatever its sender calls it."""
        if _PDF_START in self.content[:_PDF_WITHIN]:
            return PDF
        return TEXT if _is_text(self.content) else OCTETS

    def require_signable(self, format_: Format) -> None:
        """Refuse what cannot be signed as it is to be.

        Raises:
            DocumentError: it is too large, or as a PDF cannot be signed.
        """
        if len(self.content) > MAX_FILE:
            raise PdfTooLargeError
        if format_ is Format.PDF:
            if self.media_type != PDF:
                raise NotPdfError
            open_for_update(self.content)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return not any(
        unicodedata.category(sign) == "Cc" and sign not in _LAYOUT for sign in set(text)
    )
