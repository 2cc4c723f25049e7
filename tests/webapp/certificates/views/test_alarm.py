"""“That was not me” stops all at once: certificates, and sign-ins elsewhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webapp.browser_client import PAGE, Browser
from webapp.audit.models import AuditEntry
from webapp.certificates.lifecycle import Initiator, StoredState
from webapp.certificates.models import Certificate
from webapp.pki.crl import ReasonCode

ALARM = "/me/not-me"


@pytest.fixture
def elsewhere(app, customer, password):
    """The same person, or somebody who knows the password, in another browser."""
    other = Browser(app.test_client())
    other.sign_in("demo", password)
    return other


def states(stored):
    stored.expire_all()
    return {one.id: one.state for one in stored.scalars(select(Certificate))}


def is_signed_in(visitor):
    answer = visitor.client.get("/me/history", headers=PAGE)
    return answer.status_code == 200


def events(stored):
    stored.expire_all()
    return stored.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()


def press(visitor):
    visitor.open(ALARM)
    return visitor.submit(ALARM)


def test_all_that_can_be_used_is_suspended_as_by_its_holder(
    customer, stored, factory, now
):
    valid = [factory.issued(now), factory.issued(now - timedelta(days=30))]

    answer = press(customer)

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/me/not-me/next")
    assert states(stored) == {one.id: StoredState.SUSPENDED for one in valid}
    holders = stored.scalars(select(Certificate.suspended_by)).all()
    assert set(holders) == {Initiator.HOLDER}
    assert events(stored).count("certificate.suspended") == 2
    assert events(stored).count("alarm.raised") == 1


def test_what_cannot_be_used_stays_as_it_is(customer, stored, factory, now):
    over = factory.issued(now - timedelta(days=800))
    revoked = factory.issued(now)
    certificate = stored.get_one(Certificate, revoked.id)
    certificate.state = StoredState.REVOKED
    certificate.revoked_at = now
    certificate.revocation_reason = ReasonCode.SUPERSEDED
    stored.commit()

    press(customer)

    assert states(stored) == {
        over.id: StoredState.VALID,
        revoked.id: StoredState.REVOKED,
    }


def test_nothing_of_anybody_else_is_touched(customer, stranger, stored, factory, now):
    own = factory.issued(now)

    press(stranger)

    assert states(stored) == {own.id: StoredState.VALID}
    assert is_signed_in(customer)


def test_other_sign_ins_end_and_this_one_goes_on(customer, elsewhere):
    assert is_signed_in(elsewhere)

    press(customer)

    assert is_signed_in(customer)
    assert not is_signed_in(elsewhere)


def test_a_copied_cookie_does_not_press_it_twice(customer, elsewhere, stored):
    elsewhere.open(ALARM)
    press(customer)

    answer = elsewhere.submit(ALARM)

    assert answer.status_code in (302, 401)
    assert events(stored).count("alarm.raised") == 1


def test_looking_changes_nothing(customer, stored, factory, now):
    own = factory.issued(now)

    page = customer.open(ALARM)

    assert page.status_code == 200
    assert states(stored) == {own.id: StoredState.VALID}
    assert "alarm.raised" not in events(stored)


def test_the_page_afterwards_says_what_is_true_now(customer, stored, factory, now):
    own = factory.issued(now)
    customer.client.set_cookie("language", "en")
    press(customer)
    stopped = customer.open("/me/not-me/next").text

    certificate = stored.get_one(Certificate, own.id)
    certificate.state, certificate.suspended_at = StoredState.VALID, None
    certificate.suspended_by = None
    stored.commit()
    resumed = customer.open("/me/not-me/next").text

    assert "Nobody can use a certificate of this centre" in stopped
    assert "A certificate of yours can be used now" in resumed


@pytest.mark.parametrize("path", ["/me/history", "/help/what-happened"])
def test_pages_that_show_what_happened_lead_to_it(customer, path):
    assert f'href="{ALARM}"' in customer.open(path).text


def test_without_a_token_it_is_refused(customer, stored, factory, now):
    own = factory.issued(now)
    customer.token = "x"

    assert customer.submit(ALARM).status_code in (302, 303, 400, 403)

    assert states(stored) == {own.id: StoredState.VALID}
