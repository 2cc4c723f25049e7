"""The pages of the stepper that belong to no other domain."""

import re
from collections.abc import Callable
from datetime import date
from functools import partial

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp import errors
from webapp.applications import service
from webapp.applications.models import Application
from webapp.applications.pages import find, render, show_step, steps_for, to_next
from webapp.applications.steps import Step
from webapp.centre import centre
from webapp.clock import utc_now
from webapp.db import session
from webapp.security import limiter, sign_in_required

blueprint = Blueprint("applications", __name__, url_prefix="/applications")


@blueprint.post("")
@sign_in_required
def start() -> ResponseReturnValue:
    """Open the customer's application and go to its next step."""
    found = service.open_application(session(), current_user, utc_now())
    return redirect(url_for("applications.go_on", application_id=found))


@blueprint.get("/<application_id>")
@sign_in_required
def go_on(application_id: str) -> ResponseReturnValue:
    """Go to the step that is open."""
    return to_next(find(application_id))


@blueprint.post("/<application_id>/begin-again")
@sign_in_required
def begin_again(application_id: str) -> ResponseReturnValue:
    """Close this application and start another."""
    service.begin_again(session(), find(application_id), utc_now())
    return start()


@blueprint.get("/<application_id>/<step>")
@sign_in_required
def show(application_id: str, step: str) -> ResponseReturnValue:
    """Show one step; one that is not open yet leads to the one that is."""
    if step not in tuple(Step):
        return errors.answer("unknown_page")
    return show_step(application_id, Step(step), PAGES[Step(step)])


@blueprint.post("/<application_id>/terms")
@sign_in_required
def accept_terms(application_id: str) -> ResponseReturnValue:
    """Accept the terms."""
    application = find(application_id)
    try:
        service.accept_terms(
            session(),
            application,
            version=request.form.get("version", ""),
            accepted=request.form.get("accepted") == "yes",
            now=utc_now(),
        )
    except service.TermsNotAcceptedError as refused:
        return render(application, Step.TERMS, refused.code)
    return to_next(application)


@blueprint.post("/<application_id>/you")
@sign_in_required
@limiter.limit(
    "10 per hour",
    key_func=lambda: f"birth-date:{current_user.get_id()}",
    deduct_when=lambda response: response.status_code == 422,
)
def confirm_identity(application_id: str) -> ResponseReturnValue:
    """Compare the date of birth with the registered one."""
    application = find(application_id)
    try:
        service.confirm_identity(
            session(),
            application,
            current_user,
            birth_date=_date(request.form.get("birth_date", "")),
            steps=steps_for(application),
            now=utc_now(),
        )
    except service.IdentityMismatchError as refused:
        return render(application, Step.YOU, refused.code)
    return to_next(application)


@blueprint.post("/<application_id>/type")
@sign_in_required
def choose_type(application_id: str) -> ResponseReturnValue:
    """Choose what kind of certificate it will be."""
    application = find(application_id)
    try:
        service.choose_type(
            session(),
            application,
            current_user,
            type_id=request.form.get("type", ""),
            types=centre().types,
            steps=steps_for(application),
            now=utc_now(),
        )
    except (service.UnknownTypeError, service.EnoughOfTypeError) as refused:
        return _type_page(application, refused.code)
    return to_next(application)


def _type_page(
    application: Application, refused: str | None = None
) -> ResponseReturnValue:
    offered = service.offered_to(session(), current_user, centre().types, utc_now())
    return render(application, Step.TYPE, refused, offered=offered)


# The steps of other domains have routes of their own, which go first.
PAGES: dict[Step, Callable[[Application], ResponseReturnValue]] = {
    **{step: partial(render, step=step) for step in Step},
    Step.TYPE: _type_page,
}


def _date(typed: str) -> date | None:
    found = re.fullmatch(
        r"(\d{4})\D{0,2}(\d\d)\D{0,2}(\d\d)\D?", typed.strip(), re.ASCII
    )
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
