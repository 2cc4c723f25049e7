"""Pages of enrolment."""

from flask import Flask

from webapp.enrolment import checks
from webapp.enrolment.issuing import context
from webapp.enrolment.messages import ERROR_MESSAGES
from webapp.enrolment.views import (
    home,
    issuance,
    phone_check,
    replacement,
    second_factor,
    steps,
)
from webapp.web.error_handlers import register_error_messages


def init_app(app: Flask) -> None:
    """Register the pages of enrolment, and what people read for its refusals."""
    context.init_app(app)
    app.register_blueprint(home.blueprint)
    app.register_blueprint(issuance.blueprint)
    app.register_blueprint(replacement.blueprint)
    app.register_blueprint(steps.blueprint)
    app.register_blueprint(phone_check.blueprint)
    app.register_blueprint(second_factor.blueprint)
    checks.register()
    register_error_messages(app, ERROR_MESSAGES)
