"""What people read of a time stamp that was refused; programs read the reply."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "timestamp_refused": ErrorMessage(
            400,
            _("The centre gave no time stamp."),
            _("Sign it again later if you need one."),
        )
    }
)
