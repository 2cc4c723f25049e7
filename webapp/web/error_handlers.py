"""One line for each refusal: its HTTP status, its sentence and what to do next.

A page gets an error page, a script gets `{"code", "sentence", "next"}`. Anything not
listed is a fault of ours and a 500 with a code to quote, never with its cause.
"""

from collections.abc import Mapping
from datetime import datetime

import structlog
from flask import Flask, current_app, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp.exceptions import AppError, ErrorMessage
from webapp.pki.errors import PkiError
from webapp.web import login_session
from webapp.web.i18n import format_datetime
from webapp.web.rate_limits.attempts import seconds_to_wait

log = structlog.get_logger()
_TABLE = "certferry.error_messages"

ERROR_MESSAGES: dict[str, ErrorMessage] = {
    "too_many_attempts": ErrorMessage(
        429,
        _("There were too many attempts."),
        _("Wait for a while, then try again."),
    ),
    "csrf_refused": ErrorMessage(
        400,
        _("This page was open for too long, or was sent from elsewhere."),
        _("Reload the page and do the last step again."),
    ),
    "other_origin": ErrorMessage(
        403,
        _("Another site sent this, not a page of this centre. Nothing was done."),
        _("Open the centre by its own address and do the step again there."),
    ),
    "unknown_page": ErrorMessage(
        404,
        _("There is no such page here."),
        _("Go back to the first page and choose again."),
    ),
    "wrong_method": ErrorMessage(
        405,
        _("That cannot be done at this address."),
        _("Go back to the first page and choose again."),
    ),
    "too_large": ErrorMessage(
        413, _("What was sent is too large."), _("Reload the page and try again.")
    ),
    "bad_request": ErrorMessage(
        400,
        _("The centre could not read what was sent."),
        _("Reload the page and try again."),
    ),
    "length_required": ErrorMessage(
        411,
        _("What was sent does not say how long it is."),
        _("Reload the page and try again."),
    ),
    "fault": ErrorMessage(
        500,
        _("Something went wrong on our side. Nothing of yours is lost."),
        _("Try again in a moment. If it happens again, tell us the code below."),
    ),
    "busy": ErrorMessage(
        503,
        _("The centre is busy for a moment."),
        _("Try again in a moment. What you have done so far is kept."),
    ),
    "cannot_issue": ErrorMessage(
        503, _("This centre cannot issue at the moment."), _("Try again in a moment.")
    ),
    "cannot_sign": ErrorMessage(
        503,
        _("This centre has no key to sign this with at the moment."),
        _("Try again in a few minutes. Nothing of yours was changed."),
    ),
}
# Said in the place of csrf_refused where the cookie itself did not come.
NO_COOKIE = ErrorMessage(
    400,
    _(
        "The browser sent no cookie of this centre: it keeps none, or this page was "
        "open for too long."
    ),
    _(
        "Reload the page and do the last step again. If it happens again, "
        "allow cookies for this address in the settings of the browser."
    ),
)
DB_DOWN_CODES = (
    "fault",
    "busy",
    "cannot_issue",
)  # said when the database may be out of reach
STATUS_CODES = {
    400: "bad_request",
    404: "unknown_page",
    405: "wrong_method",
    411: "length_required",
    413: "too_large",
    429: "too_many_attempts",
}


def init_app(app: Flask) -> None:
    """Answer every refusal by the table, which each package adds its own lines to."""
    app.extensions[_TABLE] = dict(ERROR_MESSAGES)
    for kind in (AppError, PkiError):
        app.register_error_handler(kind, handle_app_error)
    app.register_error_handler(CSRFError, handle_csrf_error)
    app.register_error_handler(HTTPException, handle_http_exception)
    app.register_error_handler(Exception, internal_error)


def register_error_messages(app: Flask, messages: Mapping[str, ErrorMessage]) -> None:
    """Add what people read for the refusals of a package, by code.

    Raises:
        ValueError: another package has a code of that name.
    """
    table: dict[str, ErrorMessage] = app.extensions[_TABLE]
    if twice := table.keys() & messages.keys():
        raise ValueError(f"two messages for {', '.join(sorted(twice))}")
    table.update(messages)


def error_messages() -> Mapping[str, ErrorMessage]:
    """Return the messages of the running application, by code."""
    table: Mapping[str, ErrorMessage] = current_app.extensions[_TABLE]
    return table


def error_message(code: str) -> ErrorMessage:
    """Return the message of a refusal; of one that has none, that of a fault."""
    return error_messages().get(code, ERROR_MESSAGES["fault"])


def error_response(
    code: str,
    status: int | None = None,
    details: Mapping[str, object] | None = None,
    *,
    retry_after: int = 0,
) -> ResponseReturnValue:
    """Return the refusal `code` as a page or, for a script, as JSON.

    `retry_after` are seconds, told to programs too (RFC 9110 10.2.3); 0: unknown.
    """
    message = with_details(error_message(code), details or {})
    return _respond(code, message, status or message.status, retry_after)


def _respond(
    code: str, message: ErrorMessage, status: int, retry_after: int = 0
) -> ResponseReturnValue:
    g.refusal_code = code  # counted (webapp/monitoring/counters.py)
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if wants_html():
        return _page(code, message), status, headers
    body = {"code": code, "sentence": str(message.message), "next": str(message.hint)}
    return jsonify(body), status, headers


def with_details(message: ErrorMessage, details: Mapping[str, object]) -> ErrorMessage:
    """Return a refusal whose sentences name what it is about."""
    if not details:
        return message
    values = {
        name: format_datetime(value) if isinstance(value, datetime) else value
        for name, value in details.items()
    }
    sentence, hint = str(message.message) % values, str(message.hint) % values
    return ErrorMessage(message.status, sentence, hint)


def message_of(error: AppError) -> ErrorMessage:
    """Return what people read for a refusal."""
    return with_details(error_message(error.code), error.details)


def wants_html() -> bool:
    """Tell whether a person navigated here, rather than a script."""
    return request.accept_mimetypes.best_match(
        ["application/json", "text/html"], default="application/json"
    ) == "text/html" and not request.path.startswith(("/pki/", "/api/"))


def _page(code: str, message: ErrorMessage) -> str:
    if code not in DB_DOWN_CODES:
        return render_template("errors/error.html", code=code, answer=message)
    # Flask's own way asks who is signed in, which may be what just failed.
    template = current_app.jinja_env.get_template("errors/error.html")
    nobody = AnonymousUserMixin()
    return template.render(code=code, answer=message, current_user=nobody)


def handle_app_error(error: Exception) -> ResponseReturnValue:
    """Answer what was refused."""
    code: str = error.code  # type: ignore[attr-defined]
    log.info("refused", code=code)
    return error_response(
        code,
        details=getattr(error, "details", None),
        retry_after=getattr(error, "retry_after", 0),
    )


def handle_csrf_error(_error: Exception) -> ResponseReturnValue:
    """Show the form again that is too old, or whose session has ended.

    Where no page of ours can be shown, say that the token is missing, or that the
    cookie is, which holds it.
    """
    back = login_session.page_of_form() if wants_html() else None
    if back:
        log.info("refused", code="csrf_refused")
        return redirect(back, 303)
    is_cookie_here = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    message = ERROR_MESSAGES["csrf_refused"] if is_cookie_here else NO_COOKIE
    return _respond("csrf_refused", message, message.status)


def handle_http_exception(error: HTTPException) -> ResponseReturnValue:
    """Answer what Flask refused, in our words."""
    if error.code is None or error.code < 400:
        return error.get_response()
    if isinstance(error, InternalServerError):
        return error_response("fault")
    code = STATUS_CODES.get(error.code, "bad_request")
    if code == "too_many_attempts":
        seconds = seconds_to_wait()
        return _respond(code, _too_many_attempts(seconds), error.code, seconds)
    return error_response(code, error.code)


def _too_many_attempts(seconds: int) -> ErrorMessage:
    """Say for how long somebody has to wait, where that is known."""
    message, minutes = ERROR_MESSAGES["too_many_attempts"], -(-seconds // 60)
    if minutes == 0:
        return message
    hint = ngettext(
        "Wait for a minute, then try again.",
        "Wait for %(num)d minutes, then try again.",
        minutes,
    )
    return ErrorMessage(message.status, message.message, hint)


def internal_error(error: Exception) -> ResponseReturnValue:
    """Answer what nobody foresaw, and log where it was."""
    log_fault(error)
    return error_response("fault")


def log_fault(error: BaseException | None) -> None:
    """Log what nobody foresaw: its kind and place, and nothing that it says."""
    # A message may carry what must not be logged, or what a client wrote.
    trace = error.__traceback__ if error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    log.error("fault", kind=type(error).__name__, place=place)
