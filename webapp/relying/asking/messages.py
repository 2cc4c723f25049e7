"""What people read where a request is not made or not answered."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

_BEGIN_ANEW: Final = _("Begin again on the page of whoever asked, if you want to.")
_TELL_ASKER: Final = _("Whoever runs that site has to mend it. Nothing was asked for.")

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "asking_asker": ErrorMessage(
            422,
            _("The name or address of whoever asks cannot be shown as it is."),
            _TELL_ASKER,
        ),
        "asking_text": ErrorMessage(
            422,
            _("A title or text is empty, too long, or has invisible signs in it."),
            _TELL_ASKER,
        ),
        "asking_documents": ErrorMessage(
            422,
            _("A request to sign has 1 to 20 documents, each with its SHA-256."),
            _TELL_ASKER,
        ),
        "asking_facts": ErrorMessage(
            422,
            _("A request for facts names each fact once, and at least one."),
            _TELL_ASKER,
        ),
        "asking_hashes": ErrorMessage(
            422,
            _("A request has 1 to 20 hashes, each a SHA-256 of its own."),
            _TELL_ASKER,
        ),
        "asking_binding": ErrorMessage(
            422,
            _("What ties this request to its site is longer than 64 bytes."),
            _TELL_ASKER,
        ),
        "asking_lifetime": ErrorMessage(
            422,
            _("A request lives from a second to seven days."),
            _TELL_ASKER,
        ),
        "asking_too_many": ErrorMessage(
            429,
            _("So many requests wait for an answer that no other is taken."),
            _("Have some answered or taken back, or try later. Nothing was asked for."),
        ),
        "request_unknown": ErrorMessage(
            404,
            _("There is no such request, or this code is not a whole one."),
            _("Scan the code on the other screen again, or begin again there."),
        ),
        "request_unseen": ErrorMessage(
            409,
            _("Nobody has looked at this request yet."),
            _("Open it with its code first, then answer."),
        ),
        "request_approved": ErrorMessage(
            409,
            _("This request was approved already."),
            _("Go on on the page of whoever asked. Each request is answered once."),
        ),
        "request_declined": ErrorMessage(
            409, _("This request was declined already."), _BEGIN_ANEW
        ),
        "request_expired": ErrorMessage(
            409, _("The time of this request is over."), _BEGIN_ANEW
        ),
        "request_withdrawn": ErrorMessage(
            409, _("Whoever asked has taken this request back."), _BEGIN_ANEW
        ),
        "request_number_needed": ErrorMessage(
            422,
            _("Both devices are on different networks, and no number was picked."),
            _("Pick the number that the asking page shows."),
        ),
        "request_number_wrong": ErrorMessage(
            409,
            _("That is not the number of the asking page, so the request was ended."),
            _(
                "If it was a slip, begin again. If you see no such page, somebody else "
                "asked: approve nothing that you did not begin."
            ),
        ),
        "request_document": ErrorMessage(
            404,
            _("There is no such document, or it is not kept any more."),
            _("Ask whoever asked you for it."),
        ),
        "request_certificate": ErrorMessage(
            422,
            _("This centre did not issue that certificate."),
            _("Choose a certificate of this centre."),
        ),
        "request_other_person": ErrorMessage(
            403,
            _("This request is for somebody else than the certificate's holder."),
            _("Choose your own certificate, or decline."),
        ),
        "request_signature": ErrorMessage(
            422,
            _("The signature does not fit this request and this certificate."),
            _("Reload this page and approve once more. Nothing was sent on."),
        ),
    }
)
