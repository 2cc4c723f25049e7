"""What people read for the refusals that all factors share; each has its own beside."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "no_identity_key": ErrorMessage(
            503,
            _("This centre cannot read security cards at the moment."),
            _("Your try did not count. Tell the centre the code below."),
        ),
        "other_identity_key": ErrorMessage(
            503,
            _("This centre cannot read your security card at the moment."),
            _("Your try did not count. Tell the centre the code below."),
        ),
        "broken_seal": ErrorMessage(
            503,
            _("What the centre keeps about your card is damaged."),
            _("Your try did not count. Tell the centre the code below."),
        ),
        "last_factor": ErrorMessage(
            409,
            _("This is your only second factor, and the centre requires one."),
            _("Set up another one first, then remove this one."),
        ),
        "proof_needed": ErrorMessage(
            403,
            _("Before you set up another way, show once more that it is you."),
            _("Go back to your ways to identify yourself and begin again."),
        ),
        "step_up_needed": ErrorMessage(
            403,
            _("Before that, show once more that it is you."),
            _("Open the page of the certificate in the browser. It leads you on."),
        ),
    }
)
