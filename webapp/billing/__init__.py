"""What certificates cost, and whether it was paid."""

from flask import Flask

from webapp.billing.messages import ERROR_MESSAGES
from webapp.web.error_handlers import register_error_messages


def init_app(app: Flask) -> None:
    """Register what people read for its refusals."""
    register_error_messages(app, ERROR_MESSAGES)
