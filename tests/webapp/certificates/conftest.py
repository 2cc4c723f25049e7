"""Certificates at any moment of their life."""

from datetime import date

import pytest

from tests.webapp.browser_client import Browser
from webapp.accounts.password_hash import hash_password
from webapp.accounts.service import add_customer, new_customer


@pytest.fixture
def stranger(app, stored, now):
    """Somebody else, signed in."""
    new = new_customer(
        login_id="other",
        password="other-password-1",
        name="이두리",
        latin_name="LEE DURI",
        birth_date=date(1980, 1, 1),
    )
    add_customer(stored, new, now).password_hash = hash_password("other-password-1")
    stored.commit()
    visitor = Browser(app.test_client())
    visitor.sign_in("other", "other-password-1")
    return visitor
