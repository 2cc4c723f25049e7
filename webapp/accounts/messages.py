"""What people read for the refusals of accounts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "sign_in_refused": ErrorMessage(
            401,
            _("The ID or the password is not right."),
            _("Check both and sign in again. Capital letters matter."),
        ),
        "sign_in_needed": ErrorMessage(
            401,
            _("You are no longer signed in."),
            _("Sign in again. What you have done so far is kept."),
        ),
        "account_locked": ErrorMessage(
            403,
            _("The counter locked this account."),
            _("Ask at the counter of your centre. Bring something with your name."),
        ),
        "password_change_needed": ErrorMessage(
            403,
            _("Choose your own password before you go on."),
            _("The first one was printed on paper, where others may have seen it."),
        ),
        "old_password_wrong": ErrorMessage(
            422,
            _("The current password is not right."),
            _("Type the password you signed in with. Capital letters matter."),
        ),
        "password_same": ErrorMessage(
            422,
            _("This is the password you have now."),
            _("Choose one that you have not used here."),
        ),
        "password_too_short": ErrorMessage(
            422,
            _("The new password is too short."),
            _("Choose one with 10 characters or more."),
        ),
        "password_too_easy": ErrorMessage(
            422,
            _("The new password is easy to guess."),
            _(
                "Leave out your ID, your name and your date of birth, and do not "
                "use only a row of keys or a date."
            ),
        ),
        "second_operator_needed": ErrorMessage(
            409,
            _(
                "The counter changed how you sign in or how you are reached. So no "
                "certificate is issued to you until %(until)s."
            ),
            _(
                "Try again after that. If it has to be sooner, ask at the counter: a "
                "second operator can agree. If you asked for no change, tell them now."
            ),
        ),
        "change_untold": ErrorMessage(
            409,
            _(
                "The counter changed how you sign in or how you are reached, and you "
                "could not be told. So no certificate is issued to you until a second "
                "operator agrees."
            ),
            _("Ask at the counter for it. If you asked for no change, tell them now."),
        ),
        "registration_unconfirmed": ErrorMessage(
            409,
            _(
                "You cannot get a certificate yet. You are registered, and one "
                "operator alone cannot vouch for you."
            ),
            _(
                "Ask at the counter: a second operator looks at your identity card "
                "and agrees. Then go on here."
            ),
        ),
        "password_common": ErrorMessage(
            422,
            _("Very many people use such a password, so it is tried first."),
            _("Choose another one, for example several words that nobody connects."),
        ),
        "passwords_differ": ErrorMessage(
            422,
            _("The two passwords differ."),
            _("Type the new password twice, the same both times."),
        ),
    }
)
