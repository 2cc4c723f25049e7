"""What people read for the refusals of accounts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.refusals import Answer

ANSWERS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "sign_in_refused": Answer(
            401,
            _("The ID or the password is not right."),
            _("Check both and sign in again. Capital letters matter."),
        ),
        "sign_in_needed": Answer(
            401,
            _("You are no longer signed in."),
            _("Sign in again. What you have done so far is kept."),
        ),
    }
)
