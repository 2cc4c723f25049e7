"""What this package registers with the site."""

from flask import Flask

from webapp.relying.asking import openers
from webapp.relying.asking.messages import ERROR_MESSAGES
from webapp.web.error_handlers import register_error_messages


def init_app(app: Flask) -> None:
    """Make room for who makes requests, and register what refusals say."""
    openers.init_app(app)
    register_error_messages(app, ERROR_MESSAGES)
