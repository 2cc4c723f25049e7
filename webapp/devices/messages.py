"""What people read where a device is not paired or not listened to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

_NEW_CODE: Final = _("Have the other screen show a new code, and scan that one.")

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "device_unknown": ErrorMessage(
            401,
            _("This browser is not paired with an account, or is so no longer."),
            _("Pair it again if it is yours: on this page, or from your computer."),
        ),
        "device_missing": ErrorMessage(
            404,
            _("You have no such device, or it was removed already."),
            _("Look at the list of your devices."),
        ),
        "device_challenge": ErrorMessage(
            401,
            _("What this browser signed is too old."),
            _("Reload this page. It then asks once more by itself."),
        ),
        "device_locked": ErrorMessage(
            403,
            _("The account that this browser is paired with is locked."),
            _("Ask at the counter of your centre."),
        ),
        "device_key": ErrorMessage(
            422,
            _("The key of this browser is not of the kind that pairing needs."),
            _("Open this page in a current browser, and pair it there."),
        ),
        "device_limit": ErrorMessage(
            409,
            _("Ten devices are paired already, and no more can be."),
            _("Remove one that you do not use any more, then pair this one."),
        ),
        "device_certificate": ErrorMessage(
            422,
            _("The proof by the certificate does not fit, or is too old."),
            _("Choose a certificate of this centre and try once more."),
        ),
        "device_certificate_over": ErrorMessage(
            403,
            _("This certificate is suspended, revoked or expired."),
            _("Choose one that can be used, or pair from your computer."),
        ),
        "pair_unknown": ErrorMessage(
            404,
            _("There is no such code for pairing, or it is not a whole one."),
            _NEW_CODE,
        ),
        "pair_taken": ErrorMessage(
            409,
            _("A device came with this code already."),
            _(
                "Was it not yours? Say no on the screen that shows the code. Then have "
                "it show a new one."
            ),
        ),
        "pair_declined": ErrorMessage(
            409, _("The screen that showed the code said no."), _NEW_CODE
        ),
        "pair_over": ErrorMessage(
            409, _("This code is over, or no device came with it yet."), _NEW_CODE
        ),
    }
)
