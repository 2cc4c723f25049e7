"""A customer's own account: password."""

from flask import Blueprint

blueprint = Blueprint("account", __name__)
