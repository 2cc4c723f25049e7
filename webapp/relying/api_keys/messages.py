"""What people read for the refusals of API keys."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "api_key_refused": ErrorMessage(
            401,
            _("This API key is unknown or was revoked."),
            _(
                "Send it as Authorization: Bearer, whole. A new one is made at the "
                "counter."
            ),
        ),
        "api_key_unknown": ErrorMessage(
            404,
            _("There is no such API key here."),
            _("Reload the page and choose again."),
        ),
        "api_key_fields": ErrorMessage(
            422,
            _("Name, purpose or the number of calls is missing or too long."),
            _(
                "Write a name of at most 60 signs, a purpose of at most 200, and 1 to "
                "6000 calls a minute."
            ),
        ),
        "api_key_revoked": ErrorMessage(
            409,
            _("This API key was revoked before."),
            _("Reload the page and look at what is there now."),
        ),
    }
)
