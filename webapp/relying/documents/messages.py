"""What people read where a document is not signed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

_AS_A_FILE: Final = _(
    "Sign it as a separate file instead: that works for every file, as it is."
)
_PRINT_ANEW: Final = _(
    'Open it and print it to a new PDF ("Save as PDF"), then sign that one.'
)

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "pdf_not_one": ErrorMessage(422, _("This file is not a PDF."), _AS_A_FILE),
        "pdf_too_large": ErrorMessage(
            413, _("This PDF is larger than 10 MB."), _AS_A_FILE
        ),
        "pdf_unreadable": ErrorMessage(
            422, _("This PDF is damaged, or made in an unusual way."), _PRINT_ANEW
        ),
        "pdf_encrypted": ErrorMessage(
            422,
            _("This PDF is locked with a password or against changes."),
            _("Save it without protection where it comes from, or sign it as a file."),
        ),
        "pdf_xfa": ErrorMessage(
            422,
            _("This PDF is a form that changes itself when it is opened (XFA)."),
            _PRINT_ANEW,
        ),
        "pdf_closed": ErrorMessage(
            422,
            _("Whoever signed this PDF before allowed no further signature in it."),
            _AS_A_FILE,
        ),
        "pdf_page": ErrorMessage(
            422,
            _("This PDF has no such page."),
            _("Choose another page, or the last one."),
        ),
        "signer_unreadable": ErrorMessage(
            422,
            _("The certificate that was to sign cannot be read."),
            _("Choose another certificate."),
        ),
        "pdf_unsigned": ErrorMessage(
            422,
            _("There is no new signature in this PDF."),
            _("Choose the document again and sign it here."),
        ),
        "pdf_signature_broken": ErrorMessage(
            422,
            _("The signature in this PDF does not fit document or certificate."),
            _("Choose the document again and sign it here."),
        ),
        "pdf_no_room": ErrorMessage(
            422,
            _("The signature is too large for the room that this PDF has for it."),
            _("Choose the document again and sign it here."),
        ),
        "signer_revoked": ErrorMessage(
            409,
            _("This certificate is revoked. What it signs now is valid nowhere."),
            _("Sign with another certificate, or get a new one."),
        ),
        "signer_suspended": ErrorMessage(
            409,
            _("This certificate is suspended. What it signs now is not valid."),
            _("Resume it on its page, then sign again."),
        ),
        "signer_expired": ErrorMessage(
            409,
            _("This certificate is not valid today."),
            _("Sign with another certificate, or get a new one."),
        ),
        "signer_unknown": ErrorMessage(
            409,
            _("This certificate names this centre, but this centre did not issue it."),
            _("Sign with another certificate."),
        ),
    }
)
