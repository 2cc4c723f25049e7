"""What all pages of the stepper share, whichever domain a step belongs to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.context import current_second_operator_rule
from webapp.authenticators.recent_checks import minutes_ago
from webapp.ca.context import current_ca
from webapp.certificates.service import find_by_application
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.enrolment import service
from webapp.enrolment.guards import has_certificate, require_active
from webapp.enrolment.issuing.context import current_issuer
from webapp.enrolment.models import Application
from webapp.enrolment.steps import (
    CHECKS,
    GOING_BACK,
    Return,
    Step,
    may_open,
    next_step,
    step_before,
)
from webapp.notifications.changes import require_free
from webapp.web import error_handlers
from webapp.web.security import login_session_id


def load_for_session(application_id: str) -> Application:
    """Return an application of the person who is signed in, to be looked at.

    What another sign-in passed is not passed here; nothing is written.

    Raises:
        UnknownApplicationError: there is none, or it is somebody else's.
    """
    application = service.find(session(), current_user, application_id)
    if _is_of_other_session(application):
        session().expunge(application)  # so that this copy alone forgets the checks
        service.clear_checks(application)
    return application


def take_over(application_id: str) -> Application:
    """Return an application of the person who is signed in, to go on with it here.

    What another sign-in passed is asked anew from now on.

    Raises:
        UnknownApplicationError: there is none, or it is somebody else's.
        SignInEndedError, StepOutOfOrderError: another sign-in was faster.
    """
    application = service.find(session(), current_user, application_id)
    if _is_of_other_session(application):
        with unit_of_work() as work:
            service.take_over_session(work, application, login_session_id(), utc_now())
    return application


def _is_of_other_session(application: Application) -> bool:
    if application.login_session_id in (None, login_session_id()):
        return False
    return not has_certificate(session(), application)


def steps_for(application: Application) -> tuple[Step, ...]:
    """Return the steps that this application asks for."""
    return service.steps_for(application, current_issuer().checks, current_ca().types)


def redirect_to_step(application: Application) -> ResponseReturnValue:
    """Lead to the step that is open."""
    step = next_step(steps_for(application), application.passed)
    return redirect(
        url_for("applications.show", application_id=application.id, step=step)
    )


def show_step(
    application_id: str,
    step: Step,
    page: Callable[[Application], ResponseReturnValue],
) -> ResponseReturnValue:
    """Show one step if it is open; else lead to the one that is, or say it is over."""
    application = load_for_session(application_id)
    issued = find_by_application(session(), application_id)
    steps = steps_for(application)
    if issued is not None and step not in (Step.KEEP, Step.DONE):
        return redirect_to_step(application)
    if not may_open(step, steps, application.passed):
        return (
            error_handlers.error_response("unknown_page")
            if step not in steps
            else redirect_to_step(application)
        )
    if issued is None:
        require_active(session(), application, utc_now())
        require_second_operator()
        if _went_back(application, step):
            return render(application, step, template="passed")
    return page(application)


def _went_back(application: Application, step: Step) -> bool:
    """Tell whether somebody came back to a step that is not asked for twice."""
    is_passed = step in application.passed and GOING_BACK[step] is Return.PASSED
    return is_passed and request.args.get("back") == "1"


def checks_last() -> timedelta:
    """Return for how long a check lasts over the applications of one sign-in."""
    return timedelta(minutes=current_ca().config.checks_last)


def _earlier(application: Application) -> dict[Step, int]:
    """Return what an earlier application of this sign-in passed, and minutes ago."""
    now, passed = utc_now(), application.passed
    moments = {
        step: getattr(application, column)
        for step, column in CHECKS.items()
        if step in passed and step in steps_for(application)
    }
    return {
        step: minutes_ago(at, now)
        for step, at in moments.items()
        if at < application.started_at
    }


def require_second_operator() -> None:
    """Refuse to lead anybody through steps that end in no certificate.

    Raises:
        RegistrationUnconfirmedError, SecondOperatorNeededError
    """
    rule = current_second_operator_rule()
    require_free(session(), current_user.id, rule, utc_now())


def redirect_with_error(
    application: Application, step: Step, code: str
) -> ResponseReturnValue:
    """Lead back to the page of a step, which says why; a script is told at once.

    The page is asked for anew, so that neither "back" nor "reload" sends the form a
    second time. Only the code is remembered, never what was typed.
    """
    if not error_handlers.wants_html():
        return error_handlers.error_response(code)
    cookie[_REFUSED] = [f"{application.id}/{step}", code]
    where = url_for("applications.show", application_id=application.id, step=step)
    return redirect(where, 303)


def render(
    application: Application,
    step: Step,
    refused: str | None = None,
    *,
    template: str = "",
    **context: Any,
) -> ResponseReturnValue:
    """Return the page of a step, `templates/enrolment/<step>.html` or `template`.

    With a refusal's code the page says it, and answers with its status; what refuse()
    left behind is said too.
    """
    error_code = refused or _refused_before(application, step)
    issued = find_by_application(session(), application.id)
    may_return = issued is None and application.closed_at is None
    steps = steps_for(application)
    page = render_template(
        f"enrolment/{template or step}.html",
        application=application,
        step=step,
        steps=steps,
        may_return=may_return,
        back_to=step_before(step, steps),
        earlier=_earlier(application),
        types=current_ca().types,
        terms_version=service.TERMS_VERSION,
        privacy_version=service.PRIVACY_VERSION,
        certificate=issued,
        now=utc_now(),
        refused=error_handlers.error_message(error_code) if error_code else None,
        refused_code=error_code,
        **context,
    )
    return page, error_handlers.error_message(refused).status if refused else 200


def _refused_before(application: Application, step: Step) -> str | None:
    if request.method != "GET":
        return None
    where, code = cookie.pop(_REFUSED, None) or ("", "")
    is_here = (
        where == f"{application.id}/{step}" and code in error_handlers.error_messages()
    )
    return code if is_here else None


_REFUSED = "refused"
