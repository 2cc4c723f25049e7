"""The second check: its step, with whichever factor the customer has."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.authenticators.factor import EnrolledFactor
from webapp.authenticators.factors import enrolled_factors, find_factor
from webapp.authenticators.views.second_factor import (
    begin_check,
    check_view,
    customer,
    factor_of,
    is_said_by_page,
    verifier,
)
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment.checks import complete_second_factor
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step
from webapp.enrolment.wizard import (
    redirect_to_step,
    render,
    show_step,
    steps_for,
    take_over,
)
from webapp.exceptions import AppError
from webapp.web.security import customer_required

blueprint = Blueprint(
    "security_card", __name__, url_prefix="/applications/<application_id>/security-card"
)


@blueprint.get("")
@customer_required
def show(application_id: str) -> ResponseReturnValue:
    """Ask for two halves of codes, or for what takes their place."""
    return show_step(application_id, Step.SECURITY_CARD, _page)


@blueprint.post("")
@blueprint.post("/<factor_id>")
@customer_required
def answer(application_id: str, factor_id: str | None = None) -> ResponseReturnValue:
    """Verify what a factor answered, and lead to the next step."""
    application, factor = take_over(application_id), factor_of(factor_id)
    steps, now = steps_for(application), utc_now()
    try:
        verify = verifier(customer(), factor, _enrolled())
        with unit_of_work() as work:
            complete_second_factor(
                work, application, verify, factor=factor, steps=steps, now=now
            )
    except AppError as refused:
        if not is_said_by_page(refused, factor):
            raise
        return _page(application, refused.code, factor.id)
    if factor.is_scripted:
        return {"next": url_for("applications.go_on", application_id=application_id)}
    return redirect_to_step(application)


@blueprint.post("/<factor_id>/options")
@customer_required
def challenge(application_id: str, factor_id: str) -> ResponseReturnValue:
    """Begin the check of a factor."""
    take_over(application_id)
    factor = find_factor(factor_id)
    options = begin_check(customer(), factor, _enrolled())
    here = url_for(".show", application_id=application_id, way=factor.id)
    return options if factor.is_scripted else redirect(here, 303)


def _enrolled() -> tuple[EnrolledFactor, ...]:
    """Return what the operator allows in the step, and the customer has."""
    allowed = current_ca().config.second_checks
    return enrolled_factors(session(), customer(), allowed, utc_now())


def _page(
    application: Application, refused: str | None = None, factor_id: str | None = None
) -> ResponseReturnValue:
    if application.card_checked_at is not None:
        return redirect_to_step(application)
    look = check_view(_enrolled(), factor_id or request.args.get("way"))
    here = f"/applications/{application.id}/security-card"
    return render(application, Step.SECURITY_CARD, refused, look=look, here=here)
