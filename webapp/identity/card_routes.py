"""The security-card step, and what may take its place."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from webapp.applications.models import Application
from webapp.applications.pages import find, render, show_step, steps_for, to_next
from webapp.applications.steps import Step
from webapp.clock import utc_now
from webapp.db import session
from webapp.identity import card_pages as pages
from webapp.identity.card_service import CardError
from webapp.identity.card_step import pass_step
from webapp.identity.one_time_service import OneTimeError
from webapp.identity.ways import Way
from webapp.security import sign_in_required

blueprint = Blueprint(
    "security_card", __name__, url_prefix="/applications/<application_id>/security-card"
)


@blueprint.get("")
@sign_in_required
def show(application_id: str) -> ResponseReturnValue:
    """Ask for two halves of codes, or for what takes their place."""
    return show_step(application_id, Step.SECURITY_CARD, _page)


@blueprint.post("")
@sign_in_required
def answer_card(application_id: str) -> ResponseReturnValue:
    """Compare what the card says."""
    return _typed(application_id, Way.CARD)


@blueprint.post("/one-time-code")
@sign_in_required
def answer_one_time(application_id: str) -> ResponseReturnValue:
    """Compare the code of an authenticator app."""
    return _typed(application_id, Way.ONE_TIME)


@blueprint.post("/passkey/options")
@sign_in_required
def ask_passkey(application_id: str) -> ResponseReturnValue:
    """Give the browser what a passkey has to sign."""
    find(application_id)
    _require_allowed(Way.PASSKEY)
    return pages.passkey_options(pages.customer(), utc_now())


@blueprint.post("/passkey")
@sign_in_required
def answer_passkey(application_id: str) -> ResponseReturnValue:
    """Compare what a passkey signed."""
    application, now = find(application_id), utc_now()
    _require_allowed(Way.PASSKEY)
    check, steps = pages.passkey_check(pages.customer(), now), steps_for(application)
    pass_step(session(), application, check, way=Way.PASSKEY, steps=steps, now=now)
    return {"next": url_for("applications.go_on", application_id=application_id)}


def _typed(application_id: str, way: Way) -> ResponseReturnValue:
    application, now = find(application_id), utc_now()
    try:
        _require_allowed(way)
        check, steps = (
            pages.typed_check(pages.customer(), way, now),
            steps_for(application),
        )
        pass_step(session(), application, check, way=way, steps=steps, now=now)
    except (CardError, OneTimeError) as refused:
        return _page(application, refused.code, way)
    return to_next(application)


def _page(
    application: Application, refused: str | None = None, way: Way | None = None
) -> ResponseReturnValue:
    if application.card_checked_at is not None:
        return to_next(application)
    look = pages.looks(
        pages.customer(), pages.step_ways(), way or request.args.get("way")
    )
    here = f"/applications/{application.id}/security-card"
    return render(application, Step.SECURITY_CARD, refused, look=look, here=here)


def _require_allowed(way: Way) -> None:
    pages.require_way(pages.step_ways(), way)
