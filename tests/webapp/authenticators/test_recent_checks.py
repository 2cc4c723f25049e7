"""What a sign-in proved minutes ago is not asked again, where the operator says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.webapp.browser_client import STEPS, Browser
from webapp import create_app
from webapp.accounts.models import AccountChange, Customer
from webapp.authenticators.recent_checks import minutes_ago, still_counts
from webapp.enrolment.models import Application

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


@pytest.fixture
def minutes():
    return 10


@pytest.fixture
def app(config, minutes):
    return create_app(replace(config, checks_last=minutes))


@pytest.fixture
def stored(app):
    with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
        yield session


@pytest.mark.parametrize(
    ("age", "lasts", "counts"),
    [
        (timedelta(0), TEN, True),
        (TEN - timedelta(microseconds=1), TEN, True),
        (TEN, TEN, False),
        (timedelta(seconds=-1), TEN, False),  # a clock that was set back
        (timedelta(0), timedelta(0), False),  # never
    ],
)
def test_for_how_long_a_check_counts(age, lasts, counts):
    assert still_counts(NOW - age, NOW, lasts) is counts


def test_what_was_never_passed_does_not_count():
    assert not still_counts(None, NOW, TEN)


@pytest.mark.parametrize(("changed", "counts"), [(-1, True), (0, False), (1, False)])
def test_a_change_at_the_counter_since_ends_it(changed, counts):
    passed = NOW - timedelta(minutes=5)

    at = passed + timedelta(seconds=changed)

    assert still_counts(passed, NOW, TEN, at) is counts


def test_minutes_are_whole_ones():
    assert minutes_ago(NOW - timedelta(seconds=59), NOW) == 0
    assert minutes_ago(NOW - timedelta(seconds=239), NOW) == 3
    assert minutes_ago(NOW + timedelta(seconds=5), NOW) == 0


def walk_to_type(visitor):
    """Begin an application; return its address, and where terms lead."""
    path = f"/applications/{visitor.begin()}"
    answer = visitor.submit(f"{path}/terms", **STEPS[0][1])
    return path, answer.headers["Location"].rsplit("/", 1)[-1]


def prove(visitor):
    """Pass a check in an application, and return its address."""
    path, step = walk_to_type(visitor)
    assert step == "you"
    visitor.submit(f"{path}/you", birth_date="19900131")
    return path


def prove_and_begin_again(visitor):
    visitor.submit(f"{prove(visitor)}/begin-again")


def test_the_next_application_of_the_sign_in_goes_past_it_and_says_so(customer, stored):
    customer.client.set_cookie("language", "en")
    prove_and_begin_again(customer)

    path, step = walk_to_type(customer)

    assert step == "type"
    page = customer.open(f"{path}/type").text
    assert 'id="earlier"' in page
    assert "checked just now" in page
    rows = stored.scalars(select(Application).order_by(Application.started_at)).all()
    # The moment is that of the check, so that it does not last longer by being used.
    assert rows[0].identity_confirmed_at == rows[-1].identity_confirmed_at


@pytest.mark.parametrize("minutes", [0])
def test_where_the_operator_does_not_allow_it_all_is_asked_again(customer):
    prove_and_begin_again(customer)

    assert walk_to_type(customer)[1] == "you"


def test_another_sign_in_of_the_customer_proves_it_itself(app, customer, password):
    prove_and_begin_again(customer)
    other = Browser(app.test_client())
    other.sign_in("demo", password)

    assert walk_to_type(other)[1] == "you"


def test_a_changed_password_ends_it(customer, password):
    prove_and_begin_again(customer)
    new = "Quiet-Lantern-Harbour-58"
    customer.open("/me/password")
    answer = customer.submit("/me/password", old=password, new=new, again=new)
    assert answer.status_code == 302
    customer.open("/")

    assert walk_to_type(customer)[1] == "you"


def test_a_change_at_the_counter_ends_it(customer, stored):
    path = prove(customer)
    id_ = stored.scalar(select(Customer.id).where(Customer.login_id == "demo"))
    change = AccountChange(
        customer_id=id_, kind="phone_changed", made_at=datetime.now(UTC)
    )
    stored.add(change)
    stored.commit()

    customer.submit(f"{path}/begin-again")

    assert walk_to_type(customer)[1] == "you"


def test_what_is_too_old_is_asked_again(customer, stored):
    path = prove(customer)
    stored.execute(
        update(Application).values(identity_confirmed_at=datetime.now(UTC) - TEN)
    )
    stored.commit()

    customer.submit(f"{path}/begin-again")

    assert walk_to_type(customer)[1] == "you"
