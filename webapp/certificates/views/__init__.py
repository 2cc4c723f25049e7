"""Pages of certificates."""

from flask import Flask

from webapp.certificates.messages import ERROR_MESSAGES
from webapp.certificates.views import (
    alarm,
    certificates,
    lifecycle,
    public,
    records,
    wallet,
)
from webapp.web.error_handlers import register_error_messages


def init_app(app: Flask) -> None:
    """Register the pages of certificates, and what people read for its refusals."""
    app.register_blueprint(alarm.blueprint)
    app.register_blueprint(certificates.blueprint)
    app.register_blueprint(lifecycle.blueprint)
    app.register_blueprint(public.blueprint)
    app.register_blueprint(records.blueprint)
    app.register_blueprint(wallet.blueprint)
    register_error_messages(app, ERROR_MESSAGES)
