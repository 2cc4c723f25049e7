"""Operators' second factor: asked for after the password, set up on one's own page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from webapp import errors, login_session
from webapp.accounts.holders import AccountHolder
from webapp.accounts.service import SignInEndedError
from webapp.centre import centre
from webapp.clock import utc_now
from webapp.counter import service
from webapp.counter.door import (
    ask_to_sign_in,
    blueprint,
    is_operator,
    log,
    me,
    must_show_factor,
    own_path,
    show,
)
from webapp.counter.errors import FactorTooLateError
from webapp.counter.models import Operator
from webapp.counter.pending_sign_in import (
    PendingSignIn,
    begin_pending,
    is_offered,
    read_pending,
)
from webapp.db import session
from webapp.identity import card_pages as pages
from webapp.identity.authenticator_pages import PROVED, AuthenticatorPages, sent_aim
from webapp.identity.one_time_service import OneTimeError, one_time_of
from webapp.identity.passkey import local_address
from webapp.identity.passkey_service import passkeys_of
from webapp.identity.ways import Had, Way, ways_of
from webapp.security import OPERATOR_FACTOR, client_details, give_attempt_back, limiter
from webapp.tries import AfterLastTry

_PENDING = "factor_pending"
_HERE = "/counter/sign-in/factor"


def asks_factor(operator: Operator) -> bool:
    """Tell whether this operator has a second factor that the sign-in asks for."""
    return bool(_ways(operator))


def begin(operator: Operator, wanted: str) -> ResponseReturnValue:
    """Remember for a few minutes whose password was right; nobody is signed in yet."""
    session().commit()
    pending = begin_pending(operator.id, operator.session_key, utc_now())
    cookie.clear()
    cookie.permanent = True
    cookie[_PENDING] = pending.as_list()
    return redirect(url_for("counter.ask_factor", aim=wanted))


def offer_or(wanted: str) -> str:
    """Return where somebody goes who signed in: to the offer of a factor, or on."""
    operator, config = me(), centre().config
    postponed = operator.second_factor_postponed_at
    if operator.must_change_password or not _set_up_ways():
        return wanted
    if not is_offered(config.operator_second_factor, postponed, utc_now()):
        return wanted
    if _ways(operator):
        return wanted
    return url_for("counter.my_sign_in", offer=1, next=wanted)


@blueprint.get("/sign-in/factor")
def ask_factor() -> ResponseReturnValue:
    """Ask for the second factor of whoever's password was right."""
    if is_operator():
        return redirect(_aim())
    found = _find_pending()
    return _page(found[0]) if found else redirect(_to_sign_in())


@blueprint.post("/sign-in/factor/one-time-code")
@OPERATOR_FACTOR.counted_by(lambda: _attempt_key())
@limiter.limit("30 per 10 minutes")
def sign_in_by_one_time() -> ResponseReturnValue:
    """Compare the code of an authenticator app."""
    operator, pending = _require_pending()
    try:
        pages.require_way(_ways(operator), Way.ONE_TIME)
        check = pages.typed_check(operator, Way.ONE_TIME, utc_now())
        _pass(operator, pending, check, Way.ONE_TIME)
    except OneTimeError as refused:
        log.info("refused", code=refused.code)
        return _page(operator, refused.code)
    return redirect(offer_or(_aim()))


@blueprint.post("/sign-in/factor/passkey/options")
@limiter.limit("30 per 10 minutes")
def ask_passkey_factor() -> ResponseReturnValue:
    """Give the browser what a passkey has to sign."""
    operator, _pending = _require_pending()
    pages.require_way(_ways(operator), Way.PASSKEY)
    return pages.passkey_options(operator, utc_now())


@blueprint.post("/sign-in/factor/passkey")
@OPERATOR_FACTOR.counted_by(lambda: _attempt_key())
@limiter.limit("30 per 10 minutes")
def sign_in_by_passkey() -> ResponseReturnValue:
    """Compare what a passkey signed."""
    operator, pending = _require_pending()
    pages.require_way(_ways(operator), Way.PASSKEY)
    check = pages.passkey_check(operator, utc_now())
    _pass(operator, pending, check, Way.PASSKEY)
    return {"next": _aim()}


def own_page_required(view: Callable[..., ResponseReturnValue]) -> Any:
    """Let an operator in who chose a password, also before a factor is set up."""

    @wraps(view)
    def guarded(*args: object, **values: object) -> ResponseReturnValue:
        if not is_operator():
            return ask_to_sign_in()
        if me().must_change_password:
            return redirect(url_for("counter.password"))
        return view(*args, **values)

    return guarded


@blueprint.get("/my-sign-in")
@own_page_required
def my_sign_in() -> ResponseReturnValue:
    """Show with what an operator signs in."""
    operator, config = me(), centre().config
    return show(
        "my_sign_in",
        mode=config.operator_second_factor,
        is_missing=must_show_factor(),
        offered=request.args.get("offer") == "1" and not _ways(operator),
        next=own_path(request.args.get("next", "")),
        ways=_ways(operator),
        allowed=_set_up_ways(),
        app=one_time_of(session(), operator),
        passkeys=passkeys_of(session(), operator),
        site=pages.find_site(),
        local_address=local_address(config.public_url),
    )


@blueprint.post("/my-sign-in/later")
@own_page_required
def postpone_factor() -> ResponseReturnValue:
    """Go on without a second factor; it is offered again after some weeks."""
    service.postpone_factor(session(), me(), utc_now())
    return redirect(own_path(request.form.get("next", "")), 303)


def _page(operator: Operator, refused: str | None = None) -> ResponseReturnValue:
    answer = errors.ANSWERS[refused] if refused else None
    wanted = request.args.get("way")
    then = AfterLastTry.COLLEAGUE
    look = pages.looks(operator, _ways(operator), wanted, then)
    page = show("factor", look=look, refused=answer, here=_HERE, aim=_aim())
    return page, answer.status if answer else 200


def _pass(
    operator: Operator, pending: PendingSignIn, check: Callable[[], None], way: Way
) -> None:
    now = utc_now()
    service.factor_passed(
        session(), operator, pending, check, way=way, now=now, client=client_details()
    )
    give_attempt_back()
    login_session.begin(operator, now)
    cookie[PROVED] = int(now.timestamp())
    _note_passed(way)


def _find_pending() -> tuple[Operator, PendingSignIn] | None:
    pending = read_pending(cookie.get(_PENDING))
    if pending is None or pending.is_over(utc_now()):
        return None
    try:
        return service.find_pending(session(), pending), pending
    except SignInEndedError:
        return None


def _require_pending() -> tuple[Operator, PendingSignIn]:
    found = _find_pending()
    if found is None:
        raise FactorTooLateError
    return found


def _attempt_key() -> str:
    pending = read_pending(cookie.get(_PENDING))
    return f"operator:{pending.operator_id}" if pending else "nobody"


def _ways(operator: Operator) -> tuple[Had, ...]:
    """Return what an operator has, first what can be used at this address."""
    if centre().config.operator_second_factor == "off":
        return ()
    order = (Way.PASSKEY, Way.ONE_TIME)
    if pages.find_site() is None:
        order = (Way.ONE_TIME, Way.PASSKEY)
    return ways_of(session(), operator, order)


def _set_up_ways() -> tuple[Way, ...]:
    """Return what can be set up at this centre, at this address."""
    config = centre().config
    if config.operator_second_factor == "off":
        return ()
    app = (Way.ONE_TIME,) if config.identity_key is not None else ()
    return (*app, Way.PASSKEY) if pages.find_site() else app


def _note_passed(_way: Way) -> None:
    cookie[login_session.FACTOR_PASSED] = True


def _account_name(holder: AccountHolder) -> str:
    # The same ID may be a customer's: a device shows both.
    return f"{holder.login_id} (counter)"


def _aim() -> str:
    return own_path(sent_aim())


def _to_sign_in() -> str:
    return url_for("counter.sign_in", next=_aim())


PAGES = AuthenticatorPages(
    blueprint=blueprint,
    prefix="/my-sign-in",
    base="/counter/my-sign-in",
    home="counter.my_sign_in",
    layout="counter/base.html",
    guard=own_page_required,
    holder=me,
    allowed=_set_up_ways,
    proof_ways=lambda: _ways(me()),
    is_operator=True,
    account_name=_account_name,
    first_needs_proof=False,
    removal_needs_proof=True,
    keeps_one=lambda: centre().config.operator_second_factor == "required",
    passed=_note_passed,
    address_of=lambda aim: "/counter" if aim == "counter" else None,
)
PAGES.add_views()
