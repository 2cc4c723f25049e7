"""Where accounts are asked for: three things compared, none of them told apart."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.enrolment.models import Application
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION

ACCEPTED = {
    "version": TERMS_VERSION,
    "accepted": "yes",
    "privacy_version": PRIVACY_VERSION,
    "privacy": "yes",
}
RIGHT = {
    "birth_date": "19900131",
    "account_number": "110-234-567890",
    "account_pin": "4821",
}
WRONG = [
    {"birth_date": "19900201"},
    {"account_number": "110-234-567891"},
    {"account_pin": "4822"},
    {"account_pin": ""},
]
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def app(config):
    return create_app(replace(config, ask_account=True))


@pytest.fixture
def registered(stored):
    """The customer has an account with a PIN."""
    stored.execute(
        update(Customer).values(
            account_number="110234567890", account_pin_hash=CHEAP.hash("4821")
        )
    )
    stored.commit()


@pytest.fixture
def where(customer, registered):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)
    return f"/applications/{application}/you"


def errors_of(stored):
    stored.expire_all()
    return stored.scalar(select(Customer.account_pin_errors))


def is_confirmed(stored):
    stored.expire_all()
    application = stored.scalars(select(Application)).one()
    return application.identity_confirmed_at is not None


def alert_on(page):
    return page.text.split('role="alert"')[1].split("</div></div>")[0]


def test_account_and_pin_are_asked_for_and_the_right_ones_pass(customer, where, stored):
    assert 'name="account_pin"' in customer.open(where).text

    answer = customer.submit(where, **RIGHT)

    assert answer.status_code == 302
    assert is_confirmed(stored)


@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_is_wrong_is_refused_in_the_same_words_and_counted(
    customer, where, stored, wrong
):
    customer.submit(where, **RIGHT | {"birth_date": "20000101"})
    usual = alert_on(customer.open(where))

    customer.submit(where, **RIGHT | wrong)

    assert alert_on(customer.open(where)) == usual
    assert errors_of(stored) == 2
    assert not is_confirmed(stored)


def test_the_right_answer_forgets_the_wrong_ones(customer, where, stored):
    customer.submit(where, **RIGHT | WRONG[2])

    customer.submit(where, **RIGHT)

    assert errors_of(stored) == 0


@pytest.mark.parametrize(
    "filled",
    [
        {"account_number": "hana", "account_pin": "Correct-Horse-7"},
        {"account_number": "hana"},
        {"account_pin": "Correct-Horse-7"},
        {"account_pin": "123"},
        {"account_pin": "123456789"},
    ],
)
def test_what_a_password_manager_filled_in_is_said_and_costs_no_try(
    customer, where, stored, filled
):
    customer.submit(where, **RIGHT | filled)

    alert = alert_on(customer.open(where))
    assert "password manager" in alert or "비밀번호 관리자" in alert
    assert errors_of(stored) == 0
    assert not is_confirmed(stored)


def test_after_five_wrong_tries_the_right_answer_no_longer_helps(
    customer, where, stored
):
    for _ in range(5):
        customer.submit(where, **RIGHT | WRONG[2])
    customer.submit(where, **RIGHT)

    assert "counter" in customer.open(where).text or "창구" in customer.open(where).text
    assert not is_confirmed(stored)
    assert errors_of(stored) == 5
    logged = stored.scalars(select(AuditEntry.event)).all()
    assert logged.count("customer.account_check_locked") == 1


def test_tries_sent_at_once_are_no_more_than_five(app, customer, where, stored):
    pages = [Browser(app.test_client()) for _ in range(9)]
    cookie = customer.client.get_cookie("session").value
    for page in pages:
        page.client.set_cookie("session", cookie)
        page.token = customer.token

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(lambda page: page.submit(where, **RIGHT | WRONG[2]), pages))

    assert errors_of(stored) == 5
    assert not is_confirmed(stored)


def test_without_a_registered_account_the_counter_is_named(customer, stored):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)
    where = f"/applications/{application}/you"

    answer = customer.submit(where, **RIGHT)

    assert answer.status_code == 303
    assert 'role="alert"' in customer.open(where).text
    assert errors_of(stored) == 0
