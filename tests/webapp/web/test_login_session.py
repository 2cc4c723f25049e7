"""A session ends at last, however busy it is, and a person goes on where they were."""

import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher

from tests.webapp.browser_client import PAGE, Browser
from webapp.accounts.models import Operator, Role
from webapp.clock import utc_now
from webapp.web import login_session
from webapp.web.login_session import CUSTOMER_LIFETIME, OPERATOR_LIFETIME

WORD = "Night-Ferry-42"
SECOND = timedelta(seconds=1)
STEP = timedelta(minutes=20)  # each request renews the half hour without one


@pytest.fixture
def operator(app, stored, now):
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    stored.add(
        Operator(
            login_id="chief",
            password_hash=cheap.hash(WORD),
            session_key=secrets.token_hex(16),
            name="박창구",
            role=Role.ADMINISTRATOR,
            created_at=now,
        )
    )
    stored.commit()
    visitor = Browser(app.test_client())
    visitor.open("/counter/sign-in")
    visitor.submit("/counter/sign-in", login_id="chief", password=WORD)
    return visitor


@pytest.fixture(params=["customer", "operator"])
def signed_in(request, password):
    """Somebody who is signed in, a page of theirs, and how long it may last."""
    visitor = request.getfixturevalue(request.param)
    if request.param == "customer":
        fields = {"login_id": "demo", "password": password}
        return visitor, "/me/history", "/sign-in", fields, CUSTOMER_LIFETIME
    fields = {"login_id": "chief", "password": WORD}
    return visitor, "/counter/customers", "/counter/sign-in", fields, OPERATOR_LIFETIME


@pytest.fixture
def later(monkeypatch):
    """Set the clock that sessions are judged by."""

    def set_to(moment):
        monkeypatch.setattr(login_session, "utc_now", lambda: moment)

    return set_to


def test_they_are_twelve_hours_and_eight():
    assert timedelta(hours=12) == CUSTOMER_LIFETIME
    assert timedelta(hours=8) == OPERATOR_LIFETIME


def test_a_busy_session_ends_all_the_same(signed_in, later):
    visitor, path, _sign_in, _fields, lifetime = signed_in
    begun = utc_now()
    passed = timedelta()
    while passed < lifetime - STEP:
        later(begun + passed)
        assert visitor.client.get(path, headers=PAGE).status_code == 200
        passed += STEP

    later(begun + lifetime + SECOND)
    answer = visitor.client.get(path, headers=PAGE)

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("language", "word"), [("ko", "시간이 지나면"), ("en", "a sign-in ends after")]
)
def test_the_sign_in_page_says_why_and_leads_back(signed_in, later, language, word):
    visitor, path, sign_in, fields, lifetime = signed_in
    later(utc_now() + lifetime + SECOND)
    headers = PAGE | {"Accept-Language": language}

    led = visitor.client.get(f"{path}?x=1", headers=headers)
    page = visitor.client.get(led.headers["Location"], headers=headers)

    asked = urlsplit(led.headers["Location"])
    assert asked.path == sign_in
    assert parse_qs(asked.query)["next"] == [f"{path}?x=1"]
    assert word in page.text
    visitor.open(led.headers["Location"])
    again = visitor.submit(sign_in, next=f"{path}?x=1", **fields)
    assert again.headers["Location"] == f"{path}?x=1"


def test_who_sends_a_form_too_late_comes_back_to_its_page(signed_in, later):
    visitor, path, sign_in, _fields, lifetime = signed_in
    visitor.open(path)
    later(utc_now() + lifetime + SECOND)
    form = "/me/password" if sign_in == "/sign-in" else "/counter/customers/new"

    answer = visitor.client.post(
        form,
        data={"csrf_token": visitor.token},
        headers=PAGE | {"Referer": f"http://localhost{form}"},
        base_url="http://localhost",
    )

    asked = parse_qs(urlsplit(answer.headers["Location"]).query)["next"]
    assert asked == [f"{form}?stale=1"]


def test_a_script_hears_that_nobody_is_signed_in(customer, later):
    later(utc_now() + CUSTOMER_LIFETIME + SECOND)

    answer = customer.client.get("/me/history.json", headers={"Accept": "*/*"})

    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")


def test_a_cookie_without_a_beginning_is_over(customer):
    with customer.client.session_transaction() as cookie:
        del cookie["began"]

    assert customer.client.get("/me/history", headers=PAGE).status_code == 302


def test_a_new_password_gives_no_more_time(customer, password, later):
    begun = utc_now()
    customer.open("/me/password")
    later(begun + CUSTOMER_LIFETIME - STEP)
    new = "a-rare-password-of-mine"
    changed = customer.submit("/me/password", old=password, new=new, again=new)
    assert changed.status_code == 302
    assert customer.client.get("/me/history", headers=PAGE).status_code == 200

    later(begun + CUSTOMER_LIFETIME + SECOND)

    assert customer.client.get("/me/history", headers=PAGE).status_code == 302


def test_a_first_visit_is_told_nothing_of_an_end(app):
    page = app.test_client().get("/sign-in", headers=PAGE | {"Accept-Language": "en"})

    assert "a sign-in ends after" not in page.text


def post_stale(visitor, path, referer):
    return visitor.client.post(
        path,
        data={"csrf_token": "of-another-session"},
        headers=PAGE | {"Referer": f"http://localhost{referer}"},
        base_url="http://localhost",
    )


@pytest.fixture
def checked(app):
    app.config["WTF_CSRF_ENABLED"] = True


def test_a_form_with_an_old_token_is_shown_again_and_says_to_press_again(
    checked, signed_in
):
    visitor, path, *_ = signed_in
    form = "/me/password" if path.startswith("/me") else "/counter/customers/new"

    answer = post_stale(visitor, form, f"{form}?a=b")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{form}?a=b&stale=1"
    page = visitor.open(answer.headers["Location"])
    assert page.status_code == 200
    assert 'id="stale-form"' in page.text
    # What is said of the fields is true with scripts and without.
    assert '<p class="needs-script">' in page.text
    assert "<noscript><p>" in page.text
    assert 'data-person="' in page.text


@pytest.mark.parametrize(
    "referer", ["", "/nowhere", "/bridge/ask", "//other.example/me/password"]
)
def test_a_page_that_cannot_be_shown_again_is_an_error_page(checked, customer, referer):
    answer = post_stale(customer, "/me/password", referer)

    assert answer.status_code == 400
    assert "csrf_refused" in answer.text


def test_without_cookies_it_is_shown_again_once_and_then_said(checked, app):
    visitor = Browser(app.test_client())

    first = post_stale(visitor, "/sign-in", "/sign-in?next=/wallet")
    second = post_stale(visitor, "/sign-in", "/sign-in?next=/wallet&stale=1")

    assert first.headers["Location"] == "/sign-in?next=/wallet&stale=1"
    assert second.status_code == 400
