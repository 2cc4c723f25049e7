"""“That was not me”: all suspended, and signed out everywhere else, by one button."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.certificates.revocation import list_usable, raise_alarm
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.web import login_session
from webapp.web.security import customer_required

blueprint = Blueprint("alarm", __name__)


@blueprint.get("/me/not-me")
@customer_required
def show() -> ResponseReturnValue:
    """Say what the button does, to which certificates."""
    return _page("alarm")


@blueprint.post("/me/not-me")
@customer_required
def suspend_all() -> ResponseReturnValue:
    """Suspend all that the person can use; only this sign-in goes on."""
    with unit_of_work() as work:
        raise_alarm(work, current_user, utc_now())
    login_session.go_on(current_user)
    return redirect(url_for("alarm.suspended"), 303)


@blueprint.get("/me/not-me/next")
@customer_required
def suspended() -> ResponseReturnValue:
    """Say what is to be done now, and what can still be used."""
    return _page("alarm_raised")


def _page(name: str) -> str:
    now = utc_now()
    return render_template(
        f"certificates/lifecycle/{name}.html",
        usable=list_usable(session(), current_user, now),
        now=now,
    )
