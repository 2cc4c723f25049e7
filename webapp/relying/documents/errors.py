"""Every reason why a document is not signed here."""

from webapp.exceptions import AppError


class DocumentError(AppError):
    """A document was refused."""


class NotPdfError(DocumentError):
    """It does not begin as a PDF does."""

    code = "pdf_not_one"


class PdfTooLargeError(DocumentError):
    """It is larger than what is signed here."""

    code = "pdf_too_large"


class PdfUnreadableError(DocumentError):
    """It begins as a PDF, and cannot be read to its end."""

    code = "pdf_unreadable"


class PdfEncryptedError(DocumentError):
    """It is encrypted, with a password or without."""

    code = "pdf_encrypted"


class PdfXfaError(DocumentError):
    """It is an XFA form, which draws itself anew when it is opened."""

    code = "pdf_xfa"


class PdfClosedError(DocumentError):
    """An earlier signature forbids every change, a further signature too."""

    code = "pdf_closed"


class PdfPageError(DocumentError):
    """It has no such page."""

    code = "pdf_page"


class SignerUnreadableError(DocumentError):
    """What was sent as the signer's certificate is none."""

    code = "signer_unreadable"


class NoNewSignatureError(DocumentError):
    """Its last signature does not cover all of it, or is of another kind."""

    code = "pdf_unsigned"


class SignatureBrokenError(DocumentError):
    """Its last signature is not over this document, or not by its certificate's key."""

    code = "pdf_signature_broken"


class SignatureTooLargeError(DocumentError):
    """There is no room left in it for a time stamp."""

    code = "pdf_no_room"


class SignerRevokedError(DocumentError):
    """The signer's certificate is revoked."""

    code = "signer_revoked"


class SignerSuspendedError(DocumentError):
    """The signer's certificate is suspended."""

    code = "signer_suspended"


class SignerExpiredError(DocumentError):
    """The signer's certificate is over, or has not begun."""

    code = "signer_expired"


class SignerUnknownError(DocumentError):
    """The certificate says that this centre issued it, and it did not."""

    code = "signer_unknown"
