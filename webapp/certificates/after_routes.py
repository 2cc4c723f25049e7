"""After issuing: receipt, reminder, where it is kept, own history."""

from flask import Blueprint

blueprint = Blueprint("after", __name__)
