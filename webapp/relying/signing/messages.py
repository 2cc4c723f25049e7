"""What programs, and people whose browser a program leads here, read for refusals."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "signing_input": ErrorMessage(
            422,
            _("The request is not one: look at %(field)s."),
            _("The fields and what may be in them are listed in docs/signing_api.md."),
        ),
        "signing_purpose": ErrorMessage(
            403,
            _("This institution is not registered for that purpose."),
            _("Purposes are added at the counter."),
        ),
        "signing_return": ErrorMessage(
            422,
            _("The return address is missing, or is not registered sign by sign."),
            _("Return addresses are registered at the counter."),
        ),
        "signing_person": ErrorMessage(
            422,
            _("This institution knows nobody by that sub."),
            _("Ask without a person, and lead their browser to the address you get."),
        ),
        "signing_key": ErrorMessage(
            400,
            _("The Idempotency-Key is no text of 1 to 200 signs."),
            _("Send a random one, another for each request."),
        ),
        "signing_key_reused": ErrorMessage(
            422,
            _("This Idempotency-Key came with another body before."),
            _("Send another key for another request, or the very same body."),
        ),
        "signing_again": ErrorMessage(
            409,
            _("The same call is just being answered."),
            _("Send it again in a moment, with the same key."),
        ),
        "signing_unknown": ErrorMessage(
            404,
            _("This institution has made no such request."),
            _("Send the id that the answer to your request had."),
        ),
        "signing_no_result": ErrorMessage(
            409,
            _("Nobody has approved this request, so there is no result."),
            _("Ask for its state first."),
        ),
        "signing_result_over": ErrorMessage(
            410,
            _("The result of this request is not kept any more."),
            _("Fetch results within 30 days of the approval."),
        ),
        "signing_start": ErrorMessage(
            404,
            _("There is no such request for this browser."),
            _("Begin again on the page of whoever asked, if you want to."),
        ),
    }
)
