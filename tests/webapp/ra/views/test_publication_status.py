"""The counter shows how lists and responder stand, and what to do when one is late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from webapp.accounts.models import Role
from webapp.repository.crl import CRL_REFRESH, CRL_VALIDITY, current_crl
from webapp.repository.status_overview import Health, overview

PATH = "/counter/status"


@pytest.fixture
def ca(app):
    return app.extensions["certferry.ca"]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_reads_the_log_sees_numbers_and_dates(
    operator_of, ca, stored, now, role, language
):
    crl = current_crl(stored, ca.authority, now)
    browser = operator_of(role)
    browser.submit(f"/language/{language}")

    page = browser.open(PATH)

    assert page.status_code == 200
    assert f'<dd class="figures">{crl.number}</dd>' in page.text
    assert ca.locations.crl_url in page.text
    assert f'href="{PATH}" aria-current="page"' in page.text


def test_others_do_not(operator_of):
    assert operator_of(Role.COUNTER).open(PATH).status_code == 403


def test_a_fresh_centre_is_in_order(stored, ca, now):
    current_crl(stored, ca.authority, now)

    assert overview(stored, ca, now).health == Health.GOOD


@pytest.mark.parametrize(
    ("later", "health"),
    [
        (CRL_REFRESH, Health.GOOD),
        (CRL_REFRESH + timedelta(hours=1), Health.DUE),
        (CRL_VALIDITY, Health.LATE),
    ],
)
def test_a_list_that_nobody_signed_anew_is_due_and_then_late(
    stored, ca, now, later, health
):
    current_crl(stored, ca.authority, now)

    full = overview(stored, ca, now + later).full

    assert full.health == health
    assert abs(full.age - later) < timedelta(seconds=2)


def test_where_no_list_was_signed_the_page_says_what_to_do(
    operator_of, stored, ca, now
):
    page = operator_of(Role.AUDITOR).open(PATH)

    assert overview(stored, ca, now).full is None
    assert overview(stored, ca, now).health == Health.LATE
    assert page.status_code == 200
    assert "badge stop" in page.text


def test_the_file_of_the_root_list_may_be_gone(
    app, operator_of, stored, ca, now, tmp_path
):
    config = replace(ca.config, root_crl=tmp_path / "gone.crl")
    app.extensions["certferry.ca"] = replace(ca, config=config)

    page = operator_of(Role.AUDITOR).open(PATH)

    assert page.status_code == 200
    assert "certferry ca renew-root-crl" in page.text
    assert overview(stored, app.extensions["certferry.ca"], now).root is None


def test_a_root_list_is_due_two_months_before_its_end(stored, ca, now):
    end = overview(stored, ca, now).root.next_update

    assert overview(stored, ca, end - timedelta(days=59)).root.health == Health.DUE
    assert overview(stored, ca, end).root.health == Health.LATE


def test_certificates_are_shown_until_when_and_due_when_nobody_renewed_them(
    stored, ca, now
):
    ca.services.renew(now)
    held = {entry.name: entry for entry in overview(stored, ca, now).certificates}
    later = overview(stored, ca, now + timedelta(days=16)).certificates
    over = overview(stored, ca, now + timedelta(days=29)).certificates

    assert {entry.health for entry in held.values()} == {Health.GOOD}
    assert set(held) == {"issuing", "ocsp-responder", "time-stamping", "receipt-signer"}
    assert {e.name: e.health for e in later}["ocsp-responder"] == Health.DUE
    assert {e.name: e.health for e in over}["ocsp-responder"] == Health.DUE
