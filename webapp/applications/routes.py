"""The pages of the stepper."""

import re
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp import errors
from webapp.applications import service
from webapp.applications.models import Application
from webapp.applications.steps import Step, may_open, next_step
from webapp.centre import centre
from webapp.certificates.service import of_application
from webapp.clock import utc_now
from webapp.db import session
from webapp.pki.profiles import PROFILES
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
    return _to_next(_find(application_id))


@blueprint.post("/<application_id>/begin-again")
@sign_in_required
def begin_again(application_id: str) -> ResponseReturnValue:
    """Close this application and start another."""
    service.begin_again(session(), _find(application_id), utc_now())
    return start()


@blueprint.get("/<application_id>/<step>")
@sign_in_required
def show(application_id: str, step: str) -> ResponseReturnValue:
    """Show one step; one that is not open yet leads to the one that is."""
    application = _find(application_id)
    issued = of_application(session(), application_id)
    if issued is not None and step not in (Step.KEEP, Step.DONE):
        return _to_next(application)
    if step not in centre().steps:
        return errors.answer("unknown_page")
    if not may_open(Step(step), centre().steps, application.passed):
        return _to_next(application)
    if issued is None and _is_over(application):
        return errors.answer("application_expired")
    return _page(application, Step(step))


@blueprint.post("/<application_id>/terms")
@sign_in_required
def accept_terms(application_id: str) -> ResponseReturnValue:
    """Accept the terms."""
    application = _find(application_id)
    try:
        service.accept_terms(
            session(),
            application,
            version=request.form.get("version", ""),
            accepted=request.form.get("accepted") == "yes",
            now=utc_now(),
        )
    except service.TermsNotAcceptedError as refused:
        return _page(application, Step.TERMS, refused.code)
    return _to_next(application)


@blueprint.post("/<application_id>/you")
@sign_in_required
@limiter.limit(
    "10 per hour",
    key_func=lambda: f"birth-date:{current_user.get_id()}",
    deduct_when=lambda response: response.status_code == 422,
)
def confirm_identity(application_id: str) -> ResponseReturnValue:
    """Compare the date of birth with the registered one."""
    application = _find(application_id)
    try:
        service.confirm_identity(
            session(),
            application,
            current_user,
            birth_date=_date(request.form.get("birth_date", "")),
            steps=centre().steps,
            now=utc_now(),
        )
    except service.IdentityMismatchError as refused:
        return _page(application, Step.YOU, refused.code)
    return _to_next(application)


@blueprint.post("/<application_id>/type")
@sign_in_required
def choose_type(application_id: str) -> ResponseReturnValue:
    """Choose what kind of certificate it will be."""
    application = _find(application_id)
    try:
        service.choose_type(
            session(),
            application,
            type_id=request.form.get("type", ""),
            steps=centre().steps,
            now=utc_now(),
        )
    except service.UnknownTypeError as refused:
        return _page(application, Step.TYPE, refused.code)
    return _to_next(application)


def _find(application_id: str) -> Application:
    return service.find(session(), current_user, application_id)


def _is_over(application: Application) -> bool:
    return application.closed_at is not None or application.expires_at <= utc_now()


def _to_next(application: Application) -> ResponseReturnValue:
    step = next_step(centre().steps, application.passed)
    return redirect(
        url_for("applications.show", application_id=application.id, step=step)
    )


def _page(
    application: Application, step: Step, refused: str | None = None
) -> ResponseReturnValue:
    if step in (Step.PHONE_CHECK, Step.SECURITY_CARD):
        return errors.answer("step_not_ready")
    answer = errors.ANSWERS[refused] if refused else None
    page = render_template(
        f"applications/{step}.html",
        application=application,
        step=step,
        steps=centre().steps,
        profiles=PROFILES,
        terms_version=service.TERMS_VERSION,
        certificate=of_application(session(), application.id),
        now=utc_now(),
        refused=answer,
    )
    return page, answer.status if answer else 200


def _date(typed: str) -> date | None:
    found = re.fullmatch(
        r"(\d{4})\D{0,2}(\d\d)\D{0,2}(\d\d)\D?", typed.strip(), re.ASCII
    )
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
