"""Ask somebody for a factor: the step of an application, and what all such pages share.

The address of a check takes the answers of the factor that answers there, those of the
others below it by their ids; what a check begins with is asked for at `<id>/options`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.authenticators.factor import EnrolledFactor, Factor, FactorContext
from webapp.authenticators.factors import (
    enrolled_factors,
    find_factor,
    require_enrolled,
    root_factor,
    select_factor,
    step_up_factors,
)
from webapp.authenticators.second_factor import complete_step
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step
from webapp.enrolment.wizard import render, show_step, steps_for, take_over, to_next
from webapp.exceptions import AppError
from webapp.values.remaining_attempts import AfterLastTry, tries_to_tell
from webapp.web.branding import spoken_brand
from webapp.web.json_body import read_json
from webapp.web.security import customer_required

MAX_RESPONSE: Final = 32 * 1024  # bytes; a long public key and an attestation
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
    now = utc_now()
    steps = steps_for(application)
    try:
        verify = verifier(customer(), factor, _enrolled())
        complete_step(
            session(), application, verify, factor=factor, steps=steps, now=now
        )
    except AppError as refused:
        if not is_said_by_page(refused, factor):
            raise
        return _page(application, refused.code, factor.id)
    if factor.is_scripted:
        return {"next": url_for("applications.go_on", application_id=application_id)}
    return to_next(application)


@blueprint.post("/<factor_id>/options")
@customer_required
def challenge(application_id: str, factor_id: str) -> ResponseReturnValue:
    """Begin the check of a factor."""
    take_over(application_id)
    factor = find_factor(factor_id)
    options = begin_check(customer(), factor, _enrolled())
    here = url_for(".show", application_id=application_id, way=factor.id)
    return options if factor.is_scripted else redirect(here, 303)


def customer() -> Customer:
    """Return the customer who is signed in; the view has asked whether one is."""
    found: Customer = current_user._get_current_object()
    return found


def factor_context() -> FactorContext:
    """Return what factors need of the centre and of this request."""
    name = spoken_brand().name
    return FactorContext(current_ca().config, request.host_url, name, utc_now())


def factor_of(factor_id: str | None) -> Factor:
    """Return the factor that an answer is from.

    Raises:
        UnknownFactorError: there is none of that id.
    """
    return root_factor() if factor_id is None else find_factor(factor_id)


def step_up_enrolled() -> tuple[EnrolledFactor, ...]:
    """Return what a customer can set up another factor with."""
    allowed = step_up_factors(current_ca().config)
    return enrolled_factors(session(), customer(), allowed, utc_now())


def verifier(
    holder: AccountHolder, factor: Factor, enrolled: tuple[EnrolledFactor, ...]
) -> Callable[[], None]:
    """Return what verifies the answer in this request, under a lock of the caller.

    Raises:
        RefusedError: the factor is not among `enrolled`.
    """
    require_enrolled(enrolled, factor)
    sent = read_response(factor)
    return partial(factor.verify, session(), holder, sent, factor_context())


def read_response(factor: Factor) -> Mapping[str, Any]:
    """Return what a form or a script sent."""
    return read_json(max_bytes=MAX_RESPONSE) if factor.is_scripted else request.form


def begin_check(
    holder: AccountHolder, factor: Factor, enrolled: tuple[EnrolledFactor, ...]
) -> dict[str, Any]:
    """Begin the check of a factor, and return what its script needs.

    Raises:
        RefusedError: the factor is not among `enrolled`, or refuses.
    """
    require_enrolled(enrolled, factor)
    return dict(factor.challenge(session(), holder, factor_context()))


def is_said_by_page(refused: AppError, factor: Factor) -> bool:
    """Tell whether the page that asks says why an answer was refused."""
    return not factor.is_scripted and isinstance(refused, factor.answer_error)


def check_view(
    enrolled: tuple[EnrolledFactor, ...],
    requested: str | None,
    then: AfterLastTry = AfterLastTry.COUNTER,
) -> dict[str, Any]:
    """Return what `authenticators/check.html` shows: one factor, and links to the rest.

    `then` says who helps after the last try.
    """
    chosen = select_factor(enrolled, requested)
    view: dict[str, Any] = {"enrolled": enrolled, "chosen": chosen, "then": then}
    if chosen is None:
        return view
    view["tries"] = tries_to_tell(chosen.errors, chosen.factor.max_errors, then)
    return view | dict(chosen.factor.view(chosen, factor_context()))


def _enrolled() -> tuple[EnrolledFactor, ...]:
    """Return what the operator allows in the step, and the customer has."""
    allowed = current_ca().config.second_checks
    return enrolled_factors(session(), customer(), allowed, utc_now())


def _page(
    application: Application, refused: str | None = None, factor_id: str | None = None
) -> ResponseReturnValue:
    if application.card_checked_at is not None:
        return to_next(application)
    look = check_view(_enrolled(), factor_id or request.args.get("way"))
    here = f"/applications/{application.id}/security-card"
    return render(application, Step.SECURITY_CARD, refused, look=look, here=here)
