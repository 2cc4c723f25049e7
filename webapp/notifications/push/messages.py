"""What people read where notices by push are refused."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "push_subscription": ErrorMessage(
            422,
            _("What this browser says of its notices cannot be used."),
            _("Reload this page and try again. Requests show here all the same."),
        ),
        "push_unavailable": ErrorMessage(
            409,
            _("This centre sends no notices to devices."),
            _("Open this page from time to time. Requests show here all the same."),
        ),
    }
)
