"""One line for each refusal: its HTTP status, its sentence and what to do next.

A page gets an error page, a script gets `{"code", "sentence", "next"}`. Anything not
listed is a fault of ours and a 500 with a code to quote, never with its cause.
"""

from collections.abc import Mapping
from datetime import datetime

import structlog
from flask import Flask, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp.accounts import messages as accounts
from webapp.authenticators import messages as identity
from webapp.billing import messages as payments
from webapp.certificates import messages as certificates
from webapp.enrolment import messages as applications
from webapp.exceptions import Answer, RefusedError
from webapp.pki.errors import PkiError
from webapp.ra import messages as counter
from webapp.web import login_session
from webapp.web.i18n import moment
from webapp.web.security import seconds_to_wait

log = structlog.get_logger()


ANSWERS: dict[str, Answer] = {
    "too_many_attempts": Answer(
        429,
        _("There were too many attempts."),
        _("Wait for a while, then try again."),
    ),
    "csrf_refused": Answer(
        400,
        _("This page was open for too long, or was sent from elsewhere."),
        _("Reload the page and do the last step again."),
    ),
    "other_origin": Answer(
        403,
        _("Another site sent this, not a page of this centre. Nothing was done."),
        _("Open the centre by its own address and do the step again there."),
    ),
    "unknown_page": Answer(
        404,
        _("There is no such page here."),
        _("Go back to the first page and choose again."),
    ),
    "wrong_method": Answer(
        405,
        _("That cannot be done at this address."),
        _("Go back to the first page and choose again."),
    ),
    "too_large": Answer(
        413, _("What was sent is too large."), _("Reload the page and try again.")
    ),
    "bad_request": Answer(
        400,
        _("The centre could not read what was sent."),
        _("Reload the page and try again."),
    ),
    "length_required": Answer(
        411,
        _("What was sent does not say how long it is."),
        _("Reload the page and try again."),
    ),
    "fault": Answer(
        500,
        _("Something went wrong on our side. Nothing of yours is lost."),
        _("Try again in a moment. If it happens again, tell us the code below."),
    ),
    "busy": Answer(
        503,
        _("The centre is busy for a moment."),
        _("Try again in a moment. What you have done so far is kept."),
    ),
    "cannot_issue": Answer(
        503, _("This centre cannot issue at the moment."), _("Try again in a moment.")
    ),
    **accounts.ANSWERS,
    **applications.ANSWERS,
    **certificates.ANSWERS,
    **counter.ANSWERS,
    **identity.ANSWERS,
    **payments.ANSWERS,
}
# Said in the place of csrf_refused where the cookie itself did not come.
NO_COOKIE = Answer(
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
BROKEN = ("fault", "busy", "cannot_issue")  # said when the database may be out of reach
STATUS_CODES = {
    400: "bad_request",
    404: "unknown_page",
    405: "wrong_method",
    411: "length_required",
    413: "too_large",
    429: "too_many_attempts",
}


def init_app(app: Flask) -> None:
    """Answer every refusal by the table."""
    for kind in (RefusedError, PkiError):
        app.register_error_handler(kind, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, fault)


def answer(
    code: str,
    status: int | None = None,
    details: Mapping[str, object] | None = None,
) -> ResponseReturnValue:
    """Return the refusal `code` as a page or, for a script, as JSON."""
    found = filled_in(ANSWERS.get(code, ANSWERS["fault"]), details or {})
    return _answer(code, found, status or found.status)


def _answer(code: str, found: Answer, status: int) -> ResponseReturnValue:
    if wants_page():
        return _page(code, found), status
    body = {"code": code, "sentence": str(found.sentence), "next": str(found.next)}
    return jsonify(body), status


def filled_in(found: Answer, details: Mapping[str, object]) -> Answer:
    """Return a refusal whose sentences name what it is about."""
    if not details:
        return found
    values = {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in details.items()
    }
    sentence, following = str(found.sentence) % values, str(found.next) % values
    return Answer(found.status, sentence, following)


def wants_page() -> bool:
    """Tell whether a person navigated here, rather than a script."""
    return request.accept_mimetypes.best_match(
        ["application/json", "text/html"], default="application/json"
    ) == "text/html" and not request.path.startswith("/pki/")


def _page(code: str, found: Answer) -> str:
    if code not in BROKEN:
        return render_template("errors/error.html", code=code, answer=found)
    # Flask's own way asks who is signed in, which may be what just failed.
    template = current_app.jinja_env.get_template("errors/error.html")
    nobody = AnonymousUserMixin()
    return template.render(code=code, answer=found, current_user=nobody)


def _refused(error: Exception) -> ResponseReturnValue:
    code: str = error.code  # type: ignore[attr-defined]
    log.info("refused", code=code)
    return answer(code, details=getattr(error, "details", None))


def _csrf(_error: Exception) -> ResponseReturnValue:
    """Show the form again that is too old, or whose session has ended.

    Where no page of ours can be shown, say that the token is missing, or that the
    cookie is, which holds it.
    """
    back = login_session.page_of_form() if wants_page() else None
    if back:
        log.info("refused", code="csrf_refused")
        return redirect(back, 303)
    is_cookie_here = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    found = ANSWERS["csrf_refused"] if is_cookie_here else NO_COOKIE
    return _answer("csrf_refused", found, found.status)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    if isinstance(error, InternalServerError):
        return answer("fault")
    code = STATUS_CODES.get(error.code, "bad_request")
    if code == "too_many_attempts":
        return _answer(code, _too_many(), error.code)
    return answer(code, error.code)


def _too_many() -> Answer:
    """Say for how long somebody has to wait, where that is known."""
    found, minutes = ANSWERS["too_many_attempts"], -(-seconds_to_wait() // 60)
    if minutes == 0:
        return found
    following = ngettext(
        "Wait for a minute, then try again.",
        "Wait for %(num)d minutes, then try again.",
        minutes,
    )
    return Answer(found.status, found.sentence, following)


def fault(error: Exception) -> ResponseReturnValue:
    """Answer what nobody foresaw, and log where it was."""
    log_fault(error)
    return answer("fault")


def log_fault(error: BaseException | None) -> None:
    """Log what nobody foresaw: its kind and place, and nothing that it says."""
    # A message may carry what must not be logged, or what a client wrote.
    trace = error.__traceback__ if error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    log.error("fault", kind=type(error).__name__, place=place)
