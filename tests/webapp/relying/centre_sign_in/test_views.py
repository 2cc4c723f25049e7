"""Somebody signs in to the centre itself with a certificate."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.asking import sign_statement
from tests.support.revocation import revoke, suspend
from tests.webapp.browser_client import Browser
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.certificates.models import Certificate
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind
from webapp.relying.asking import service
from webapp.relying.asking.models import AskingRequest

ORIGIN = "http://localhost"
EVENT = "customer.signed_in_by_certificate"


class SigningIn:
    """A browser that wants to sign in, and a phone with a certificate."""

    def __init__(self, app, stored, factory, now, aim="/me/history"):
        self.app, self.stored, self.now = app, stored, now
        self.key = new_key(KeyKind.P_256)
        self.certificate = factory.issued(now - timedelta(days=1), key=self.key)
        self.computer, self.phone = (Browser(app.test_client()) for _ in range(2))
        self.computer.open("/sign-in")
        begun = self.computer.submit("/sign-in/certificate", next=aim)
        assert begun.status_code == 303, begun.text
        self.waits_at = begun.headers["Location"]
        self.request_id = self.waits_at.rpartition("/")[2]
        self.path = f"/sign-in/certificate/{self.request_id}"
        page = self.computer.open(self.waits_at).text
        address = re.search(r'data-address="([^"]+)"', page)[1]
        self.token = address.partition("#")[2]
        self.phone.open("/a")
        self.phone.send_json("/a/open", {"token": self.token})

    def read(self):
        self.stored.expire_all()
        return self.stored.get_one(AskingRequest, self.request_id)

    def approve(self):
        statement = service.statement_of(self.read(), self.certificate, ORIGIN)
        body = {
            "token": self.token,
            "serial": self.certificate.serial,
            "signatures": [one.hex() for one in sign_statement(self.key, statement)],
        }
        return self.phone.send_json("/a/approve", body)

    def finish(self, browser=None):
        computer = browser or self.computer
        computer.open(self.path)
        return computer.submit(self.path)

    def certificate_now(self):
        return self.stored.get_one(Certificate, self.certificate.id)

    def entries(self):
        stmt = select(AuditEntry).where(AuditEntry.event == EVENT)
        return self.stored.scalars(stmt).all()


def is_signed_in(browser):
    return browser.client.get("/me/history").status_code == 200


@pytest.fixture
def signing_in(app, stored, factory, now):
    return SigningIn(app, stored, factory, now)


def test_phone_signs_the_computer_in_and_leads_to_where_it_wanted(signing_in):
    approved = signing_in.approve()

    assert approved.json == {"next": ""}
    assert not is_signed_in(signing_in.computer)
    finished = signing_in.finish()
    assert (finished.status_code, finished.headers["Location"]) == (303, "/me/history")
    assert is_signed_in(signing_in.computer)
    assert not is_signed_in(signing_in.phone)


def test_history_names_the_certificate_and_the_device(signing_in):
    signing_in.approve()
    signing_in.finish()

    entry = signing_in.entries()[0]
    assert entry.certificate_id == signing_in.certificate.id
    assert "network" in entry.detail
    page = signing_in.computer.open("/me/history").text
    assert "인증서로 로그인했어요" in page


def test_looking_at_the_page_signs_nobody_in(signing_in):
    signing_in.approve()

    page = signing_in.computer.open(signing_in.path)

    assert page.status_code == 200
    assert signing_in.entries() == []
    assert signing_in.read().used_at is None


def test_approval_signs_in_once(signing_in):
    signing_in.approve()
    with signing_in.computer.client.session_transaction() as kept:
        copied = dict(kept)
    signing_in.finish()
    copy = Browser(signing_in.app.test_client())
    with copy.client.session_transaction() as kept:
        kept.update(copied)

    again = signing_in.finish(copy)

    assert again.status_code == 409
    assert not is_signed_in(copy)
    assert len(signing_in.entries()) == 1


def test_another_browser_is_not_signed_in(signing_in):
    signing_in.approve()
    stranger = Browser(signing_in.app.test_client())
    stranger.open("/sign-in")

    answer = stranger.submit(signing_in.path)

    assert answer.status_code == 404
    assert not is_signed_in(stranger)
    assert signing_in.read().used_at is None


def test_request_that_nobody_answered_signs_nobody_in(signing_in):
    answer = signing_in.computer.submit(signing_in.path)

    assert answer.status_code == 404
    page = signing_in.computer.client.get(signing_in.path)
    assert page.headers["Location"] == signing_in.waits_at


def test_declined_request_leads_back_to_the_form(signing_in):
    signing_in.phone.send_json("/a/decline", {"token": signing_in.token})

    page = signing_in.computer.client.get(signing_in.path)

    assert page.headers["Location"] == "/sign-in?next=/me/history"


@pytest.mark.parametrize("end", ["revoked", "suspended", "expired"])
def test_certificate_that_counts_no_more_is_refused_with_the_reason(signing_in, end):
    signing_in.approve()
    stored, certificate = signing_in.stored, signing_in.certificate_now()
    if end == "revoked":
        revoke(
            stored,
            certificate,
            reason=ReasonCode.KEY_COMPROMISE,
            actor=None,
            now=signing_in.now,
        )
    elif end == "suspended":
        suspend(stored, certificate, actor=None, now=signing_in.now)
    else:
        with unit_of_work_on(stored):
            certificate.not_after = signing_in.now - timedelta(seconds=1)

    answer = signing_in.finish()

    sentences = {
        "revoked": "폐기",
        "suspended": "멈춘",
        "expired": "오늘",
    }
    assert answer.status_code == 409
    assert sentences[end] in answer.text
    assert not is_signed_in(signing_in.computer)
    assert signing_in.entries() == []


def test_approval_is_worth_nothing_after_five_minutes(signing_in):
    signing_in.approve()
    with unit_of_work_on(signing_in.stored):
        signing_in.read().ended_at -= service.USE_WITHIN

    assert signing_in.finish().status_code == 409
    assert not is_signed_in(signing_in.computer)


def lock_customer(signing_in):
    with unit_of_work_on(signing_in.stored):
        locked = update(Customer).values(locked_at=signing_in.now)
        signing_in.stored.execute(locked)


def test_locked_customer_approves_nothing(signing_in):
    lock_customer(signing_in)

    answer = signing_in.approve()

    assert (answer.status_code, answer.json["code"]) == (403, "account_locked")
    assert signing_in.read().state == "seen"


def test_lock_is_said_only_to_who_has_the_key(signing_in):
    lock_customer(signing_in)
    signing_in.key = new_key(KeyKind.P_256)

    assert signing_in.approve().json["code"] == "request_signature"


def test_customer_locked_after_the_approval_is_not_signed_in(signing_in):
    signing_in.approve()
    lock_customer(signing_in)

    answer = signing_in.finish()

    assert answer.status_code == 403
    assert "창구" in answer.text
    assert not is_signed_in(signing_in.computer)


def test_request_of_another_part_signs_nobody_in(app, stored, factory, now):
    signing_in = SigningIn(app, stored, factory, now)
    with unit_of_work_on(stored):
        signing_in.read().opener = "demo"
    signing_in.approve()

    assert signing_in.finish().status_code == 404


@pytest.mark.parametrize("aim", ["https://evil.example/", "//evil.example", "/\\evil"])
def test_sign_in_leads_nowhere_else(app, stored, factory, now, aim):
    signing_in = SigningIn(app, stored, factory, now, aim)
    signing_in.approve()

    assert signing_in.finish().headers["Location"] == "/"


def test_earlier_session_of_the_browser_does_not_go_on(signing_in):
    with signing_in.computer.client.session_transaction() as kept:
        kept["openid"] = {"bank": "sign-in"}
    signing_in.approve()

    signing_in.finish()

    with signing_in.computer.client.session_transaction() as kept:
        assert "openid" not in kept


def test_who_is_signed_in_is_not_asked(signing_in):
    signing_in.approve()
    signing_in.finish()
    signing_in.computer.open("/")

    answer = signing_in.computer.submit("/sign-in/certificate", next="/wallet")

    assert answer.headers["Location"] == "/wallet"
