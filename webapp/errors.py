"""One line for each refusal: its HTTP status, its sentence and what to do next.

A page gets an error page, a script gets `{"code", "sentence", "next"}`. Anything not
listed is a fault of ours and a 500 with a code to quote, never with its cause.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp.accounts.service import AccountError
from webapp.applications.service import ApplicationError
from webapp.certificates.errors import CertificateError
from webapp.pki.errors import PkiError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a refusal says; the sentences are translated when they are read."""

    status: int
    sentence: Any
    next: Any


_RETRY_KEY = _("Reload the page. The browser makes a new key.")
_START = _("Start a new application.")
ANSWERS: dict[str, Answer] = {
    "sign_in_refused": Answer(
        401,
        _("The ID or the password is not right."),
        _("Check both and sign in again. Capital letters matter."),
    ),
    "too_many_attempts": Answer(
        429,
        _("There were too many attempts."),
        _("Wait ten minutes, then try again."),
    ),
    "sign_in_needed": Answer(
        401,
        _("You are no longer signed in."),
        _("Sign in again. What you have done so far is kept."),
    ),
    "csrf_refused": Answer(
        400,
        _("This page was open for too long, or was sent from elsewhere."),
        _("Reload the page and do the last step again."),
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
    "fault": Answer(
        500,
        _("Something broke on our side. Nothing of yours is lost."),
        _("Try again in a moment. If it stays, tell us the code below."),
    ),
    "unknown_application": Answer(
        404,
        _("We cannot find this application among yours."),
        _("Go to the first page and open your application there."),
    ),
    "application_expired": Answer(
        410,
        _("This application has ended, because 15 minutes passed without a step."),
        _START,
    ),
    "step_out_of_order": Answer(
        409,
        _("Another step comes before this one."),
        _("Continue at the step that is open."),
    ),
    "terms_not_accepted": Answer(
        422,
        _("A certificate needs your consent to the terms."),
        _("Read the terms and tick the box below them."),
    ),
    "identity_mismatch": Answer(
        422,
        _("This is not the date of birth registered for you."),
        _("Type eight digits: year, month, day. For example 20010203."),
    ),
    "unknown_type": Answer(
        422, _("This centre has no such certificate."), _("Choose one of those shown.")
    ),
    "application_used": Answer(
        409,
        _("A certificate has already been issued from this application."),
        _("You find it in your list of certificates."),
    ),
    "idempotency_key_missing": Answer(
        400,
        _("The request carries no idempotency key."),
        _("Send 16 to 64 letters, digits, - or _ as Idempotency-Key."),
    ),
    "idempotency_mismatch": Answer(
        409,
        _("This idempotency key belongs to another request."),
        _("Send a new idempotency key with a new request."),
    ),
    "unknown_certificate": Answer(
        404,
        _("We cannot find this certificate among yours."),
        _("Look in your list of certificates."),
    ),
    "unknown_place": Answer(
        422,
        _("A certificate cannot be kept there."),
        _("Choose one of the places shown."),
    ),
    "request_too_large": Answer(
        400, _("The signing request is larger than any real one."), _RETRY_KEY
    ),
    "request_is_pem": Answer(
        400,
        _("The signing request is PEM text; this address takes DER."),
        _("Send the bytes between the BEGIN and END lines, base64-decoded."),
    ),
    "request_malformed": Answer(
        400, _("The signing request is not well-formed PKCS#10."), _RETRY_KEY
    ),
    "signature_algorithm": Answer(
        400,
        _("The signing request is signed in a way that is no longer safe."),
        _("Sign it with SHA-256 or stronger."),
    ),
    "proof_of_possession": Answer(
        400, _("The signing request is not signed by the key it carries."), _RETRY_KEY
    ),
    "key_unsupported": Answer(
        400,
        _("This centre does not certify keys of this kind."),
        _("Use RSA with 2048, 3072 or 4096 bits, P-256 or P-384."),
    ),
    "key_kind": Answer(
        400,
        _("The chosen certificate wants a key of another kind."),
        _("Go back to the type, choose again, and let the browser make a new key."),
    ),
    "key_exponent": Answer(
        400, _("The RSA key has an exponent other than 65537."), _RETRY_KEY
    ),
    "key_weak": Answer(
        400,
        _("The key can be guessed, so it is not certified."),
        _("Update the browser or device that made it, then make a new key."),
    ),
    "holder_invalid": Answer(
        422,
        _("Your registered name cannot be written into a certificate."),
        _("Ask the centre to put it right at the counter."),
    ),
    "name_too_long": Answer(
        422,
        _("Your registered name is too long for a certificate."),
        _("Ask the centre for a shorter way of writing it."),
    ),
    "authority_expires_first": Answer(
        503,
        _("This centre's own certificate ends too soon to issue one for a year."),
        _("Tell the operator of this centre. What you have done so far is kept."),
    ),
    "key_seen": Answer(
        409,
        _("This key stands in another certificate. A key is certified only once."),
        _RETRY_KEY,
    ),
    "step_not_ready": Answer(
        503,
        _("This centre asks for a check that it cannot do yet."),
        _("Tell the operator of this centre. What you have done so far is kept."),
    ),
    "busy": Answer(
        503,
        _("The centre is busy for a moment."),
        _("Try again in a moment. What you have done so far is kept."),
    ),
    "cannot_issue": Answer(
        503, _("This centre cannot issue at the moment."), _("Try again in a moment.")
    ),
}
BROKEN = ("fault", "busy", "cannot_issue")  # said when the database may be out of reach
STATUS_CODES = {
    400: "bad_request",
    404: "unknown_page",
    405: "wrong_method",
    413: "too_large",
    429: "too_many_attempts",
}


def init_app(app: Flask) -> None:
    """Answer every refusal by the table."""
    for kind in (AccountError, ApplicationError, CertificateError, PkiError):
        app.register_error_handler(kind, _refused)
    app.register_error_handler(CSRFError, lambda _error: answer("csrf_refused"))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, fault)


def answer(code: str, status: int | None = None) -> ResponseReturnValue:
    """Return the refusal `code` as a page or, for a script, as JSON."""
    found = ANSWERS.get(code, ANSWERS["fault"])
    status = status or found.status
    if wants_page():
        return _page(code, found), status
    body = {"code": code, "sentence": str(found.sentence), "next": str(found.next)}
    return jsonify(body), status


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
    return answer(code)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    if isinstance(error, InternalServerError):
        return answer("fault")
    code = STATUS_CODES.get(error.code, "bad_request")
    return answer(code, error.code)


def fault(error: Exception) -> ResponseReturnValue:
    """Answer what nobody foresaw, and log where it was."""
    # The kind and place only: a message may carry what must not be logged.
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    log.error("fault", kind=type(error).__name__, place=place)
    return answer("fault")
