"""The counter: operators sign in and look at customers."""

from flask import Blueprint

blueprint = Blueprint("counter", __name__)
