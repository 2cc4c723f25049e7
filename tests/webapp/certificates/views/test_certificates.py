"""A page that shows a certificate says what it is, and finds the browser's copy."""

from datetime import timedelta

import pytest

from tests.support import revocation
from webapp.pki.crl import ReasonCode

BADGES = {
    "good": 'badge safe">',
    "suspended": 'badge time">',
    "revoked": 'badge stop">',
    "expired": 'badge soft">',
}
PAGES = ("", "/receipt", "/places")


@pytest.fixture
def living(factory, stored, now):
    """Make a certificate that is in some state now."""

    def make(state):
        age = timedelta(days=400) if state == "expired" else timedelta()
        certificate = factory.issued(now - age)
        if state == "suspended":
            revocation.suspend(stored, certificate, actor=None, now=now)
        if state == "revoked":
            reason = ReasonCode.KEY_COMPROMISE
            revocation.revoke(stored, certificate, reason=reason, actor=None, now=now)
        return certificate

    return make


@pytest.mark.parametrize("state", BADGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_certificate_says_its_state(customer, living, state, page):
    certificate = living(state)

    text = customer.open(f"/certificates/{certificate.id}{page}").text

    assert BADGES[state] in text
    for other in set(BADGES) - {state}:
        assert BADGES[other] not in text


@pytest.mark.parametrize("state", BADGES)
def test_the_last_page_of_an_application_says_it_too(customer, living, state):
    certificate = living(state)

    text = customer.open(f"/applications/{certificate.application_id}/done").text

    assert BADGES[state] in text
    assert (f"/certificates/{certificate.id}/send" in text) is (state == "good")
    over = state in ("revoked", "expired")
    assert ("reminder.ics" in text) is not over
    assert ("data-copy" in text) is over


@pytest.mark.parametrize("state", BADGES)
def test_what_is_over_is_offered_for_removal_where_the_browser_has_it(
    customer, living, state
):
    certificate = living(state)
    over = state in ("revoked", "expired")

    for page in ("/", f"/certificates/{certificate.id}"):
        text = customer.open(page).text
        assert (f'data-copy="{certificate.id}"' in text) is over, page
        assert f'data-sha256="{certificate.fingerprint}"' in text


def test_a_reissue_names_the_copy_of_the_old_one(customer, factory, now):
    old = factory.issued(now)
    new = factory.reissued(old, now)

    text = customer.open(f"/applications/{new.application_id}/done").text

    assert f'data-copy="{old.id}" data-sha256="{old.fingerprint}"' in text
    assert 'data-status="revoked"' in text


def test_after_a_renewal_the_old_one_is_what_it_is(customer, factory, stored, now):
    old = factory.issued(now - timedelta(days=350))
    new = factory.renewed(old, now)
    page = f"/applications/{new.application_id}/done"
    assert 'data-status="usable"' in customer.open(page).text
    receipt = f"/certificates/{new.id}/receipt"

    revocation.suspend(stored, old, actor=None, now=now)

    assert "data-copy" not in customer.open(page).text
    held = customer.open(receipt).text
    revocation.revoke(
        stored,
        old,
        reason=ReasonCode.KEY_COMPROMISE,
        actor=None,
        now=now,
    )
    assert 'data-status="revoked"' in customer.open(page).text
    gone = customer.open(receipt).text
    assert len({held, gone}) == 2


def test_a_certificate_is_sent_by_its_hash(customer, factory, now):
    certificate = factory.issued(now)

    answer = customer.client.get(f"/certificates/{certificate.id}/send")

    assert answer.headers["Location"].endswith(
        f"/move?certificate={certificate.fingerprint}"
    )
