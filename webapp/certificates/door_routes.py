"""The doors: what happened, re-issue, renew, suspend, resume, revoke."""

from flask import Blueprint

blueprint = Blueprint("doors", __name__)
