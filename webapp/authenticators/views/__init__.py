"""Pages of authenticators."""

from flask import Flask

from webapp.authenticators import factors
from webapp.authenticators.messages import ERROR_MESSAGES
from webapp.authenticators.views import phone_step_up, settings, voice
from webapp.web.error_handlers import register_error_messages


def init_app(app: Flask) -> None:
    """Register the pages of authenticators, and what people read for its refusals."""
    app.register_blueprint(phone_step_up.blueprint)
    app.register_blueprint(voice.blueprint)
    app.register_blueprint(settings.blueprint)
    register_error_messages(app, factors.error_messages())
    register_error_messages(app, ERROR_MESSAGES)
