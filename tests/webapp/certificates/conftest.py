"""Certificates at any moment of their life."""

import pytest

from tests.webapp.certificates.lives import Lives


@pytest.fixture
def lives(app, stored):
    """Lets the demo's customer live through what a certificate can."""
    return Lives.of(app, stored)
