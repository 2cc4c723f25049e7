"""A customer's choice whether they are told of what is done in their name."""

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.clock import utc_now
from webapp.db import unit_of_work
from webapp.notifications.push import views as push
from webapp.notifications.use_notices import choose_notices
from webapp.web.security import customer_required

blueprint = Blueprint("notices", __name__)


def init_app(app: Flask) -> None:
    """Register where the choice is made."""
    app.register_blueprint(blueprint)
    push.init_app(app)


@blueprint.post("/me/notices")
@customer_required
def choose() -> ResponseReturnValue:
    """Store the choice; whatever is not "on" is off."""
    is_told = request.form.get("told") == "on"
    by_push = request.form.get("channel") == "push"
    with unit_of_work() as work:
        choose_notices(
            work, current_user, is_told=is_told, now=utc_now(), by_push=by_push
        )
    return redirect(url_for("records.own_history") + "#notices", 303)
