"""What people read for the refusals of payments."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "unknown_charge": ErrorMessage(
            404, _("There is no such charge."), _("Look in the list of charges.")
        ),
        "charge_settled": ErrorMessage(
            409,
            _("This charge was settled or waived before."),
            _("Reload the list of charges. Nothing was charged twice."),
        ),
        "own_charge": ErrorMessage(
            403,
            _("Nobody decides over their own charge."),
            _("Ask somebody else at the counter."),
        ),
        "charge_note": ErrorMessage(
            422,
            _("The note is missing or too long."),
            _("Write at most 100 characters; for a waiver, say why."),
        ),
    }
)
