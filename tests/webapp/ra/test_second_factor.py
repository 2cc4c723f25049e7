"""Operators sign in with a second factor: no way around it, and a way back."""

import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.webauthn_authenticator import Authenticator
from tests.webapp.browser_client import Browser
from tests.webapp.ra.conftest import HASHED, WORD, OperatorBrowser
from webapp import create_app
from webapp.accounts.models import Operator, Role
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import Passkey, TotpSecret
from webapp.authenticators.totp.rules import MAX_ERRORS
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.operators.pending_sign_in import (
    OFFER_INTERVAL,
    SIGN_IN_TTL,
    begin_pending,
    is_offered,
    parse_pending,
)
from webapp.ra.views import factors

MINE = "/counter/my-sign-in"
FACTOR = "/counter/sign-in/factor"
ORIGIN = "http://localhost"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
SECRET = re.compile(r"one-time-secret[^>]*><code>([A-Z2-7 ]+)</code>")


@pytest.fixture
def mode():
    return "offered"


@pytest.fixture
def config(config, mode):
    return replace(config, operator_second_factor=mode)


@pytest.fixture
def app(config):
    return create_app(config)


@pytest.fixture
def stored(app):
    with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
        yield session


@pytest.fixture
def clerk(stored, now):
    return add_operator(stored, now, "clerk", Role.COUNTER)


@pytest.fixture
def chief(stored, now):
    return add_operator(stored, now, "chief", Role.ADMINISTRATOR)


@pytest.fixture
def browser(app):
    return in_english(app)


def add_operator(stored, now, login_id, role):
    operator = Operator(
        login_id=login_id,
        password_hash=HASHED,
        session_key=secrets.token_hex(16),
        name="박창구",
        role=role,
        created_at=now,
    )
    stored.add(operator)
    stored.commit()
    return operator


def in_english(app):
    visitor = OperatorBrowser(app.test_client())
    visitor.client.set_cookie("language", "en")
    return visitor


def set_up_app(visitor):
    """Set an authenticator app up; return what makes its codes."""
    visitor.open(f"{MINE}/one-time")
    visitor.submit(f"{MINE}/one-time")
    page = visitor.open(f"{MINE}/one-time").text
    app = pyotp.TOTP(SECRET.search(page)[1].replace(" ", ""))
    answer = visitor.submit(f"{MINE}/one-time/confirm", code=app.now())
    assert answer.headers["Location"] == f"{MINE}?done=one-time"
    return app


def forget_used_codes(stored):
    """As if half a minute had passed: a code counts once."""
    for secret in stored.scalars(select(TotpSecret)):
        secret.last_step = 0
    stored.commit()


def sign_out(visitor):
    visitor.submit("/counter/sign-out")
    visitor.open("/counter/sign-in")


def with_app(visitor, stored, login_id="clerk"):
    """Sign in, set an app up, sign out."""
    visitor.enter(login_id)
    totp = set_up_app(visitor)
    sign_out(visitor)
    forget_used_codes(stored)
    return totp


# Offered.


def test_a_first_sign_in_is_offered_a_factor_and_later_leads_on(browser, clerk, stored):
    browser.open("/counter/sign-in?next=/counter/charges")
    fields = {"login_id": "clerk", "password": WORD, "next": "/counter/charges"}
    led = browser.submit("/counter/sign-in", **fields).headers["Location"]
    page = browser.open(led)
    assert "Protect your sign-in" in page.text

    answer = browser.submit(f"{MINE}/later", next="/counter/charges")

    assert answer.headers["Location"] == "/counter/charges"
    assert browser.open("/counter/charges").status_code == 200
    sign_out(browser)
    again = browser.submit("/counter/sign-in", **fields)
    assert again.headers["Location"] == "/counter/charges"


@pytest.mark.parametrize(
    ("mode", "postponed", "is_it"),
    [
        ("offered", None, True),
        ("offered", NOW, False),
        ("offered", NOW - OFFER_INTERVAL + timedelta(seconds=1), False),
        ("offered", NOW - OFFER_INTERVAL, True),
        ("required", None, False),
        ("off", None, False),
    ],
)
def test_when_it_is_offered(mode, postponed, is_it):
    assert is_offered(mode, postponed, NOW) is is_it


def test_later_leads_to_no_other_site(browser, clerk):
    browser.enter("clerk")

    answer = browser.submit(f"{MINE}/later", next="//evil.example")

    assert answer.headers["Location"] == "/counter"


# Asked for.


def test_password_then_code_opens_the_counter(browser, clerk, stored):
    totp = with_app(browser, stored)

    fields = {"login_id": "clerk", "password": WORD, "next": "/counter/charges"}
    led = browser.submit("/counter/sign-in", **fields).headers["Location"]
    assert led.startswith(FACTOR)
    page = browser.open(led)
    assert "Code of the authenticator app" in page.text
    answer = browser.submit(
        f"{FACTOR}/one-time-code", code=totp.now(), aim="/counter/charges"
    )

    assert answer.headers["Location"] == "/counter/charges"
    assert browser.open("/counter/charges").request.path == "/counter/charges"
    facts = stored.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert facts[-2:] == ["one_time.used", "operator.signed_in"]
    actor = stored.scalars(
        select(AuditEntry.actor).order_by(AuditEntry.id.desc())
    ).first()
    assert actor == f"operator:{clerk.id}"


def test_a_passkey_is_a_second_factor_and_opens_no_customers_page(
    browser, clerk, stored
):
    browser.enter("clerk")
    browser.open(f"{MINE}/passkey")
    device = Authenticator(ORIGIN)
    begun = browser.send_json(f"{MINE}/passkey/options", {}).json
    assert begun["options"]["user"]["name"] == "clerk (counter)"
    sent = {"id": begun["id"], "answer": device.make(begun["options"]), "name": "PC"}
    assert browser.send_json(f"{MINE}/passkey", sent).json["next"].startswith(MINE)
    sign_out(browser)

    # A device offers all passkeys of this site: this one is no customer's.
    begun = browser.send_json("/me/security/sign-in/options", {}).json
    sent = {"id": begun["id"], "answer": device.sign(begun["options"])}
    refused = browser.send_json("/me/security/sign-in", sent)
    assert (refused.status_code, refused.json["code"]) == (404, "unknown_passkey")

    browser.submit("/counter/sign-in", login_id="clerk", password=WORD)
    browser.open(FACTOR)
    begun = browser.send_json(f"{FACTOR}/passkey/options", {}).json
    sent = {"id": begun["id"], "answer": device.sign(begun["options"])}
    answer = browser.send_json(f"{FACTOR}/passkey", sent)
    assert answer.json == {"next": "/counter"}
    assert browser.open("/counter").request.path == "/counter"


def paths_of_the_counter(app):
    """Every address behind the counter's door, with what a browser may send there."""
    for rule in app.url_map.iter_rules():
        open_to_all = ("/counter/sign-in", "/counter/sign-out")
        if not rule.rule.startswith("/counter") or rule.rule.startswith(open_to_all):
            continue
        values = dict.fromkeys(rule.arguments, 1)
        for name in {"key_id", "institution_id"} & set(values):
            values[name] = "0" * 16  # an address has no other length
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in rule.methods & {"GET", "POST"}:
            yield method, path


def test_between_password_and_factor_nothing_of_the_counter_is_open(
    app, browser, clerk, chief, stored
):
    for login_id in ("clerk", "chief"):
        with_app(browser, stored, login_id)
        browser.submit("/counter/sign-in", login_id=login_id, password=WORD)
        browser.open(FACTOR)
        tried = 0
        for method, path in paths_of_the_counter(app):
            answer = (
                browser.client.get(path, headers={"Accept": "text/html"})
                if method == "GET"
                else browser.submit(path)
            )
            assert answer.status_code in (302, 303), (method, path)
            assert answer.headers["Location"].startswith("/counter/sign-in"), path
            script = browser.send_json(path, {}) if method == "POST" else None
            assert script is None or script.status_code in (302, 401), path
            tried += 1
        assert tried > 50
        sign_out(browser)


def test_the_time_between_password_and_factor_is_short(
    browser, clerk, stored, monkeypatch
):
    totp = with_app(browser, stored)
    browser.submit("/counter/sign-in", login_id="clerk", password=WORD)
    browser.open(FACTOR)
    real = factors.utc_now
    monkeypatch.setattr(factors, "utc_now", lambda: real() + SIGN_IN_TTL)

    answer = browser.submit(f"{FACTOR}/one-time-code", code=totp.now())

    assert answer.status_code == 401
    assert "factor_too_late" in answer.text
    assert browser.open(FACTOR).request.path == "/counter/sign-in"


@pytest.mark.parametrize(
    ("after", "is_over"),
    [
        (timedelta(0), False),
        (SIGN_IN_TTL - timedelta(seconds=1), False),
        (SIGN_IN_TTL, True),
        (timedelta(seconds=-2), True),
    ],
)
def test_when_the_time_is_over(after, is_over):
    assert begin_pending(1, "k", NOW).is_over(NOW + after) is is_over


@pytest.mark.parametrize(
    "kept", [None, "x", [], [1, 2, 3], ["1", "a", 2], {"a": 1}, [1, "a", 2, 3]]
)
def test_a_cookie_that_holds_something_else_is_no_sign_in(kept):
    assert parse_pending(kept) is None


def test_what_ends_sign_ins_ends_one_that_is_half_done(browser, clerk, stored):
    totp = with_app(browser, stored)
    browser.submit("/counter/sign-in", login_id="clerk", password=WORD)
    browser.open(FACTOR)
    stored.refresh(clerk)
    clerk.session_key = secrets.token_hex(16)
    stored.commit()

    answer = browser.submit(f"{FACTOR}/one-time-code", code=totp.now())

    assert answer.status_code == 401
    assert browser.open("/counter").request.path == "/counter/sign-in"


def test_nothing_of_a_session_goes_on_into_the_signed_in_one(browser, clerk, stored):
    totp = with_app(browser, stored)
    with browser.client.session_transaction() as cookie:
        cookie["planted"] = "before"
    browser.submit("/counter/sign-in", login_id="clerk", password=WORD)
    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert "_user_id" not in cookie
        cookie["planted"] = "between"
    browser.open(FACTOR)

    browser.submit(f"{FACTOR}/one-time-code", code=totp.now())

    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert "factor_pending" not in cookie
        assert cookie["_user_id"].startswith("operator:")


def test_wrong_codes_lock_the_app_and_say_how_many_are_left(browser, clerk, stored):
    totp = with_app(browser, stored)
    browser.submit("/counter/sign-in", login_id="clerk", password=WORD)
    browser.open(FACTOR)
    wrong = f"{(int(totp.now()) + 500_000) % 1_000_000:06}"

    pages = [
        browser.submit(f"{FACTOR}/one-time-code", code=wrong).text
        for _ in range(MAX_ERRORS)
    ]

    assert "4 tries are left" in pages[0]
    assert "another administrator helps" in pages[0]
    assert "Another administrator removes it for you" in pages[-1]
    right = browser.submit(f"{FACTOR}/one-time-code", code=totp.now())
    assert right.status_code == 409
    assert browser.open("/counter").request.path == "/counter/sign-in"


@pytest.mark.parametrize("body", [None, [], "x", {}, {"id": 1, "answer": []}])
def test_hostile_answers_are_refused(browser, clerk, stored, body):
    with_app(browser, stored)
    browser.submit("/counter/sign-in", login_id="clerk", password=WORD)
    browser.open(FACTOR)

    for path in (f"{FACTOR}/passkey", f"{FACTOR}/passkey/options"):
        assert 400 <= browser.send_json(path, body).status_code < 500
    for code in ("", "x" * 5000, "１２３４５６", "12345\x00"):
        answer = browser.submit(f"{FACTOR}/one-time-code", code=code)
        assert 400 <= answer.status_code < 500


def test_the_form_of_a_first_app_counts_once_when_it_is_sent_twice(
    browser, clerk, stored
):
    browser.enter("clerk")
    browser.submit(f"{MINE}/one-time")
    page = browser.open(f"{MINE}/one-time").text
    app = pyotp.TOTP(SECRET.search(page)[1].replace(" ", ""))
    code = app.now()

    answers = [browser.submit(f"{MINE}/one-time/confirm", code=code) for _ in range(2)]

    places = {answer.headers.get("Location") for answer in answers}
    assert places == {f"{MINE}?done=one-time"}
    forget_used_codes(stored)  # what follows is no repetition, and wants a proof
    answer = browser.submit(f"{MINE}/one-time/confirm", code=code)
    assert answer.headers.get("Location") is None
    assert answer.status_code >= 400


# Required.


@pytest.mark.parametrize("mode", ["required"])
def test_required_nothing_opens_before_one_is_set_up(app, browser, chief):
    browser.enter("chief")
    own = (MINE, "/counter/password")
    for method, path in paths_of_the_counter(app):
        if path.startswith(own):
            continue
        answer = (
            browser.client.get(path, headers={"Accept": "text/html"})
            if method == "GET"
            else browser.submit(path)
        )
        assert answer.status_code in (302, 303), (method, path)
        assert answer.headers["Location"] == MINE, (method, path)
    assert "Set up a second factor first" in browser.open(MINE).text

    set_up_app(browser)

    assert browser.open("/counter").request.path == "/counter"


@pytest.mark.parametrize("mode", ["required"])
def test_required_the_last_one_stays(browser, clerk, stored):
    browser.enter("clerk")
    totp = set_up_app(browser)
    forget_used_codes(stored)
    browser.open(f"{MINE}/prove?aim=one-time")
    browser.submit(f"{MINE}/prove/one-time-code", code=totp.now(), aim="counter")

    answer = browser.submit(f"{MINE}/one-time/remove")

    assert answer.status_code == 409
    assert "last_factor" in answer.text


def test_off_nobody_is_asked(config, browser, clerk, stored):
    with_app(browser, stored)
    plain = in_english(create_app(replace(config, operator_second_factor="off")))

    plain.enter("clerk")

    assert plain.open("/counter").request.path == "/counter"


def test_a_password_that_changes_keeps_the_factor_of_the_session(
    browser, clerk, stored
):
    browser.enter("clerk")
    set_up_app(browser)
    browser.open("/counter/password")
    new = "Another-Long-Word-9"
    browser.submit("/counter/password", old=WORD, fresh=new, again=new)

    with browser.client.session_transaction() as cookie:
        assert cookie["factor_passed"]


def test_another_way_and_a_removal_want_the_factor_once_more(browser, clerk, stored):
    browser.enter("clerk")
    totp = set_up_app(browser)
    forget_used_codes(stored)
    assert "/prove" in browser.open(f"{MINE}/passkey").request.path
    assert browser.submit(f"{MINE}/one-time/remove").status_code == 403

    browser.submit(f"{MINE}/prove/one-time-code", code=totp.now(), aim="passkey")

    assert browser.open(f"{MINE}/passkey").request.path == f"{MINE}/passkey"
    assert browser.submit(f"{MINE}/one-time/remove").status_code == 302
    assert stored.scalars(select(TotpSecret)).all() == []


# A way back.


def test_an_administrator_removes_a_colleagues_factor_with_a_reason(
    app, browser, clerk, chief, stored
):
    with_app(browser, stored)
    manager = in_english(app)
    manager.enter("chief")
    path = f"/counter/operators/{clerk.id}/second-factor"
    page = manager.open(path).text
    assert "neither of you can be the second operator" in page
    assert manager.submit(path, reason=" ").status_code == 422

    done = manager.submit(path, reason="phone lost, seen in person")

    assert done.headers["Location"].endswith("done=factor")
    stored.expire_all()
    assert stored.scalars(select(TotpSecret)).all() == []
    entry = stored.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.event == "operator.factor_removed"
    assert "phone lost" in entry.detail
    assert same_person_ids(stored, chief) == {clerk.id, chief.id}
    assert manager.submit(path, reason="again").status_code == 409
    fields = {"login_id": "clerk", "password": WORD}
    led = browser.submit("/counter/sign-in", **fields).headers["Location"]
    assert led.startswith(MINE)  # it is offered anew


def test_nobody_removes_their_own_that_way_and_no_clerk_anybodys(
    app, clerk, chief, stored
):
    manager, other = in_english(app), in_english(app)
    manager.enter("chief")
    other.enter("clerk")

    own = manager.submit(f"/counter/operators/{chief.id}/second-factor", reason="x")
    assert (own.status_code, "own_account" in own.text) == (403, True)
    path = f"/counter/operators/{chief.id}/second-factor"
    assert other.submit(path, reason="x").status_code == 403


def test_rows_belong_to_one_holder(stored, clerk, now):
    stored.add(
        Passkey(
            customer_id=1,
            operator_id=clerk.id,
            credential_id=b"x",
            public_key=b"x",
            name="x",
            made_at=now,
        )
    )

    with pytest.raises(Exception, match="ck_passkey_holder"):
        stored.commit()


def test_a_customer_signs_in_as_before(app, password):
    visitor = Browser(app.test_client())
    visitor.sign_in("demo", password)

    assert visitor.open("/me/security").status_code == 200
