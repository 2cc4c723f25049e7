"""A demo lets anybody in with one button, and moves its clock; no other centre does."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webapp.browser_client import PAGE, Browser
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.clock import DemoClock, ahead, true_time, use_demo_clock, utc_now
from webapp.demo import people

PATHS = {
    ("GET", "/demo/bank"),
    ("POST", "/demo/sign-in"),
    ("GET", "/demo/phone"),
    ("GET", "/demo/card"),
    ("POST", "/demo/clock"),
    ("GET", "/demo/ask"),
    ("POST", "/demo/ask"),
    ("GET", "/demo/ask/<request_id>"),
}


@pytest.fixture
def clock(tmp_path):
    """A demo whose clock can be moved."""
    use_demo_clock(tmp_path / "clock")
    yield tmp_path / "clock"
    use_demo_clock(None)


@pytest.fixture
def real(config):
    """A visitor of a centre that is no demo."""
    return Browser(create_app(replace(config, demo=False)).test_client())


@pytest.fixture
def phoning(config):
    """The demo's customer, where the phone is checked."""
    visitor = Browser(
        create_app(replace(config, require_phone_check=True)).test_client()
    )
    visitor.open("/sign-in")
    visitor.submit("/demo/sign-in")
    visitor.open("/")
    return visitor


def enter(visitor, **fields):
    visitor.open("/sign-in")
    answer = visitor.submit("/demo/sign-in", **fields)
    visitor.open("/")
    return answer


def move(visitor, to, **fields):
    return visitor.submit("/demo/clock", to=to, **fields)


def test_one_press_signs_the_customer_of_the_demo_in(visitor, stored):
    assert 'action="/demo/sign-in"' in visitor.open("/sign-in").text

    answer = enter(visitor)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert "김하나 님" in visitor.open("/").text
    newest = select(AuditEntry.event).order_by(AuditEntry.id.desc()).limit(1)
    assert stored.scalar(newest) == "customer.signed_in"


@pytest.mark.parametrize("who", ["operator", "colleague"])
def test_one_press_signs_an_operator_of_the_demo_in(visitor, who):
    visitor.open("/counter/sign-in")

    answer = visitor.submit("/demo/sign-in", who=who)

    assert answer.headers["Location"] == "/counter"
    assert visitor.open("/counter/customers").status_code == 200


def test_a_customer_who_was_locked_stays_out(visitor, stored, now):
    stored.scalars(select(Customer)).one().locked_at = now
    stored.commit()

    answer = enter(visitor)

    assert answer.status_code >= 400
    assert visitor.client.get("/me/history", headers=PAGE).status_code == 302


def test_no_other_centre_has_any_of_it(real, clock):
    for method, path in PATHS:
        real.open("/sign-in")
        answer = real.client.open(
            path,
            method=method,
            data={"csrf_token": real.token} if method == "POST" else None,
            headers=PAGE,
        )
        assert answer.status_code == 404, path
    page = real.open("/sign-in").text
    assert "/demo/" not in page
    assert "demo-note" not in page
    assert not clock.exists()


def test_every_path_of_a_demo_is_tried_above(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/demo")]

    methods = {"GET", "POST"}
    assert {(m, r.rule) for r in rules for m in r.methods & methods} == PATHS


def test_the_banner_says_who_is_in_the_demo(visitor):
    page = visitor.open("/").text

    for shown in (
        people.NAME,
        "1990-01-31",
        people.OPERATOR_NAME,
        people.SECOND_OPERATOR_NAME,
        'href="/demo/phone"',
        'href="/demo/card"',
    ):
        assert shown in page


def test_an_english_banner_names_the_operators_in_latin_letters(visitor):
    headers = {**PAGE, "Accept-Language": "en"}
    page = visitor.client.get("/counter/sign-in", headers=headers).text

    assert page.count("Sign in as Park Doum") == 2
    assert page.count("Sign in as Lee Hamkke") == 2
    assert people.OPERATOR_NAME not in page
    assert people.SECOND_OPERATOR_NAME not in page


def test_the_phone_waits_then_leads_to_the_call_that_rings(phoning):
    assert "걸려 온 전화가 없어요" in phoning.open("/demo/phone").text
    application = phoning.walk()
    phoning.submit(f"/applications/{application}/phone-check")

    page = phoning.open(f"/applications/{application}/phone-check").text
    phone = phoning.client.get("/demo/phone")

    assert 'href="/demo/phone"' in page
    assert re.fullmatch(r"/voice/console/[\w-]+", phone.headers["Location"])


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("ko", "화면에 보이는 숫자 두 자리를"), ("en", "the two digits on your screen")],
)
def test_the_phone_speaks_the_language_of_the_page(phoning, language, sentence):
    application = phoning.walk()
    phoning.submit(f"/applications/{application}/phone-check")
    call = phoning.client.get("/demo/phone").headers["Location"]
    phoning.submit(call, press="answer")

    page = phoning.client.get(call, headers={**PAGE, "Accept-Language": language}).text

    said_at_all = re.search(
        r'<blockquote class="phone-voice".*?</blockquote>', page, re.S
    )
    assert sentence in said_at_all[0]
    assert ("Please" in said_at_all[0]) == (language == "en")


def test_the_card_is_the_one_that_was_printed(demo_template, visitor):
    page = visitor.open("/demo/card").text

    assert demo_template[1].card.number in page
    assert all(code in page for code in demo_template[1].card.codes)


def test_the_clock_goes_ahead_and_back(visitor, clock):
    enter(visitor)
    before = utc_now()

    answer = move(visitor, "later", next="/wallet")

    assert answer.headers["Location"] == "/wallet"
    assert ahead() == timedelta(days=30)
    assert utc_now() - before >= timedelta(days=30)
    assert "30일 뒤" in visitor.open("/").text
    move(visitor, "later")
    assert ahead() == timedelta(days=60)
    move(visitor, "today")
    assert ahead() == timedelta(0)


def test_a_sign_in_survives_the_clock(visitor, clock):
    enter(visitor)

    move(visitor, "later")

    assert "김하나 님" in visitor.open("/").text
    move(visitor, "today")
    assert "김하나 님" in visitor.open("/").text


def test_all_processes_and_a_restart_have_the_same_time(clock):
    mine, other = DemoClock(clock), DemoClock(clock)
    assert (mine.days, other.days) == (0, 0)

    mine.set(90)

    assert (other.days, DemoClock(clock).days) == (90, 90)


@pytest.mark.parametrize("content", ["", "x", "-5", "\xff", "1e9", "30.5"])
def test_a_file_that_says_nothing_is_today(clock, content):
    clock.write_text(content)

    assert ahead() == timedelta(0)


def test_the_clock_has_an_end(visitor, clock):
    enter(visitor)
    for _ in range(20):
        move(visitor, "later")

    assert ahead() == timedelta(days=DemoClock.MAX_DAYS)
    assert 'value="later"' not in visitor.open("/").text


def test_the_clock_leads_to_no_other_site(visitor, clock):
    enter(visitor)

    answer = move(visitor, "later", next="//evil.example")

    assert answer.headers["Location"] == "/"


def test_what_others_show_goes_by_the_true_time(clock):
    true = true_time(utc_now())
    DemoClock(clock).set(30)

    assert abs(true_time(utc_now()) - true) < timedelta(minutes=1)


def test_pages_tell_their_scripts_how_far_the_clock_is(visitor, clock):
    assert "data-clock-ahead" not in visitor.open("/wallet").text
    DemoClock(clock).set(30)

    page = visitor.open("/wallet").text

    assert f'data-clock-ahead="{30 * 24 * 3600 * 1000}"' in page
