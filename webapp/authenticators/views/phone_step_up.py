"""The phone check before an act of the holder: the call of a sign-in."""

import secrets

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.service import lock_customer
from webapp.authenticators.phone_call import service
from webapp.authenticators.phone_call.messages import status_text
from webapp.authenticators.phone_call.rules import PhoneCheckError
from webapp.authenticators.step_up.rules import Need, address_of
from webapp.authenticators.views import phone_pages, step_up
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.web import error_handlers
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import customer_required, login_session_id

blueprint = Blueprint("phone_proof", __name__, url_prefix="/me/security/prove/phone")


@blueprint.get("")
@customer_required
def show() -> ResponseReturnValue:
    """Show the call; once the check is passed, lead back to the act."""
    aim = request.args.get("aim", "")
    return _elsewhere(aim) or _page(aim)


@blueprint.post("")
@customer_required
@limiter.limit("20 per 10 minutes")
def ask() -> ResponseReturnValue:
    """Call the holder, unless a call is open already."""
    aim = request.form.get("aim", "")
    away = _elsewhere(aim)
    if away is not None:
        return away
    try:
        with unit_of_work() as work:
            lock_customer(work, current_user)
            call = service.request_call(
                work,
                current_user,
                _origin(),
                random_below=secrets.randbelow,
                now=utc_now(),
            )
    except PhoneCheckError as refused:
        return _page(aim, refused.code)
    if call is not None:
        phone_pages.place(call, current_user.phone)
    return redirect(url_for(".show", aim=aim), 303)


@blueprint.get("/state")
@customer_required
def state() -> ResponseReturnValue:
    """Say how the call stands, for the page that waits."""
    view = service.call_view(session(), _origin(), current_user, utc_now())
    return jsonify(waits=view.waits, line=status_text(view), left=view.left)


@blueprint.app_template_global()
def may_prove_by_call() -> bool:
    """Tell whether a call may stand in for the holder's other ways here."""
    return step_up.factors().is_callable


def _origin() -> service.CallOrigin:
    return service.CallOrigin(login_session_id=login_session_id())


def _elsewhere(aim: str) -> ResponseReturnValue | None:
    """Return where somebody goes who is not asked by a call; None: they are."""
    need = step_up.need_now()
    is_asked = need is not Need.NOTHING and step_up.factors().is_callable
    if is_asked and address_of(aim) is not None:
        return None
    return redirect(step_up.page_for(need, aim), 303)


def _page(aim: str, refused: str | None = None) -> ResponseReturnValue:
    view = service.call_view(session(), _origin(), current_user, utc_now())
    why = refused or view.refused
    answer = error_handlers.error_message(why) if why else None
    page = render_template(
        "authenticators/phone_proof.html",
        aim=aim,
        refused=answer,
        has_factor=step_up.factors().has_any,
        **phone_pages.look(view),
    )
    return page, answer.status if answer and refused else 200
