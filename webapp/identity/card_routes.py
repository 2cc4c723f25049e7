"""The security-card step, and what may take its place."""

from flask import Blueprint

blueprint = Blueprint("security_card", __name__)
