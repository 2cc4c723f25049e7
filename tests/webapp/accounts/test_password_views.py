"""A printed password opens one page only; a chosen one ends every other session."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry

NEW = "river-lantern-42"
FORM = {"new": NEW, "again": NEW}
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def printed(stored):
    """The customer's password came on paper."""
    stored.execute(update(Customer).values(must_change_password=True))
    stored.commit()


@pytest.mark.parametrize(
    "path", ["/", "/certificates/abc", "/applications/abc", "/me/password/changed"]
)
def test_with_a_printed_password_every_page_leads_to_choosing_one(
    printed, customer, path
):
    assert customer.open(path).request.path == "/me/password"


def test_with_a_printed_password_nothing_can_be_sent(printed, customer):
    form = customer.submit("/applications")
    script = customer.client.get("/certificates/abc", headers=SCRIPT)

    assert form.status_code == 403
    assert (script.status_code, script.json["code"]) == (403, "password_change_needed")


@pytest.mark.parametrize("path", ["/pki/issuing.crl", "/move", "/healthz", "/trust"])
def test_what_is_there_for_anybody_stays_open(printed, customer, path):
    page = customer.client.get(path, headers={"Accept": "text/html"})

    assert page.status_code == 200


def test_signing_out_and_choosing_a_language_stay_open(printed, customer):
    # On a shared device the page before a sign-out asks what stays.
    assert customer.open("/sign-out").request.path == "/sign-out"
    assert customer.submit("/language/en", next="/me/password").status_code == 302
    assert customer.submit("/sign-out").headers["Location"] == "/"


def test_choosing_a_password_opens_everything_and_asks_no_old_one(
    printed, customer, stored
):
    assert 'name="old"' not in customer.open("/me/password").text

    answer = customer.submit("/me/password", **FORM)

    assert answer.headers["Location"] == "/me/password/changed"
    assert customer.open("/").request.path == "/"
    stored.expire_all()
    assert not stored.scalar(select(Customer.must_change_password))
    assert "customer.password_chosen" in stored.scalars(select(AuditEntry.event)).all()


def test_the_printed_password_itself_cannot_be_chosen(printed, customer, password):
    answer = customer.submit("/me/password", new=password, again=password)

    assert answer.status_code == 422
    assert customer.open("/").request.path == "/me/password"


def test_a_change_by_choice_asks_for_the_old_one(customer, password):
    wrong = customer.submit("/me/password", old="not it", **FORM)
    right = customer.submit("/me/password", old=password, **FORM)

    assert wrong.status_code == 422
    assert right.status_code == 302


def test_other_devices_are_signed_out_and_this_one_is_not(app, customer, password):
    other = Browser(app.test_client())
    other.sign_in("demo", password)

    customer.submit("/me/password", old=password, **FORM)

    assert other.open("/me/password").request.path == "/sign-in"
    assert customer.open("/me/password").request.path == "/me/password"
    assert other.sign_in("demo", password).status_code == 401
    assert other.sign_in("demo", NEW).status_code == 302


@pytest.mark.parametrize(
    "form",
    [
        {"new": "short", "again": "short"},
        {"new": "demo19900131", "again": "demo19900131"},
        {"new": NEW, "again": "river-lantern-43"},
        {},
    ],
)
def test_a_password_against_the_rule_is_refused(customer, password, form):
    answer = customer.submit("/me/password", old=password, **form)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_the_old_password_can_be_guessed_ten_times_an_hour(config, password):
    customer = Browser(create_app(replace(config, rate_limits=True)).test_client())
    customer.sign_in("demo", password)
    customer.open("/me/password")

    tried = [
        customer.submit("/me/password", old="x" * 3, **FORM).status_code
        for _ in range(11)
    ]

    assert tried == [422] * 10 + [429]


def test_nobody_chooses_a_password_without_signing_in(visitor):
    assert visitor.open("/me/password").request.path == "/sign-in"
