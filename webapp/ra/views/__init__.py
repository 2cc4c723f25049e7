"""Pages of the counter; each module adds its own to the blueprint."""

from flask import Flask

from webapp.ra.access import blueprint
from webapp.ra.messages import ERROR_MESSAGES
from webapp.ra.views import (
    api_keys,
    audit_log,
    certificates,
    decisions,
    factors,
    held_acts,
    home,
    institutions,
    operators,
    publication_status,
)
from webapp.ra.views.customers import cards, csv_import, record, registration
from webapp.web.error_handlers import register_error_messages

__all__ = [
    "api_keys",
    "audit_log",
    "cards",
    "certificates",
    "csv_import",
    "decisions",
    "factors",
    "held_acts",
    "home",
    "institutions",
    "operators",
    "publication_status",
    "record",
    "registration",
]


def init_app(app: Flask) -> None:
    """Register the pages of the counter, and what people read for its refusals."""
    app.register_blueprint(blueprint)
    register_error_messages(app, ERROR_MESSAGES)
