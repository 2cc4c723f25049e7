"""Sign in, sign out, choose a language."""

import structlog
from flask import (
    Blueprint,
    Flask,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from mobile_bridge.languages import LANGUAGES
from webapp.accounts import password_views
from webapp.accounts.messages import ERROR_MESSAGES
from webapp.accounts.service import (
    AccountError,
    check_password,
    end_sessions,
    note_failed_sign_in,
    password_hash_of,
    record_login,
)
from webapp.clock import utc_now
from webapp.db import release_connection, session, unit_of_work
from webapp.web import error_handlers, login_session
from webapp.web.i18n import set_language_cookie
from webapp.web.rate_limits.attempts import (
    SIGN_IN,
    account_rate_key,
    form_login_id,
    limiter,
    refund_rate_limit,
)
from webapp.web.security import client_details, forget_pages, run_in_thread

log = structlog.get_logger()
blueprint = Blueprint("accounts", __name__)
_GUESSES = {"sign_in_refused"}


def init_app(app: Flask) -> None:
    """Register the pages of accounts, and what people read for its refusals."""
    app.register_blueprint(blueprint)
    app.register_blueprint(password_views.blueprint)
    error_handlers.register_error_messages(app, ERROR_MESSAGES)


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form, or go on where a customer is signed in already."""
    if login_session.customer_signed_in():
        return redirect(_next())
    return render_template("accounts/sign_in.html", next=_next(), refused=None)


@blueprint.get("/sign-in/help")
def sign_in_help() -> ResponseReturnValue:
    """Say what to do without ID, password or account; the same to everybody."""
    return render_template("accounts/sign_in_help.html")


@blueprint.post("/sign-in")
@SIGN_IN.counted_by(account_rate_key)
@limiter.limit("30 per 10 minutes")  # counted first: few names for each address
def check_sign_in() -> ResponseReturnValue:
    """Sign in with ID and password."""
    login_id = form_login_id()
    password = request.form.get("password", "")
    stored_hash, client = password_hash_of(session(), login_id), client_details()
    release_connection()
    try:
        run_in_thread(check_password, password, stored_hash)
        with unit_of_work() as work:
            customer = record_login(work, login_id, stored_hash, utc_now(), client)
    except AccountError as error:
        log.info("refused", code=error.code)
        if error.code in _GUESSES:
            tries, now = SIGN_IN.counted(account_rate_key()), utc_now()
            with unit_of_work() as work:
                note_failed_sign_in(work, login_id, tries, client=client, now=now)
        return _again(error.code)
    refund_rate_limit()
    login_session.begin(customer, utc_now())
    return redirect(_next())


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign a customer out."""
    return sign_out_to(url_for("home.show"))


def sign_out_to(address: str) -> ResponseReturnValue:
    """Sign out everywhere: a copied cookie is of no use afterwards."""
    if current_user.is_authenticated:
        with unit_of_work() as work:
            end_sessions(work, current_user, utc_now())
    logout_user()
    cookie.clear()
    return forget_pages(make_response(redirect(address)))


@blueprint.post("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Remember a language and return to the same page."""
    answer = redirect(_next())
    if code in LANGUAGES:
        set_language_cookie(answer, code)
    return answer


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead a person to the form and a script to the refusal."""
    if not error_handlers.wants_html():
        return error_handlers.error_response("sign_in_needed")
    back = login_session.path_to_return_to("/")
    return redirect(url_for("accounts.sign_in", next=back))


def _again(code: str) -> ResponseReturnValue:
    page = render_template(
        "accounts/sign_in.html",
        next=_next(),
        refused=error_handlers.error_message(code),
        tries=SIGN_IN.tries(account_rate_key()) if code in _GUESSES else None,
    )
    return page, error_handlers.error_message(code).status


def _next() -> str:
    values = request.form if request.method == "POST" else request.args
    return login_session.local_path(values.get("next", "/"))
