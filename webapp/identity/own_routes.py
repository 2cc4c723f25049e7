"""A customer's own ways to identify themselves: authenticator app, passkeys."""

from flask import Blueprint

blueprint = Blueprint("identity", __name__)
