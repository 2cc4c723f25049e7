"""What people read for the refusals of sign-ins elsewhere."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage
from webapp.relying.openid.rules import Claim

_BACK: Final = _("Go back to the page that you came from and begin again there.")

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "openid_client_unknown": ErrorMessage(
            400,
            _("The site that you came from is not registered here."),
            _("Tell that site. Nothing of yours was given to it."),
        ),
        "openid_redirect_refused": ErrorMessage(
            400,
            _("The site that you came from named an address that is not registered."),
            _("Tell that site. Nothing of yours was given to it."),
        ),
        "openid_request_over": ErrorMessage(
            404, _("This sign-in is over, or began in another browser."), _BACK
        ),
        "openid_no_key": ErrorMessage(
            503,
            _("This centre signs nobody in elsewhere at the moment."),
            _("Tell the centre. Its log says what is missing."),
        ),
        "openid_logout_refused": ErrorMessage(
            400,
            _("The site that you came from could not sign you out here."),
            _("Close the browser, or sign out there once more."),
        ),
    }
)

CLAIM_LABELS: Final[Mapping[Claim, Any]] = MappingProxyType(
    {
        Claim.NAME: _("Your name"),
        Claim.BIRTH_DATE: _("Your date of birth"),
        Claim.FINGERPRINT: _("The fingerprint of your certificate"),
        Claim.CERTIFICATE: _("Your certificate itself"),
        Claim.CREDENTIALS: _("Your certificates, to ask you for signatures with them"),
    }
)
