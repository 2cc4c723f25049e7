"""The first page: what a centre asks for, or what the signed-in person has."""

from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.context import current_second_operator_rule
from webapp.ca.context import current_ca
from webapp.certificates.labels import CHANGE_LABELS
from webapp.certificates.records.copies import present_copies_of
from webapp.certificates.views.certificates import own_summaries
from webapp.clock import utc_now
from webapp.db import session
from webapp.enrolment.guards import has_certificate
from webapp.enrolment.issuing.context import current_issuer
from webapp.enrolment.requirements import general_requirements, requirements_for
from webapp.enrolment.service import find_declined, find_resumable, steps_for
from webapp.enrolment.steps import next_step
from webapp.exceptions import AppError, ErrorMessage
from webapp.notifications.changes import recent_changes, require_free
from webapp.values.email_address import mail_problem
from webapp.web import error_handlers, login_session

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the first page, or what the signed-in person has."""
    if not login_session.customer_signed_in():
        return render_template("enrolment/welcome.html", asked=general_requirements())
    now = utc_now()
    cards = own_summaries(now)
    ids = [card.certificate.id for card in cards]
    return render_template(
        "enrolment/home.html",
        cards=cards,
        copies=present_copies_of(session(), ids) if ids else {},
        in_progress=_in_progress(now),
        declined=find_declined(session(), current_user),
        changes=recent_changes(session(), current_user.id, now),
        changed_said=CHANGE_LABELS,
        held=_held(now),
        asked=requirements_for(session(), current_user, now),
        mail_problem=mail_problem(current_user.email),
        now=now,
    )


def _held(now: datetime) -> ErrorMessage | None:
    """Return why this person gets no certificate now, if the counter is the cause."""
    rule = current_second_operator_rule()
    try:
        require_free(session(), current_user.id, rule, now)
    except AppError as error:
        return error_handlers.message_of(error)
    return None


def _in_progress(now: datetime) -> dict[str, object] | None:
    """Return what the customer began and can go on with, and where it stands."""
    application = find_resumable(session(), current_user, now)
    if application is None:
        return None
    steps = steps_for(application, current_issuer().checks, current_ca().types)
    return {
        "application": application,
        "step": next_step(steps, application.passed),
        "is_issued": has_certificate(session(), application),
        "waits": bool(application.approval_asked_at and not application.approved_at),
    }
