"""What people read for the refusals of a verification."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "verify_input": ErrorMessage(
            422,
            _("The request has a field that is missing, unknown or not of its kind."),
            _("Compare it with /api/v1/openapi.json. Octets are base64."),
        ),
        "verify_no_signature": ErrorMessage(
            422,
            _("None of the two files is a signature (.p7s) of the other."),
            _("Choose a signed file alone, or a document and its signature."),
        ),
        "verify_no_file": ErrorMessage(
            422,
            _("No file was chosen, it was empty, or there were more than two."),
            _("Choose one file, or a document and its signature."),
        ),
    }
)
