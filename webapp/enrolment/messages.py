"""What people read for the refusals of applications."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

_START = _("Start a new application.")
ERROR_MESSAGES: Final[Mapping[str, ErrorMessage]] = MappingProxyType(
    {
        "unknown_application": ErrorMessage(
            404,
            _("We cannot find this application among yours."),
            _("Go to the first page and open your application there."),
        ),
        "application_expired": ErrorMessage(
            410,
            _("This application has ended, because 15 minutes passed without a step."),
            _START,
        ),
        "step_out_of_order": ErrorMessage(
            409,
            _("Another step comes before this one."),
            _("Continue at the step that is open."),
        ),
        "terms_not_accepted": ErrorMessage(
            422,
            _("A certificate needs your consent to the terms."),
            _("Read the terms and tick the first box."),
        ),
        "privacy_not_accepted": ErrorMessage(
            422,
            _("A certificate needs your consent to the use of your data."),
            _("Read what is kept and why, and tick the second box."),
        ),
        "identity_mismatch": ErrorMessage(
            422,
            _("This is not the date of birth registered for you."),
            _("Look at the year, the month and the day, then type them again."),
        ),
        "birth_date_unreadable": ErrorMessage(
            422,
            _("We cannot read this as a date. It did not count as a try."),
            _("Type year, month and day. For example 20010203 or 2001. 2. 3."),
        ),
        "who_mismatch": ErrorMessage(
            422,
            _("Something here differs from what is registered for you."),
            _("Check the date of birth, the account number and its PIN."),
        ),
        "account_unreadable": ErrorMessage(
            422,
            _("This is no account number, or no PIN of an account."),
            _(
                "Type digits only; the PIN has 4 to 8. Did a password manager fill "
                "them in? Empty the fields first. This did not count as a try."
            ),
        ),
        "who_locked": ErrorMessage(
            409,
            _("This check is locked, because it was wrong five times."),
            _("The counter of your centre unlocks it. Bring something with your name."),
        ),
        "no_account_registered": ErrorMessage(
            409,
            _("No account is registered for you at this centre."),
            _("Register it at the counter, then go on here."),
        ),
        "unknown_type": ErrorMessage(
            422,
            _("This centre has no such certificate."),
            _("Choose one of those shown."),
        ),
        "random_number_missing": ErrorMessage(
            422,
            _("The random number is missing that proves whose the certificate is."),
            _("Reload the page and try again. A new key is made then."),
        ),
        "random_number_outdated": ErrorMessage(
            409,
            _("This centre has a new key since the page was opened."),
            _("Reload the page and try again. A new key is made then."),
        ),
        "random_number_unreadable": ErrorMessage(
            400,
            _("The random number that proves whose the certificate is cannot be read."),
            _("Reload the page and try again. A new key is made then."),
        ),
        "application_used": ErrorMessage(
            409,
            _("A certificate has already been issued from this application."),
            _("You find it in your list of certificates."),
        ),
        "application_replaced": ErrorMessage(
            409,
            _("You opened another application after this one."),
            _("Go on there. You find it on the first page."),
        ),
        "application_declined": ErrorMessage(
            409,
            _("The counter declined this application."),
            _("Ask at the counter of your centre, or start a new application."),
        ),
        "application_overtaken": ErrorMessage(
            409,
            _("The certificate it was to continue was revoked or suspended meanwhile."),
            _("Nothing was issued. Look at that certificate on its own page."),
        ),
        "enough_of_type": ErrorMessage(
            409,
            _("You already have a usable certificate of this type."),
            _("Use that one, or re-issue it on its own page."),
        ),
    }
)
