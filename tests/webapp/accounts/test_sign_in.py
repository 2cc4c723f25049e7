"""Signing in: alike for unknown and wrong, limited, and over when it should be."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urljoin

import pytest
from argon2 import PasswordHasher
from itsdangerous import TimestampSigner

from tests.webapp.browser_client import PAGE, Browser
from webapp import create_app
from webapp.accounts import password_hash as passwords
from webapp.accounts.service import SignInRefusedError, password_hash_of, set_password

SCRIPT = {"Accept": "application/json"}
TOKEN = re.compile(r'(content|value)="[\w.-]{60,}"')


@pytest.fixture
def limited(config):
    """A centre that counts attempts."""
    return create_app(replace(config, rate_limits=True))


@pytest.fixture
def nobody_costs_little(monkeypatch):
    """Unknown names are compared with a cheap hash: some tests need many."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "DUMMY_HASH", cheap.hash("nobody"))


def is_signed_in(visitor):
    answer = visitor.client.post(
        "/certificates", headers={"X-CSRFToken": visitor.token, **SCRIPT}
    )
    return answer.json["code"] != "sign_in_needed"


def test_unknown_and_wrong_get_the_same_answer(visitor):
    answers = []
    for login_id in ("demo", "demi"):
        visitor.open("/sign-in")
        answer = visitor.submit("/sign-in", login_id=login_id, password="wrong")
        headers = {k: v for k, v in answer.headers.items() if k != "Set-Cookie"}
        body = TOKEN.sub("", answer.text.replace(f'value="{login_id}"', ""))
        answers.append((answer.status_code, headers, body))

    assert answers[0][0] == 401
    assert answers[0] == answers[1]


def test_unknown_and_wrong_cost_one_comparison_each(visitor, monkeypatch):
    compared = []

    class Counting:
        def verify(self, password_hash, password):
            compared.append(password_hash)
            return PasswordHasher().verify(password_hash, password)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    visitor.open("/sign-in")
    for login_id in ("demo", "ghost"):
        visitor.submit("/sign-in", login_id=login_id, password="wrong")

    assert len(compared) == 2
    assert compared[1] == passwords.DUMMY_HASH


def test_an_account_has_ten_attempts_whoever_asks(limited, password):
    for _ in range(10):
        stranger = Browser(limited.test_client())
        stranger.open("/sign-in")
        refused = stranger.submit("/sign-in", login_id="demo", password="wrong")
        assert refused.status_code == 401

    owner = Browser(limited.test_client())
    owner.open("/sign-in")
    answer = owner.submit("/sign-in", login_id=" DEMO", password=password)
    assert answer.status_code == 429
    assert "too_many_attempts" in answer.text
    assert not is_signed_in(owner)


@pytest.mark.usefixtures("nobody_costs_little")
def test_an_unknown_account_has_ten_attempts_too(limited):
    visitor = Browser(limited.test_client())
    visitor.open("/sign-in")
    tried = [
        visitor.submit("/sign-in", login_id="ghost", password="x").status_code
        for _ in range(11)
    ]

    assert tried == [401] * 10 + [429]


@pytest.mark.usefixtures("nobody_costs_little")
def test_an_address_has_thirty_attempts_over_all_accounts(limited, password):
    visitor = Browser(limited.test_client())
    visitor.open("/sign-in")
    for number in range(30):
        answer = visitor.submit("/sign-in", login_id=f"ghost{number}", password="x")
        assert answer.status_code == 401

    here = visitor.submit("/sign-in", login_id="demo", password=password)
    elsewhere = visitor.client.post(
        "/sign-in",
        data={"csrf_token": visitor.token, "login_id": "demo", "password": password},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
        headers=PAGE,
    )
    assert here.status_code == 429
    assert elsewhere.status_code == 302


@pytest.mark.usefixtures("nobody_costs_little")
def test_attempts_sent_at_once_are_counted_before_the_password_is_compared(
    limited, monkeypatch
):
    arrived = threading.Barrier(10, timeout=20)  # the ten that may be compared
    verify = passwords.verify

    def slow(password, password_hash):
        arrived.wait()
        return verify(password, password_hash)

    monkeypatch.setattr("webapp.accounts.service.verify", slow)
    visitors = [Browser(limited.test_client()) for _ in range(14)]
    for visitor in visitors:
        visitor.open("/sign-in")

    def attempt(visitor):
        answer = visitor.submit("/sign-in", login_id="ghost", password="x")
        return answer.status_code

    with ThreadPoolExecutor(14) as pool:
        outcomes = sorted(pool.map(attempt, visitors))

    assert outcomes == [401] * 10 + [429] * 4


@pytest.mark.usefixtures("nobody_costs_little")
def test_signing_in_with_the_right_password_uses_no_attempt_up(limited, password):
    for _ in range(11):
        answer = Browser(limited.test_client()).sign_in("demo", password)
        assert answer.status_code == 302


@pytest.mark.usefixtures("nobody_costs_little")
def test_a_limit_says_what_to_do_to_people_and_to_scripts(limited):
    client = limited.test_client()
    visitor = Browser(client)
    visitor.open("/sign-in")
    form = {"csrf_token": visitor.token, "login_id": "", "password": ""}
    for _ in range(11):
        answer = client.post("/sign-in", data=form, headers=SCRIPT)

    assert answer.status_code == 429
    assert answer.json["code"] == "too_many_attempts"
    assert answer.json["sentence"]
    assert answer.json["next"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_nobody_is_led_to_another_site(visitor, elsewhere):
    visitor.open("/")
    answer = visitor.submit("/language/en", next=elsewhere)
    form = visitor.client.get("/sign-in", query_string={"next": elsewhere})

    assert answer.headers["Location"] == "/"
    assert '<input type="hidden" name="next" value="/">' in form.text


@pytest.mark.parametrize("here", ["/wallet", "/applications/abc?x=1", "/a//b", "/가"])
def test_a_page_of_ours_is_returned_to(visitor, here):
    visitor.open("/")
    answer = visitor.submit("/language/en", next=here)

    whole = urljoin("http://127.0.0.1:8000", answer.headers["Location"])
    assert whole.startswith("http://127.0.0.1:8000/")
    assert answer.headers["Location"] != "/"


def test_signing_in_leads_back_to_where_it_was_asked_for(visitor, password):
    asked = visitor.client.get("/certificates/abc/send", headers=PAGE)
    assert asked.headers["Location"] == "/sign-in?next=/certificates/abc/send"

    visitor.open(asked.headers["Location"])
    answer = visitor.submit(
        "/sign-in", login_id="demo", password=password, next="/certificates/abc/send"
    )
    assert answer.headers["Location"] == "/certificates/abc/send"


def test_a_script_is_told_that_a_sign_in_is_needed(visitor):
    answer = visitor.client.get("/certificates/abc", headers=SCRIPT)

    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")


def test_whoever_is_signed_in_is_not_asked_again(customer):
    answer = customer.client.get("/sign-in?next=/wallet", headers=PAGE)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/wallet")


def test_a_session_planted_before_the_sign_in_is_worth_nothing_after(visitor, password):
    visitor.open("/sign-in")
    planted = visitor.token
    visitor.sign_in("demo", password)

    visitor.token = planted
    assert visitor.submit("/applications").status_code == 400


def test_signing_out_ends_the_session(customer):
    answer = customer.submit("/sign-out")

    assert answer.headers["Location"] == "/"
    customer.open("/")
    assert not is_signed_in(customer)


def test_a_new_password_ends_every_session_and_the_old_password(
    app, customer, password, stored, now
):
    other = Browser(app.test_client())
    other.sign_in("demo", password)

    set_password(stored, "demo", "another-password", now)
    stored.commit()  # the caller's to do

    assert not is_signed_in(customer)
    assert not is_signed_in(other)
    assert other.sign_in("demo", password).status_code == 401
    assert other.sign_in("demo", "another-password").status_code == 302


def test_a_session_ends_half_an_hour_after_the_last_request(customer, monkeypatch):
    real = TimestampSigner.get_timestamp
    passed = 0
    monkeypatch.setattr(
        TimestampSigner, "get_timestamp", lambda signer: real(signer) + passed
    )

    passed = 29 * 60
    assert is_signed_in(customer)
    passed += 29 * 60
    assert is_signed_in(customer)
    passed += 31 * 60
    assert customer.client.get("/certificates/x", headers=SCRIPT).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor):
    cookie = visitor.client.get("/sign-in").headers["Set-Cookie"]

    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_https_the_cookie_is_bound_to_this_host(config):
    secure = create_app(replace(config, public_url="https://ca.example"))

    answer = secure.test_client().get("/sign-in", base_url="https://ca.example")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_the_database_is_free_for_others_while_a_password_is_compared(
    app, visitor, monkeypatch
):
    pool, in_use = app.extensions["certferry.sessions"].kw["bind"].pool, []

    def compare(_password, _stored_hash):
        in_use.append(pool.checkedout())
        raise SignInRefusedError

    monkeypatch.setattr("webapp.accounts.views.check_password", compare)
    for login_id in ("demo", "ghost"):
        visitor.sign_in(login_id, "x")

    assert in_use == [0, 0]


def test_a_cookie_copied_before_the_sign_out_is_worth_nothing_after(app, customer):
    thief = Browser(app.test_client())
    thief.client.set_cookie("session", customer.client.get_cookie("session").value)

    customer.submit("/sign-out")

    assert "/sign-in" in thief.open("/sign-in").request.path


@pytest.mark.parametrize(
    "hostile", ["//[", "//\u2100.com", "/\\x", "/a\nb", "[" * 9000]
)
def test_a_way_back_that_cannot_be_parsed_leads_to_the_first_page(visitor, hostile):
    visitor.open("/sign-in")

    page = visitor.client.get("/sign-in", query_string={"next": hostile}, headers=PAGE)
    sent = visitor.submit("/language/en", next=hostile)

    assert page.status_code == 200
    assert sent.headers["Location"] == "/"


def test_a_sign_in_does_not_outlive_a_password_changed_meanwhile(app, password, now):
    with app.app_context():
        from webapp.accounts.service import record_login
        from webapp.db import session

        old_hash = password_hash_of(session(), "demo")
        set_password(session(), "demo", "another-password", now)

        with pytest.raises(SignInRefusedError):
            record_login(session(), "demo", old_hash, now)


@pytest.mark.usefixtures("nobody_costs_little")
def test_a_network_of_ipv6_addresses_is_one_address(limited):
    visitor = Browser(limited.test_client())
    visitor.open("/sign-in")
    outcomes = [
        visitor.client.post(
            "/sign-in",
            data={"csrf_token": visitor.token, "login_id": f"n{n}", "password": "x"},
            environ_overrides={"REMOTE_ADDR": f"2001:db8::{n:x}"},
        ).status_code
        for n in range(1, 33)
    ]

    assert outcomes.count(401) == 30
    assert outcomes[-2:] == [429, 429]


@pytest.mark.parametrize("typed", ["Demo", " demo\u200b", "ｄｅｍｏ", "DEMO"])
def test_an_id_that_a_telephone_changed_is_the_same_id(visitor, password, typed):
    answer = visitor.sign_in(typed, password)

    assert answer.status_code == 302


def test_a_password_is_compared_whole(app, stored, now):
    long = "p" * 256
    set_password(stored, "demo", long, now)
    stored.commit()

    for path in ("/sign-in", "/counter/sign-in"):
        visitor = Browser(app.test_client())
        visitor.open(path)
        answer = visitor.submit(path, login_id="demo", password=f"{long}and-more")

        assert answer.status_code == 401
    visitor = Browser(app.test_client())
    assert visitor.sign_in("demo", long).status_code == 302
