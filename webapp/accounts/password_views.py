"""A customer's own account: the password, and the one page that a first one opens."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.models import Customer
from webapp.accounts.password_hash import hash_password
from webapp.accounts.password_policy import (
    PasswordRuleError,
    known_facts,
    validate_password,
)
from webapp.accounts.service import (
    AccountError,
    OldPasswordError,
    PasswordChangeNeededError,
    SignInRefusedError,
    check_password,
    replace_password,
    require_different,
)
from webapp.clock import utc_now
from webapp.db import release_connection, unit_of_work
from webapp.values.remaining_attempts import TriesLeft
from webapp.web import error_handlers, login_session
from webapp.web.rate_limits.attempts import OWN_PASSWORD, refund_rate_limit
from webapp.web.security import customer_required, run_in_thread

blueprint = Blueprint("account", __name__)
# Open to whoever still has to choose a password: leaving, a language, and what is
# there for anybody anyway.
_EXEMPT_ENDPOINTS = {
    "account.password",
    "account.choose_password",
    "accounts.sign_out",
    "certificates.leave",
    "accounts.choose_language",
    "static",
    "localized_script",
}
_PUBLIC_BLUEPRINTS = {"publication", "bridge", "site_files"}


@blueprint.before_app_request
def require_own_password() -> ResponseReturnValue | None:
    """Lead a customer with a printed password to the page where another is chosen."""
    if request.endpoint in _EXEMPT_ENDPOINTS or request.blueprint in _PUBLIC_BLUEPRINTS:
        return None
    if not login_session.customer_signed_in():
        return None
    if not current_user.must_change_password:
        return None
    if request.method == "GET" and error_handlers.wants_html():
        return redirect(url_for("account.password"))
    raise PasswordChangeNeededError


@blueprint.get("/me/password")
@customer_required
def password() -> ResponseReturnValue:
    """Show where a password of one's own is chosen."""
    return _page()


@blueprint.get("/me/password/changed")
@customer_required
def password_changed() -> ResponseReturnValue:
    """Say that it is changed, and what that means."""
    return render_template("accounts/password_changed.html")


@blueprint.post("/me/password")
@customer_required
@OWN_PASSWORD.counted_by(lambda: str(current_user.id))
def choose_password() -> ResponseReturnValue:
    """Take a new password; every other session of this person ends."""
    try:
        customer = _replaced()
    except (AccountError, PasswordRuleError) as refused:
        if not isinstance(refused, OldPasswordError):
            refund_rate_limit()  # it was no guess
        return _page(refused.code)
    refund_rate_limit()
    login_session.go_on(customer)
    return redirect(url_for("account.password_changed"))


def _replaced() -> Customer:
    new = request.form.get("new", "")
    validate_password(
        new,
        request.form.get("again", ""),
        login_id=current_user.login_id,
        birth_date=current_user.birth_date,
        names=_names(),
    )
    id_, current = current_user.id, current_user.password_hash
    asks_old = _asks_old()
    release_connection()  # others use it while passwords are compared
    if asks_old:
        _require_old(request.form.get("old", ""), current)
    run_in_thread(require_different, new, current)
    new_hash, now = run_in_thread(hash_password, new), utc_now()
    with unit_of_work() as work:
        return replace_password(
            work, id_, current_hash=current, new_hash=new_hash, now=now
        )


def _names() -> tuple[str, str]:
    return current_user.name, current_user.latin_name


def _asks_old() -> bool:
    # The printed one was typed just now, unless nothing was typed to sign in.
    return login_session.is_without_password() or not current_user.must_change_password


def _require_old(old: str, stored_hash: str) -> None:
    try:
        run_in_thread(check_password, old, stored_hash)
    except SignInRefusedError:
        raise OldPasswordError from None


def _page(refused: str | None = None) -> ResponseReturnValue:
    answer = error_handlers.error_message(refused) if refused else None
    page = render_template(
        "accounts/password.html",
        refused=answer,
        wrong=_FIELDS.get(refused or "", "new"),
        forced=current_user.must_change_password,
        asks_old=_asks_old(),
        # Not the date of birth: it is asked for to show who somebody is.
        known=known_facts(current_user.login_id, None, _names()),
        tries=_tries() if refused == OldPasswordError.code else None,
    )
    return page, answer.status if answer else 200


def _tries() -> TriesLeft | None:
    return OWN_PASSWORD.tries(str(current_user.id))


# Which field is to be looked at again.
_FIELDS = {"old_password_wrong": "old", "passwords_differ": "again"}
