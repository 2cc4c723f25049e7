"""What people read for the refusals of card, one-time code and passkey."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.refusals import Answer

_COUNTER = _("Come to the counter with something that shows who you are.")
_CARD = {
    "no_card": Answer(409, _("There is no security card in your name."), _COUNTER),
    "card_locked": Answer(
        409,
        _("Your security card is locked, because five answers were wrong."),
        _COUNTER,
    ),
    "card_incomplete": Answer(
        422,
        _("Type two digits into each of the two boxes."),
        _("Look for both numbers on your card. This did not count as a try."),
    ),
    "card_asks_other": Answer(
        409,
        _("The card asks for other numbers by now."),
        _("Look at the numbers below. This did not count as a try."),
    ),
    "card_wrong": Answer(
        422,
        _("These are not the digits on your card."),
        _("Compare the two numbers with your card and type the digits again."),
    ),
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
}
_ONE_TIME = {
    "no_one_time": Answer(409, _("No authenticator app is set up for you."), _COUNTER),
    "one_time_exists": Answer(
        409,
        _("An authenticator app is set up already."),
        _("Remove it first, if you want to use another one."),
    ),
    "one_time_not_begun": Answer(
        409,
        _("Setting up the app took longer than ten minutes."),
        _("Go back to your ways to identify yourself and begin again."),
    ),
    "one_time_locked": Answer(
        409,
        _("The authenticator app is locked, because five codes were wrong."),
        _COUNTER,
    ),
    "one_time_incomplete": Answer(
        422,
        _("The code has six digits."),
        _("Type it as the app shows it. This did not count as a try."),
    ),
    "one_time_wrong": Answer(
        422,
        _("This is not the code that the app shows now."),
        _("Wait for the next code, and see that the clock of your phone is right."),
    ),
    "one_time_used": Answer(
        422,
        _("This code was used before."),
        _("Wait until the app shows the next one. That takes 30 seconds at most."),
    ),
}
_PASSKEY = {
    "passkey_refused": Answer(
        422,
        _("The passkey was not accepted."),
        _("Try again. If it happens again, choose another way or come to the counter."),
    ),
    "passkey_too_late": Answer(
        409,
        _("Too much time passed since the passkey was asked for."),
        _("Press the button again."),
    ),
    "unknown_passkey": Answer(
        404,
        _("There is no such passkey among yours."),
        _("Choose another one, or another way."),
    ),
    "passkey_nameless": Answer(
        422,
        _("A passkey needs a name of 1 to 40 characters."),
        _("Type a name by which you recognise the device, such as My phone."),
    ),
    "passkey_known": Answer(
        409,
        _("This passkey is registered already."),
        _("Choose another device, or leave it as it is."),
    ),
    "enough_passkeys": Answer(
        409,
        _("You have ten passkeys, which is the most you can have."),
        _("Remove one that you no longer use."),
    ),
    "no_passkeys_here": Answer(
        409,
        _("This centre is opened by a number, and passkeys need a name."),
        _("Choose another way, or open the centre by its name."),
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
}
CARD_ANSWERS: Final[Mapping[str, Answer]] = MappingProxyType(
    {**_CARD, **_ONE_TIME, **_PASSKEY}
)
