"""The bridge alone, for tests in which a person needs longer: `patient:make()`."""

from flask import Flask

from mobile_bridge import Limits
from tests.support import bridge_app as served

PATIENT = Limits(
    sweep_seconds=0.1,
    creations_a_minute=1000,
    lookups_a_minute=1000,
    posts_a_minute=100_000,
)


def make() -> Flask:
    """Return the application."""
    return served.make(PATIENT)
