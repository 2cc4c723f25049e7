"""The phone check: its step. What the voice gateway asks is in `views/voice`."""

import secrets

from flask import Blueprint, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.authenticators.phone_call import service
from webapp.authenticators.phone_call.messages import status_text
from webapp.authenticators.phone_call.rules import PhoneCheckError
from webapp.authenticators.views import phone_pages
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment import checks
from webapp.enrolment.guards import require_active
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step
from webapp.enrolment.wizard import (
    load_for_session,
    redirect_to_step,
    render,
    show_step,
    steps_for,
    take_over,
)
from webapp.web.rate_limits.attempts import limiter
from webapp.web.security import customer_required

blueprint = Blueprint(
    "phone_check", __name__, url_prefix="/applications/<application_id>/phone-check"
)


@blueprint.get("")
@customer_required
def show(application_id: str) -> ResponseReturnValue:
    """Show the step; once it is passed, lead to the next."""
    return show_step(application_id, Step.PHONE_CHECK, _page)


@blueprint.post("")
@customer_required
@limiter.limit("20 per 10 minutes")
def ask(application_id: str) -> ResponseReturnValue:
    """Call the customer, unless a call is open already."""
    application = take_over(application_id)
    try:
        steps = steps_for(application)
        with unit_of_work() as work:
            call = checks.request_call(
                work,
                application,
                current_user,
                steps=steps,
                random_below=secrets.randbelow,
                now=utc_now(),
            )
    except PhoneCheckError as refused:
        return _page(application, refused.code)
    if call is not None:
        phone_pages.place(call, current_user.phone)
    return redirect(url_for(".show", application_id=application_id))


@blueprint.get("/state")
@customer_required
def state(application_id: str) -> ResponseReturnValue:
    """Say how the call stands, for the page that waits."""
    application = load_for_session(application_id)
    require_active(session(), application, utc_now())
    shown = _call_view(application)
    passed = application.phone_checked_at is not None
    waits = shown.waits and not passed
    return jsonify(waits=waits, line=status_text(shown), left=shown.left)


def _call_view(application: Application) -> service.CallView:
    origin = service.CallOrigin(application_id=application.id)
    return service.call_view(session(), origin, current_user, utc_now())


def _page(application: Application, refused: str | None = None) -> ResponseReturnValue:
    if application.phone_checked_at is not None:
        return redirect_to_step(application)
    shown = _call_view(application)
    return render(
        application,
        Step.PHONE_CHECK,
        refused or shown.refused,
        **phone_pages.look(shown),
    )
