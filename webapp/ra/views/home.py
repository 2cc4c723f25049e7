"""The counter's first page, signing in and out, and the log."""

from collections.abc import Callable

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from webapp.accounts.context import current_second_operator_rule
from webapp.accounts.password_hash import hash_password
from webapp.accounts.service import SignInRefusedError, check_password
from webapp.accounts.views import sign_out_to
from webapp.billing.service import open_charges
from webapp.clock import utc_now
from webapp.db import release_connection, session, unit_of_work
from webapp.exceptions import AppError
from webapp.ra import held_acts
from webapp.ra.access import (
    CAN_VIEW,
    blueprint,
    counter_path,
    current_operator,
    log,
    render,
    role_required,
)
from webapp.ra.approvals import account_confirmations, applications
from webapp.ra.certificates import bar_chart, statistics
from webapp.ra.operators import sign_in as service
from webapp.ra.operators.passwords import require_fresh
from webapp.ra.views import factors
from webapp.values.remaining_attempts import TriesLeft
from webapp.web import error_handlers, login_session
from webapp.web.rate_limits.attempts import (
    OPERATOR_PASSWORD,
    OPERATOR_SIGN_IN,
    account_rate_key_for,
    form_login_id,
    limiter,
    refund_rate_limit,
)
from webapp.web.security import client_details, run_in_thread

FEW = 5


def _password_key() -> str:
    """Count attempts by who is signed in; anybody else has no password to change."""
    return (
        str(current_operator().id) if login_session.operator_signed_in() else "nobody"
    )


@blueprint.get("")
@role_required(CAN_VIEW)
def home() -> ResponseReturnValue:
    """Show what waits, and how much was issued."""
    now, span = utc_now(), _span()
    return render(
        "home",
        waiting=applications.list_pending(session(), now, limit=FEW + 1),
        charges=open_charges(session(), limit=FEW + 1),
        held=account_confirmations.count_held(
            session(), current_second_operator_rule(), now
        )
        + held_acts.count(session(), now),
        few=FEW,
        today=statistics.count_today(session(), now),
        span=span,
        picture=bar_chart.draw(statistics.count(session(), span, now)),
    )


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form, or go on where an operator is signed in already."""
    if login_session.operator_signed_in():
        return redirect(_next())
    return render("sign_in", next=_next(), refused=None)


@blueprint.post("/sign-in")
@OPERATOR_SIGN_IN.counted_by(lambda: account_rate_key_for(form_login_id()))
@limiter.limit("30 per 10 minutes")  # counted first: few names for each address
def check_sign_in() -> ResponseReturnValue:
    """Sign an operator in with ID and password."""
    login_id = form_login_id()
    password_hash = service.password_hash_of(session(), login_id)
    try:
        run_in_thread(check_password, request.form.get("password", ""), password_hash)
        with unit_of_work() as work:
            operator = service.operator_for_password(work, login_id, password_hash)
            needs_factor = factors.asks_factor(operator)
            if not needs_factor:
                service.record_sign_in(work, operator, utc_now(), client_details())
    except SignInRefusedError as error:
        log.info("refused", code=error.code)
        if error.code in _TRIES:
            tries = OPERATOR_SIGN_IN.counted(account_rate_key_for(login_id))
            client, now = client_details(), utc_now()
            with unit_of_work() as work:
                service.record_failed_sign_in(
                    work, login_id, tries, client=client, now=now
                )
        return _again("sign_in", error.code)
    refund_rate_limit()
    if needs_factor:
        return factors.begin(operator, _next())
    login_session.begin(operator, utc_now())
    return redirect(factors.offer_or(_next()))


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign an operator out."""
    return sign_out_to(url_for("ra.sign_in"))


@blueprint.get("/password")
def password() -> ResponseReturnValue:
    """Show the form for a new password; at first nothing else is open."""
    if not login_session.operator_signed_in():
        return redirect(url_for("ra.sign_in"))
    return render("password", refused=None)


@blueprint.post("/password")
@OPERATOR_PASSWORD.counted_by(_password_key)
@limiter.limit("30 per 10 minutes")
def choose_password() -> ResponseReturnValue:
    """Store a new password, known to nobody else."""
    if not login_session.operator_signed_in():
        return redirect(url_for("ra.sign_in"))
    new, password_hash = _fresh_password(), current_operator().password_hash
    login_id, name = current_operator().login_id, current_operator().name
    release_connection()
    try:
        run_in_thread(check_password, request.form.get("old", ""), password_hash)
        require_fresh(
            new,
            request.form.get("again", ""),
            request.form.get("old"),
            login_id=login_id,
            name=name,
        )
        hashed = run_in_thread(hash_password, new)
        with unit_of_work() as work:
            service.choose_password(
                work, current_operator(), was=password_hash, new=hashed, now=utc_now()
            )
    except AppError as error:
        if not isinstance(error, SignInRefusedError):
            refund_rate_limit()  # it was no guess
        return _again("password", _own_code(error.code))
    refund_rate_limit()
    login_session.go_on(current_operator())
    done = url_for("ra.home", done="password")
    return redirect(factors.offer_or(done))


def _again(template: str, code: str) -> ResponseReturnValue:
    answer = error_handlers.error_message(code)
    tries = _TRIES[code]() if code in _TRIES else None
    return render(template, next=_next(), refused=answer, tries=tries), answer.status


_TRIES: dict[str, Callable[[], TriesLeft | None]] = {
    "sign_in_refused": lambda: OPERATOR_SIGN_IN.tries(
        account_rate_key_for(form_login_id())
    ),
    "old_password": lambda: OPERATOR_PASSWORD.tries(_password_key()),
}


def _own_code(code: str) -> str:
    # Of somebody who is signed in, only the old password can be wrong.
    return "old_password" if code == SignInRefusedError.code else code


def _fresh_password() -> str:
    return request.form.get("fresh", "")


def _span() -> statistics.Interval:
    span = request.args.get("span", "")
    is_interval = span in tuple(statistics.Interval)
    return statistics.Interval(span) if is_interval else statistics.Interval.DAY


def _sent() -> MultiDict[str, str]:
    return request.form if request.method == "POST" else request.args


def _next() -> str:
    return counter_path(_sent().get("next", ""))
