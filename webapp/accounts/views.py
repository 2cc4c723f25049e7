"""Sign in, sign out, choose a language."""

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from mobile_bridge.languages import LANGUAGES
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
from webapp.web.i18n import remember_language
from webapp.web.security import (
    SIGN_IN,
    account_key,
    client_details,
    forget_pages,
    form_login_id,
    give_attempt_back,
    limiter,
    off_the_loop,
)

log = structlog.get_logger()
blueprint = Blueprint("accounts", __name__)
_GUESSES = {"sign_in_refused"}


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
@SIGN_IN.counted_by(account_key)
@limiter.limit("30 per 10 minutes")  # counted first: few names for each address
def check_sign_in() -> ResponseReturnValue:
    """Sign in with ID and password."""
    login_id = form_login_id()
    password = request.form.get("password", "")
    stored_hash, client = password_hash_of(session(), login_id), client_details()
    release_connection()
    try:
        off_the_loop(check_password, password, stored_hash)
        with unit_of_work() as work:
            customer = record_login(work, login_id, stored_hash, utc_now(), client)
    except AccountError as error:
        log.info("refused", code=error.code)
        if error.code in _GUESSES:
            tries, now = SIGN_IN.counted(account_key()), utc_now()
            with unit_of_work() as work:
                note_failed_sign_in(work, login_id, tries, client=client, now=now)
        return _again(error.code)
    give_attempt_back()
    login_session.begin(customer, utc_now())
    return redirect(_next())


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out everywhere: a copied cookie is of no use afterwards."""
    if current_user.is_authenticated:
        with unit_of_work() as work:
            end_sessions(work, current_user, utc_now())
    logout_user()
    cookie.clear()
    return forget_pages(make_response(redirect(url_for("certificates.home"))))


@blueprint.post("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Remember a language and return to the same page."""
    answer = redirect(_next())
    if code in LANGUAGES:
        remember_language(answer, code)
    return answer


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead a person to the form and a script to the refusal."""
    if not error_handlers.wants_page():
        return error_handlers.answer("sign_in_needed")
    back = login_session.path_to_return_to("/")
    return redirect(url_for("accounts.sign_in", next=back))


def _again(code: str) -> ResponseReturnValue:
    page = render_template(
        "accounts/sign_in.html",
        next=_next(),
        refused=error_handlers.ANSWERS[code],
        tries=SIGN_IN.tries(account_key()) if code in _GUESSES else None,
    )
    return page, error_handlers.ANSWERS[code].status


def _next() -> str:
    sent = request.form if request.method == "POST" else request.args
    return login_session.local_path(sent.get("next", "/"))
