"""An account that the counter locked: said only to whoever knows its password."""

import pytest
from sqlalchemy import update

from webapp.accounts.models import Customer


@pytest.fixture
def locked(stored, now):
    stored.execute(update(Customer).values(locked_at=now))
    stored.commit()


def test_the_right_password_is_told_of_the_lock(locked, visitor, password):
    answer = visitor.sign_in("demo", password)

    assert answer.status_code == 403
    assert 'role="alert"' in answer.text


def test_a_wrong_password_learns_nothing_of_the_lock(visitor, stored, now):
    visitor.open("/sign-in")
    before = visitor.submit("/sign-in", login_id="demo", password="wrong")
    stored.execute(update(Customer).values(locked_at=now))
    stored.commit()
    visitor.open("/sign-in")

    after = visitor.submit("/sign-in", login_id="demo", password="wrong")

    assert (before.status_code, after.status_code) == (401, 401)
    assert len(before.text) == len(after.text)


def test_a_lock_ends_the_sessions_that_are_open(customer, stored, now):
    stored.execute(update(Customer).values(locked_at=now))
    stored.commit()

    assert customer.open("/me/password").request.path == "/sign-in"
