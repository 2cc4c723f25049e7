"""The call and the page that verify."""

import base64
from typing import Any, Final

from flask import Blueprint, Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from mobile_bridge.languages import Translator
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import release_connection, session
from webapp.pki.services.certificates import ServiceKind
from webapp.relying.api_keys.callers import (
    CALLS_WITHOUT_KEY,
    caller,
    calls_allowed,
    note_caller,
)
from webapp.relying.verification import openapi, sentences
from webapp.relying.verification.answers import to_fields
from webapp.relying.verification.call import MAX_BODY, read_call
from webapp.relying.verification.errors import NoFileError, NoSignatureError
from webapp.relying.verification.messages import ERROR_MESSAGES
from webapp.relying.verification.receipts import receipt_fields, sign_receipt
from webapp.relying.verification.service import current_verification, make_verification
from webapp.relying.verification.validation.requests import (
    VerificationRequest,
    request_for_files,
)
from webapp.relying.verification.validation.verdicts import Report
from webapp.web import error_handlers
from webapp.web.error_handlers import register_error_messages
from webapp.web.i18n import language
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import csrf

api = Blueprint("verification_api", __name__, url_prefix="/api/v1")
pages = Blueprint("verification", __name__)
_PAGE: Final = "verification.verify_file"


def init_app(app: Flask) -> None:
    """Register the call and the page, and start what verifies when it is needed."""
    ca = app.extensions["certferry.ca"]
    app.extensions["certferry.verification"] = make_verification(ca, ca.config)
    csrf.exempt(api)  # no cookie says who calls
    app.register_blueprint(api)
    app.register_blueprint(pages)
    register_error_messages(app, ERROR_MESSAGES)


@api.post("/verify")
@limiter.limit(calls_allowed, key_func=caller)
def verify() -> ResponseReturnValue:
    """Verify what is in the body; answer with a verdict, and a receipt on request."""
    note_caller()
    verification_request, wants_receipt = read_call()
    report = _verify(verification_request)
    fields = to_fields(report)
    if wants_receipt:
        fields["receipt"] = _receipt(report, verification_request)
    return jsonify(fields)


@api.get("/openapi.json")
def openapi_document() -> ResponseReturnValue:
    """The document of this call, OpenAPI 3.1."""
    config = current_ca().config
    title = gettext("%(centre)s: verification", centre=config.brand.name_in(language()))
    response: Response = jsonify(
        openapi.document(server=config.public_url, title=title)
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@pages.get("/verify")
def ask_file() -> str:
    """Show where a file is chosen."""
    return _page()


@pages.post("/verify")
@limiter.limit(CALLS_WITHOUT_KEY)
def verify_file() -> ResponseReturnValue:
    """Verify the chosen files and show the verdict."""
    contents = [file.read() for file in request.files.getlist("files")]
    try:
        report = _verify(request_for_files([one for one in contents if one]))
    except (NoFileError, NoSignatureError) as error:
        answer = error_handlers.error_message(error.code)
        return _page(refused=answer), answer.status
    names = [file.filename or "" for file in request.files.getlist("files")]
    return _page(report=report, file_names=names)


@pages.url_value_preprocessor
def _allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Here, since the guard against foreign forms reads the form before any view.
    if endpoint == _PAGE:
        request.max_content_length = MAX_BODY


def _verify(verification_request: VerificationRequest) -> Report:
    release_connection()  # reading the file takes longer than any question
    return current_verification().verify(session(), verification_request, utc_now())


def _receipt(report: Report, verification_request: VerificationRequest) -> str:
    ca, now = current_ca(), utc_now()
    fields = receipt_fields(
        report, verification_request, centre=ca.config.public_url, now=now
    )
    signer = ca.services.signer(ServiceKind.RECEIPT_SIGNER, now)
    return base64.b64encode(sign_receipt(fields, signer)).decode()


def _page(**context: Any) -> str:
    return render_template(
        "relying/verify.html",
        sentences=sentences,
        translator=Translator(language()),
        **{"report": None, "refused": None, "file_names": (), **context},
    )
