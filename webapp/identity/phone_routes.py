"""The phone check: its step, and what the voice gateway asks."""

from flask import Blueprint

blueprint = Blueprint("phone_check", __name__)
