"""The page that asks, the page that answers, and what is sent to both."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.asking import make_request, sign_statement
from tests.webapp.browser_client import PAGE, Browser
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.relying.asking import limits, service
from webapp.relying.asking.models import AskingRequest

ORIGIN = "http://localhost"  # of Flask's client, on a computer that talks to itself


class Waiting:
    """The trial bank's request in one browser, and a device with a certificate."""

    def __init__(self, app, stored, factory, now, purpose="sign_in", computer=None):
        self.stored, self.key = stored, new_key(KeyKind.P_256)
        self.certificate = factory.issued(now - timedelta(days=1), key=self.key)
        self.computer = computer or Browser(app.test_client())
        self.phone = Browser(app.test_client())
        self.computer.open("/demo/ask")
        answer = self.computer.submit("/demo/ask", purpose=purpose)
        self.path = answer.headers["Location"]
        page = self.computer.open(self.path).text
        self.address = re.search(r'data-address="([^"]+)"', page)[1]
        self.number = re.search(r'id="shown-number"[^>]*>(\d\d)<', page)[1]
        self.token = self.address.partition("#")[2]
        self.phone.open("/a")

    @property
    def request_id(self):
        return self.path.rpartition("/")[2]

    @property
    def state(self):
        return self.computer.client.get(f"{self.path}/state").json

    def state_after(self, previous):
        path = f"{self.path}/state?after={previous}"
        return self.computer.client.get(path).json

    def withdraw(self):
        return self.computer.send_json(f"{self.path}/withdraw", {})

    def decline(self):
        return self.phone.send_json("/a/decline", {"token": self.token})

    def read(self):
        self.stored.expire_all()
        return service.find(self.stored, self.request_id)

    def set(self, **fields):
        with unit_of_work_on(self.stored):
            request = self.read()
            for name, value in fields.items():
                setattr(request, name, value)

    def open(self):
        return self.phone.send_json("/a/open", {"token": self.token})

    def body(self, **changes):
        statement = service.statement_of(self.read(), self.certificate, ORIGIN)
        signatures = [one.hex() for one in sign_statement(self.key, statement)]
        return {
            "token": self.token,
            "serial": self.certificate.serial,
            "signatures": signatures,
            **changes,
        }

    def approve(self, **changes):
        return self.phone.send_json("/a/approve", self.body(**changes))


@pytest.fixture
def waiting(app, stored, factory, now):
    return Waiting(app, stored, factory, now)


def test_device_is_told_who_asks_and_what_for(waiting):
    opened = waiting.open().json

    assert opened["asker"]["name"] == "연습은행"
    assert opened["contents"] == {"purpose": "sign_in", "binding": ""}
    assert opened["browser"]["network"] == "127.0.0.1"
    assert opened["numbers"] == []
    assert 290 <= opened["secondsLeft"] <= 300
    assert opened["expiresAt"] - opened["askedAt"] == 300


def test_asking_page_follows_each_step(waiting):
    assert waiting.state == {"state": "made", "next": ""}
    waiting.open()
    assert waiting.state == {"state": "seen", "next": ""}

    answer = waiting.approve()

    assert (answer.status_code, answer.json) == (200, {"next": ""})
    end = f"/demo/ask/{waiting.request_id}"
    assert waiting.state == {"state": "approved", "next": end}
    assert "김하나" in waiting.computer.open(end).text


def test_nothing_of_the_certificate_is_told_before_consent(waiting):
    waiting.open()
    for path in (waiting.path, f"/demo/ask/{waiting.request_id}"):
        _, _, shown = waiting.computer.open(path).text.partition("<main")
        for secret in (waiting.certificate.serial, "김하나"):
            assert secret not in shown
    assert set(waiting.state) == {"state", "next"}
    assert waiting.read().certificate_id is None


def test_same_browser_goes_on_by_itself(waiting):
    waiting.phone = waiting.computer
    waiting.open()

    answer = waiting.approve()

    assert answer.json == {"next": f"/demo/ask/{waiting.request_id}"}


def test_declining_leads_the_same_browser_back(waiting):
    waiting.phone = waiting.computer
    waiting.open()

    answer = waiting.decline()

    assert answer.json == {"next": f"/demo/ask/{waiting.request_id}"}
    assert waiting.state["state"] == "declined"


def test_withdrawn_request_says_so_to_both(waiting):
    waiting.open()

    answer = waiting.withdraw()

    assert answer.json["state"] == "withdrawn"
    assert waiting.approve().json["code"] == "request_withdrawn"
    again = waiting.withdraw()
    assert (again.status_code, again.json["code"]) == (409, "request_withdrawn")


def test_page_shows_how_a_request_ended_without_a_script_s_question(waiting, now):
    waiting.set(expires_at=now - timedelta(seconds=1))

    page = waiting.computer.open(waiting.path).text

    assert 'data-state="expired"' in page
    assert 'data-left="0"' in page
    assert waiting.open().json["code"] == "request_expired"


def test_another_network_wants_the_number(waiting):
    waiting.set(browser_network="198.51.100.7")
    opened = waiting.open().json
    assert len(opened["numbers"]) == 3
    assert waiting.number in opened["numbers"]

    without = waiting.approve()
    assert (without.status_code, without.json["code"]) == (422, "request_number_needed")
    assert waiting.approve(number=waiting.number).status_code == 200


def test_wrong_number_ends_it(waiting):
    waiting.set(browser_network="198.51.100.7")
    opened = waiting.open().json
    wrong = next(one for one in opened["numbers"] if one != waiting.number)

    answer = waiting.approve(number=wrong)

    assert (answer.status_code, answer.json["code"]) == (409, "request_number_wrong")
    assert waiting.state["state"] == "declined"
    assert waiting.approve(number=waiting.number).json["code"] == "request_declined"


def test_page_of_another_origin_gets_no_signature_that_counts(waiting):
    waiting.open()
    statement = service.statement_of(
        waiting.read(), waiting.certificate, "https://phishing.example"
    )
    signatures = [one.hex() for one in sign_statement(waiting.key, statement)]

    answer = waiting.approve(signatures=signatures)

    assert (answer.status_code, answer.json["code"]) == (422, "request_signature")
    assert waiting.state["state"] == "seen"


@pytest.mark.parametrize("path", ["", "/state", "/withdraw"])
def test_only_the_browser_that_asked_waits(waiting, path):
    stranger = waiting.phone
    method = "post" if path == "/withdraw" else "get"
    for id_ in (waiting.request_id, "0" * 32, "x"):
        answer = getattr(stranger.client, method)(
            f"/ask/{id_}{path}",
            headers={"X-CSRFToken": stranger.token, "Accept": "application/json"},
        )
        assert (answer.status_code, answer.json["code"]) == (404, "request_unknown")
    assert waiting.state["state"] == "made"


def test_end_of_the_trial_is_for_the_browser_that_asked(waiting):
    answer = waiting.phone.client.get(f"/demo/ask/{waiting.request_id}", headers=PAGE)

    assert answer.status_code == 404


TOKENS = ["", "x", "한글", "A" * 43, "A" * 10_000, 7, None, ["a"]]


@pytest.mark.parametrize("path", ["/a/open", "/a/approve", "/a/decline"])
@pytest.mark.parametrize("token", TOKENS)
def test_wrong_code_opens_nothing(waiting, path, token):
    waiting.open()

    answer = waiting.phone.send_json(path, waiting.body(token=token))

    assert (answer.status_code, answer.json["code"]) == (404, "request_unknown")
    assert waiting.state["state"] == "seen"


WRONG = {
    "no signature": ({"signatures": []}, "request_signature"),
    "a signature too many": ({"signatures": ["00"] * 2}, "request_signature"),
    "very many": ({"signatures": ["00"] * 5000}, "request_signature"),
    "not hexadecimal": ({"signatures": ["zz"]}, "request_signature"),
    "capitals": ({"signatures": ["AB"]}, "request_signature"),
    "a number": ({"signatures": [7]}, "request_signature"),
    "no list": ({"signatures": "00"}, "request_signature"),
    "no serial": ({"serial": ""}, "request_certificate"),
    "a serial of another kind": ({"serial": 7}, "request_certificate"),
    "an unknown serial": ({"serial": "ab" * 20}, "request_certificate"),
    "a long serial": ({"serial": "ab" * 9000}, "request_certificate"),
}


@pytest.mark.parametrize(("change", "code"), WRONG.values(), ids=WRONG)
def test_wrong_answer_is_refused_and_nothing_is_done(waiting, change, code):
    waiting.open()

    answer = waiting.approve(**change)

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert waiting.state["state"] == "seen"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * 50_000, "application/json", 413),
    ],
)
def test_body_of_another_kind_is_refused(waiting, content, kind, status):
    headers = {"X-CSRFToken": waiting.phone.token}
    answer = waiting.phone.client.post(
        "/a/approve", data=content, content_type=kind, headers=headers
    )

    assert answer.status_code == status


@pytest.mark.parametrize("purpose", ["", "transfer", "SIGN_IN"])
def test_trial_bank_asks_for_what_it_knows_only(visitor, purpose):
    visitor.open("/demo/ask")

    assert visitor.submit("/demo/ask", purpose=purpose).status_code == 400


def test_a_browser_waits_for_few_requests(app, visitor):
    visitor.open("/demo/ask")
    paths = [
        visitor.submit("/demo/ask", purpose="sign_in").headers["Location"]
        for _ in range(6)
    ]

    statuses = [visitor.client.get(path).status_code for path in paths]

    assert statuses == [404, 200, 200, 200, 200, 200]


def test_every_purpose_is_shown_by_its_own_words(app, stored, factory, now):
    for purpose in ("sign_documents", "consent", "prove"):
        waiting = Waiting(app, stored, factory, now, purpose)
        contents = waiting.open().json["contents"]
        assert contents["purpose"] == purpose
        assert waiting.approve().status_code == 200
        page = waiting.computer.open(f"/demo/ask/{waiting.request_id}")
        assert 'data-state="approved"' in page.text


def test_secret_of_a_code_is_neither_stored_nor_logged(waiting, capsys):
    waiting.open()
    waiting.approve()
    waiting.approve()

    printed = "".join(capsys.readouterr())
    secret = waiting.token[22:]
    assert "request_approved" in printed  # the refusal is in it: the search works
    assert waiting.token not in printed
    assert secret not in printed
    row = waiting.read()
    stored = " ".join(
        str(getattr(row, column.key)) for column in AskingRequest.__table__.columns
    )
    assert secret not in stored


def test_requests_that_nobody_opened_are_not_listed_by_guessing(app, stored, now):
    request_id = make_request(stored, now, opener="demo")
    visitor = Browser(app.test_client())
    visitor.open("/a")

    for _ in range(20):
        token = secrets.token_urlsafe(32)
        answer = visitor.send_json("/a/open", {"token": token})
        assert answer.json["code"] == "request_unknown"
    stored.expire_all()
    assert service.find(stored, request_id).seen_at is None


def test_requests_by_name_are_listed_for_that_person_alone(
    customer, app, stored, factory, now
):
    own = make_request(stored, now, opener="demo", customer_id=factory.customer.id)
    make_request(stored, now, opener="demo")

    page = customer.open("/me/requests").text

    assert customer.client.get("/me/requests/open").json == {"ids": [own]}
    assert page.count("/a#") == 1
    assert "한강은행" in page
    nobody = app.test_client().get("/me/requests/open", headers=PAGE)
    assert nobody.status_code == 302


def test_trial_bank_asks_by_name_who_is_signed_in(customer, visitor, stored, factory):
    customer.open("/demo/ask")
    customer.submit("/demo/ask", purpose="sign_in", mine="yes")
    customer.submit("/demo/ask", purpose="sign_in")

    requests = stored.scalars(select(AskingRequest.customer_id))

    assert set(requests) == {factory.customer.id, None}


def test_trial_bank_asks_nobody_by_name_without_a_sign_in(visitor, stored):
    visitor.open("/demo/ask")
    visitor.submit("/demo/ask", purpose="sign_in", mine="yes")

    assert stored.scalars(select(AskingRequest.customer_id)).all() == [None]


def test_one_request_too_many_is_refused_with_the_time_to_wait(
    visitor, stored, monkeypatch
):
    monkeypatch.setattr(limits, "MAX_OPEN", dict.fromkeys(limits.Scope, 1))
    visitor.open("/demo/ask")
    visitor.submit("/demo/ask", purpose="sign_in")

    as_page = visitor.submit("/demo/ask", purpose="sign_in")
    as_json = visitor.client.post(
        "/demo/ask", data={"csrf_token": visitor.token, "purpose": "sign_in"}
    )

    assert (as_page.status_code, as_json.status_code) == (429, 429)
    assert as_json.json["code"] == "asking_too_many"
    assert 0 < int(as_json.headers["Retry-After"]) <= 300
    assert as_page.headers["Retry-After"]
    assert len(stored.scalars(select(AskingRequest.id)).all()) == 1


def test_question_is_held_until_a_device_opens_the_request(waiting):
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(waiting.state_after, "made")
        assert waiting.open().status_code == 200

        assert held.result(10)["state"] == "seen"


@pytest.mark.parametrize(
    ("event", "state"),
    [("approve", "approved"), ("decline", "declined"), ("withdraw", "withdrawn")],
)
def test_question_is_held_until_the_request_has_ended(waiting, event, state):
    waiting.open()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(waiting.state_after, "seen")
        assert getattr(waiting, event)().status_code == 200

        outcome = held.result(10)

    assert outcome == {"state": state, "next": f"/demo/ask/{waiting.request_id}"}


def test_held_question_sees_what_another_process_changed(waiting, now):
    waiting.open()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(waiting.state_after, "seen")
        waiting.set(expires_at=now - timedelta(seconds=1))

        assert held.result(10)["state"] == "expired"


@pytest.mark.parametrize("previous", ["seen", "approved", "", "x" * 3000, "made%00"])
def test_question_after_another_state_is_answered_at_once(waiting, previous):
    assert waiting.state_after(previous)["state"] == "made"


def test_held_answer_brings_no_cookie(app, stored, factory, now, customer):
    """It would undo what the browser's other tabs did meanwhile, a sign-out too."""
    waiting = Waiting(app, stored, factory, now, computer=customer)

    answer = waiting.computer.client.get(f"{waiting.path}/state?after=seen")

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Set-Cookie" in customer.open("/demo/ask").headers


def test_opener_that_leads_to_another_site_leads_nowhere(waiting, app):
    """The waiting page goes where it is told: no part may make it a springboard."""
    openers = app.extensions["certferry.asking.openers"]
    openers["demo"] = replace(
        openers["demo"], next_address=lambda _id: "https://evil.example/"
    )
    waiting.open()

    answer = waiting.phone.send_json("/a/decline", {"token": waiting.token})

    assert answer.json == {"next": ""}
    refused = waiting.computer.client.get(f"{waiting.path}/state")
    assert refused.status_code == 500
    assert "evil" not in refused.text
