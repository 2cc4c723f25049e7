"""What people read for the refusals of factors, and for those that all share."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.authenticators.factors import error_messages
from webapp.exceptions import Answer

ANSWERS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "no_identity_key": Answer(
            503,
            _("This centre cannot read security cards at the moment."),
            _("Your try did not count. Tell the centre the code below."),
        ),
        "other_identity_key": Answer(
            503,
            _("This centre cannot read your security card at the moment."),
            _("Your try did not count. Tell the centre the code below."),
        ),
        "broken_seal": Answer(
            503,
            _("What the centre keeps about your card is damaged."),
            _("Your try did not count. Tell the centre the code below."),
        ),
        "last_factor": Answer(
            409,
            _("This is your only second factor, and the centre requires one."),
            _("Set up another one first, then remove this one."),
        ),
        "proof_needed": Answer(
            403,
            _("Before you set up another way, show once more that it is you."),
            _("Go back to your ways to identify yourself and begin again."),
        ),
        "step_up_needed": Answer(
            403,
            _("Before that, show once more that it is you."),
            _("Open the page of the certificate in the browser. It leads you on."),
        ),
        **error_messages(),
    }
)
