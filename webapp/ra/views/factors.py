"""Operators' second factor: asked for after the password, set up on one's own page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from webapp.accounts.models import Operator
from webapp.accounts.service import SignInEndedError
from webapp.authenticators.factor import EnrolledFactor, Factor
from webapp.authenticators.factors import (
    FACTORS,
    enrolled_factors,
    find_factor,
    operator_factors,
)
from webapp.authenticators.views.enrolment import PROVED, AuthenticatorPages, sent_aim
from webapp.authenticators.views.second_factor import (
    begin_check,
    check_view,
    factor_context,
    is_said_by_page,
    verifier,
)
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.exceptions import AppError
from webapp.ra.access import (
    ask_to_sign_in,
    blueprint,
    counter_path,
    current_operator,
    log,
    must_show_factor,
    render,
)
from webapp.ra.errors import PendingSignInExpiredError
from webapp.ra.operators import sign_in
from webapp.ra.operators.pending_sign_in import (
    PendingSignIn,
    begin_pending,
    is_offered,
    parse_pending,
)
from webapp.values.remaining_attempts import AfterLastTry
from webapp.web import error_handlers, login_session
from webapp.web.rate_limits.attempts import OPERATOR_FACTOR, limiter, refund_rate_limit
from webapp.web.security import client_details

_PENDING = "factor_pending"
_HERE = "/counter/sign-in/factor"


def asks_factor(operator: Operator) -> bool:
    """Tell whether this operator has a second factor that the sign-in asks for."""
    return bool(_enrolled(operator))


def begin(operator: Operator, destination: str) -> ResponseReturnValue:
    """Remember for a few minutes whose password was right; nobody is signed in yet."""
    pending = begin_pending(operator.id, operator.session_key, utc_now())
    cookie.clear()
    cookie.permanent = True
    cookie[_PENDING] = pending.as_list()
    return redirect(url_for("ra.ask_factor", aim=destination))


def offer_or(destination: str) -> str:
    """Return where somebody goes who signed in: to the offer of a factor, or on."""
    operator, config = current_operator(), current_ca().config
    postponed = operator.second_factor_postponed_at
    if operator.must_change_password or not _enrollable():
        return destination
    if not is_offered(config.operator_second_factor, postponed, utc_now()):
        return destination
    if _enrolled(operator):
        return destination
    return url_for("ra.my_sign_in", offer=1, next=destination)


@blueprint.get("/sign-in/factor")
def ask_factor() -> ResponseReturnValue:
    """Ask for the second factor of whoever's password was right."""
    if login_session.operator_signed_in():
        return redirect(_aim())
    pending = _find_pending()
    return _page(pending[0]) if pending else redirect(_to_sign_in())


@blueprint.post("/sign-in/factor/<factor_id>/options")
@limiter.limit("30 per 10 minutes")
def challenge_factor(factor_id: str) -> ResponseReturnValue:
    """Begin the check of a factor."""
    operator, _pending = _require_pending()
    factor = find_factor(factor_id)
    options = begin_check(operator, factor, _enrolled(operator))
    here = url_for("ra.ask_factor", aim=_aim(), way=factor.id)
    return options if factor.is_scripted else redirect(here, 303)


@blueprint.post("/sign-in/factor/<factor_id>")
@OPERATOR_FACTOR.counted_by(lambda: _attempt_key())
@limiter.limit("30 per 10 minutes")
def sign_in_by_factor(factor_id: str) -> ResponseReturnValue:
    """Verify what a factor answered."""
    operator, pending = _require_pending()
    factor = find_factor(factor_id)
    try:
        verify = verifier(operator, factor, _enrolled(operator))
        _pass(operator, pending, verify, factor)
    except AppError as refused:
        if not is_said_by_page(refused, factor):
            raise
        log.info("refused", code=refused.code)
        return _page(operator, refused.code)
    return {"next": _aim()} if factor.is_scripted else redirect(_aim())


def own_page_required(view: Callable[..., ResponseReturnValue]) -> Any:
    """Let an operator in who chose a password, also before a factor is set up."""

    @wraps(view)
    def guarded(*args: object, **values: object) -> ResponseReturnValue:
        if not login_session.operator_signed_in():
            return ask_to_sign_in()
        if current_operator().must_change_password:
            return redirect(url_for("ra.password"))
        return view(*args, **values)

    return guarded


@blueprint.get("/my-sign-in")
@own_page_required
def my_sign_in() -> ResponseReturnValue:
    """Show with what an operator signs in."""
    operator, mode = current_operator(), current_ca().config.operator_second_factor
    enrolled = _enrolled(operator)
    return render(
        "my_sign_in",
        is_missing=must_show_factor(),
        offered=request.args.get("offer") == "1" and not enrolled,
        next=counter_path(request.args.get("next", "")),
        enrolled=enrolled,
        sections=PAGES.sections(_listed()) if mode != "off" else (),
    )


@blueprint.post("/my-sign-in/later")
@own_page_required
def postpone_factor() -> ResponseReturnValue:
    """Go on without a second factor; it is offered again after some weeks."""
    with unit_of_work() as work:
        sign_in.postpone_factor(work, current_operator(), utc_now())
    return redirect(counter_path(request.form.get("next", "")), 303)


def _page(operator: Operator, refused: str | None = None) -> ResponseReturnValue:
    answer = error_handlers.error_message(refused) if refused else None
    requested = request.args.get("way")
    look = check_view(_enrolled(operator), requested, AfterLastTry.COLLEAGUE)
    page = render("factor", look=look, refused=answer, here=_HERE, aim=_aim())
    return page, answer.status if answer else 200


def _pass(
    operator: Operator,
    pending: PendingSignIn,
    verify: Callable[[], None],
    factor: Factor,
) -> None:
    now, client = utc_now(), client_details()
    with unit_of_work() as work:
        sign_in.complete_sign_in(
            work, operator, pending, verify, factor=factor, now=now, client=client
        )
    refund_rate_limit()
    login_session.begin(operator, now)
    cookie[PROVED] = int(now.timestamp())
    _note_passed()


def _find_pending() -> tuple[Operator, PendingSignIn] | None:
    pending = parse_pending(cookie.get(_PENDING))
    if pending is None or pending.is_over(utc_now()):
        return None
    try:
        return sign_in.find_pending_operator(session(), pending), pending
    except SignInEndedError:
        return None


def _require_pending() -> tuple[Operator, PendingSignIn]:
    pending = _find_pending()
    if pending is None:
        raise PendingSignInExpiredError
    return pending


def _attempt_key() -> str:
    pending = parse_pending(cookie.get(_PENDING))
    return f"operator:{pending.operator_id}" if pending else "nobody"


def _enrolled(operator: Operator) -> tuple[EnrolledFactor, ...]:
    """Return what an operator has, first what can be used at this address."""
    if current_ca().config.operator_second_factor == "off":
        return ()
    context = factor_context()
    ids = [factor.id for factor in operator_factors(context)]
    return enrolled_factors(session(), operator, ids, context.now)


def _listed() -> tuple[Factor, ...]:
    """Return what operators can have at all, in the order of the table."""
    return tuple(factor for factor in FACTORS.values() if factor.is_for_operators)


def _enrollable() -> tuple[str, ...]:
    """Return the ids of what can be enrolled at this centre, at this address."""
    if current_ca().config.operator_second_factor == "off":
        return ()
    context = factor_context()
    return tuple(factor.id for factor in _listed() if factor.is_usable(context))


def _note_passed() -> None:
    cookie[login_session.FACTOR_PASSED] = True


def _aim() -> str:
    return counter_path(sent_aim())


def _to_sign_in() -> str:
    return url_for("ra.sign_in", next=_aim())


PAGES = AuthenticatorPages(
    blueprint=blueprint,
    prefix="/my-sign-in",
    base="/counter/my-sign-in",
    home="ra.my_sign_in",
    layout="ra/base.html",
    guard=own_page_required,
    holder=current_operator,
    allowed=_enrollable,
    step_up_enrolled=lambda: _enrolled(current_operator()),
    is_operator=True,
    first_needs_proof=False,
    removal_needs_proof=True,
    keeps_one=lambda: current_ca().config.operator_second_factor == "required",
    passed=_note_passed,
    address_of=lambda aim: "/counter" if aim == "counter" else None,
)
PAGES.add_views()
