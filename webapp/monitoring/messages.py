"""What people read for the refusals of this package."""

from flask_babel import lazy_gettext as _

from webapp.exceptions import ErrorMessage

ERROR_MESSAGES: dict[str, ErrorMessage] = {
    "metrics_refused": ErrorMessage(
        401,
        _("These figures are for whoever runs this centre."),
        _("Send the token of the settings, as Authorization: Bearer and the token."),
    ),
    "not_ready": ErrorMessage(
        503,
        _("Something that this centre needs is away at the moment."),
        _("Try again in a moment. Whoever runs this centre can see which part it is."),
    ),
}
