"""The pages of the sign-in with a certificate, on the phone or in the same browser.

Whoever waits at `/ask/<id>` comes back here. Nobody is signed in by a link: a form of
this browser, which asked, takes the approval, once.
"""

import secrets
from typing import Final

import structlog
from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from webapp.authenticators.step_up.rules import Kind
from webapp.authenticators.views import step_up
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.exceptions import AppError
from webapp.relying.asking import service as asking
from webapp.relying.asking.errors import RequestUnknownError
from webapp.relying.asking.openers import Opener, register_opener
from webapp.relying.asking.request_context import asking_browser
from webapp.relying.asking.rules import State
from webapp.relying.asking.waiting import begin_waiting, is_waiting
from webapp.relying.centre_sign_in import service
from webapp.web import error_handlers, login_session
from webapp.web.branding import spoken_brand
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import client_details

log = structlog.get_logger()
blueprint = Blueprint(
    "certificate_sign_in", __name__, url_prefix="/sign-in/certificate"
)
_NEXT: Final = "certificate_sign_in"  # of this browser's newest request: id and path


def init_app(app: Flask) -> None:
    """Register the pages, and that the centre itself asks."""
    app.register_blueprint(blueprint)
    opener = Opener(name=service.OPENER, next_address=_address_of)
    register_opener(app, opener)


@blueprint.post("")
@limiter.limit("30 per 10 minutes")
def ask() -> ResponseReturnValue:
    """Ask for a signature, and wait for it."""
    path = login_session.local_path(request.form.get("next", "/"))
    if login_session.customer_signed_in():
        return redirect(path, 303)
    with unit_of_work() as work:
        asked = service.ask(
            work,
            spoken_brand().name,
            current_ca().config.public_url,
            browser=asking_browser(),
            random=secrets.token_bytes,
            now=utc_now(),
        )
    cookie[_NEXT] = [asked.request_id, path]
    return redirect(begin_waiting(asked.request_id), 303)


@blueprint.get("/<request_id>")
def show(request_id: str) -> ResponseReturnValue:
    """Sign in who approved; lead back to the form where nobody did."""
    if not is_waiting(request_id):
        return redirect(url_for("accounts.sign_in", next=_path(request_id)))
    state = asking.state_of(session(), request_id, utc_now())
    if state.is_open:
        return redirect(url_for("asking_waiting.wait", request_id=request_id))
    if state is not State.APPROVED:
        return redirect(url_for("accounts.sign_in", next=_path(request_id)))
    return render_template("relying/centre_sign_in.html", request_id=request_id)


@blueprint.post("/<request_id>")
@limiter.limit("30 per 10 minutes")
def finish(request_id: str) -> ResponseReturnValue:
    """Begin the session of who approved, in the browser that asked."""
    path = _path(request_id)
    try:
        if not is_waiting(request_id):
            raise RequestUnknownError
        with unit_of_work() as work:
            customer = service.sign_in(
                work, request_id, client=client_details(), now=utc_now()
            )
    except AppError as refused:
        log.info("refused", code=refused.code)
        return _sign_in_page(path, refused.code)
    login_session.begin(customer, utc_now(), by_password=False)
    step_up.note(Kind.SIGNATURE)
    return redirect(path, 303)


def _sign_in_page(path: str, code: str) -> ResponseReturnValue:
    message = error_handlers.error_message(code)
    page = render_template(
        "accounts/sign_in.html", next=path, refused=message, is_without_id=True
    )
    return page, message.status


def _address_of(request_id: str) -> str:
    return url_for("certificate_sign_in.show", request_id=request_id)


def _path(request_id: str) -> str:
    """Return where this browser wanted to go when it asked; else the first page."""
    match cookie.get(_NEXT):
        case [str(id_), str(path)] if id_ == request_id:
            return login_session.local_path(path)
    return "/"
