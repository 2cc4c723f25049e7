"""What people read for the refusals of the phone check."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.refusals import Answer

PHONE_ANSWERS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "phone_not_registered": Answer(
            409,
            _("No phone number that we could call is registered for you."),
            _("Register it at the counter of your centre, then come back."),
        ),
        "phone_locked": Answer(
            429,
            _("The digits were wrong too often today. We do not call again today."),
            _("Come back tomorrow, or ask the counter of your centre to unlock it."),
        ),
        "phone_day_used_up": Answer(
            429,
            _("We have called you ten times today, which is the most for one day."),
            _("Come back tomorrow, or ask the counter of your centre to unlock it."),
        ),
        "phone_application_used_up": Answer(
            429,
            _("We have called you five times for this application."),
            _("Check that the phone is yours and at hand, then begin a new one."),
        ),
        "phone_too_soon": Answer(
            429,
            _("The last call ended only a moment ago."),
            _("Wait 20 seconds, then ask for a new call."),
        ),
        "call_not_answered": Answer(
            409,
            _("Digits came before anybody answered this call."),
            _("Answer the call first, then key in the digits."),
        ),
        "unknown_call": Answer(
            404,
            _("There is no such call here."),
            _("Look in the terminal for the address of the newest call."),
        ),
        "voice_refused": Answer(
            403,
            _("This address is for the voice gateway only."),
            _("Check the gateway's token and the public address of this centre."),
        ),
    }
)
