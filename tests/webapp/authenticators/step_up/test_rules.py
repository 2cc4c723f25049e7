"""Resuming and revoking want one more check than the password; suspending does not."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import delete, update

from tests.support.certificate_factory import CertificateFactory
from tests.support.customers import register
from tests.support.webauthn_authenticator import Authenticator
from tests.webapp.authenticators.views.test_settings import (
    answer_card,
    make_passkey,
    set_up_app,
)
from tests.webapp.browser_client import PAGE, Browser
from webapp import create_app
from webapp.accounts.models import AccountChange
from webapp.accounts.service import new_customer
from webapp.authenticators.models import SecurityCard
from webapp.authenticators.security_card.service import find_card
from webapp.authenticators.step_up.rules import (
    CHECK_VALIDITY,
    REMOVAL_DELAY,
    Check,
    Factors,
    Kind,
    Need,
    address_of,
    need,
)
from webapp.authenticators.views import step_up
from webapp.certificates.lifecycle import Initiator, StoredState
from webapp.certificates.models import Certificate
from webapp.enrolment.models import Application

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PROVE = "/me/security/prove"
REVOKE = {"reason": "cessation_of_operation", "confirmed": "yes"}
SECOND = timedelta(seconds=1)
BY_CARD = Check(Kind.FACTOR, NOW - SECOND)
TYPED = Check(Kind.TYPED, NOW - SECOND)
CALLED = Check(Kind.PHONE, NOW - SECOND)
SIGNED = Check(Kind.SIGNATURE, NOW - SECOND)
ONE = Factors(has_any=True)
LOCKED = Factors(has_any=True, any_locked=True)
CALLABLE = Factors(is_callable=True)
REMOVED = Factors(removed_at=NOW - REMOVAL_DELAY + SECOND)


@pytest.fixture
def config(config):
    return replace(config, second_checks=("card", "one-time-code", "passkey"))


@pytest.fixture
def bare(stored, hana):
    """She has no security card; `issued` gives her one."""
    stored.execute(delete(SecurityCard).where(SecurityCard.customer_id == hana.id))
    stored.commit()


@pytest.fixture
def customer(bare, customer):
    return customer


@pytest.fixture
def held(app, stored, hana, now):
    """A certificate that its holder suspended."""
    certificate = CertificateFactory.of(app, stored).issued(now)
    certificate.state, certificate.suspended_at, certificate.suspended_by = (
        StoredState.SUSPENDED,
        now,
        Initiator.HOLDER,
    )
    stored.commit()
    return certificate


@pytest.fixture
def certificate(app, stored, now):
    """A certificate of today."""
    return CertificateFactory.of(app, stored).issued(now)


def state_of(stored, certificate):
    stored.expire_all()
    return stored.get_one(Certificate, certificate.id).state


def revoke(visitor, certificate, **fields):
    return visitor.submit(f"/certificates/{certificate.id}/revoke", **REVOKE, **fields)


def type_password(visitor, password, aim):
    return visitor.submit(f"{PROVE}/password", password=password, aim=aim)


# The rule


@pytest.mark.parametrize(
    ("checks", "factors", "needed"),
    [
        ([], Factors(), Need.TYPED),
        ([], ONE, Need.FACTOR),
        ([], LOCKED, Need.FACTOR),  # guessing five times opens no easier way
        ([], REMOVED, Need.COUNTER),
        ([], replace(REMOVED, has_any=True), Need.FACTOR),
        ([], Factors(removed_at=NOW - REMOVAL_DELAY), Need.TYPED),
        ([TYPED], Factors(), Need.NOTHING),
        ([TYPED], ONE, Need.FACTOR),
        ([TYPED], REMOVED, Need.COUNTER),
        ([SIGNED], Factors(), Need.NOTHING),
        ([SIGNED], ONE, Need.FACTOR),
        ([SIGNED], CALLABLE, Need.PHONE),
        ([SIGNED], REMOVED, Need.COUNTER),
        ([BY_CARD], ONE, Need.NOTHING),
        ([BY_CARD], REMOVED, Need.NOTHING),
        ([BY_CARD], LOCKED, Need.FACTOR),
        ([], CALLABLE, Need.PHONE),
        ([], replace(ONE, is_callable=True), Need.FACTOR),
        ([], replace(REMOVED, is_callable=True), Need.PHONE),
        ([TYPED], CALLABLE, Need.PHONE),
        ([CALLED], CALLABLE, Need.NOTHING),
        ([Check(Kind.PHONE, NOW - CHECK_VALIDITY)], CALLABLE, Need.PHONE),
        ([CALLED], replace(CALLABLE, changed_at=NOW), Need.PHONE),
        ([CALLED], LOCKED, Need.NOTHING),
        ([CALLED], ONE, Need.NOTHING),
        ([Check(Kind.FACTOR, NOW)], ONE, Need.NOTHING),
        ([Check(Kind.FACTOR, NOW - CHECK_VALIDITY + SECOND)], ONE, Need.NOTHING),
        ([Check(Kind.FACTOR, NOW - CHECK_VALIDITY)], ONE, Need.FACTOR),
        ([Check(Kind.FACTOR, NOW + SECOND)], ONE, Need.FACTOR),  # a clock set back
        ([BY_CARD], replace(ONE, changed_at=NOW), Need.FACTOR),
        ([BY_CARD], replace(ONE, changed_at=NOW - 2 * SECOND), Need.NOTHING),
        ([Check(Kind.FACTOR, NOW - CHECK_VALIDITY), CALLED], ONE, Need.NOTHING),
    ],
)
def test_what_is_asked_for(checks, factors, needed):
    assert need(checks, factors, NOW) is needed


@pytest.mark.parametrize(
    "aim",
    [
        "",
        "revoke",
        "revoke.",
        "suspend.0123abcd",
        "REVOKE.0123abcd",
        "revoke.//evil.example",
        "revoke.../../sign-out",
        "revoke.0123abcd/../../x",
        "revoke.0123abcd\n",
        "revoke.０１２３",
        "revoke." + "a" * 33,
        "https://evil.example/revoke.0123abcd",
    ],
)
def test_an_aim_leads_nowhere_else(aim):
    assert address_of(aim) is None


def test_an_aim_leads_to_the_page_of_its_act():
    assert address_of("resume.0123abcd") == "/certificates/0123abcd/resume"


# Who has nothing but the password


def test_who_has_nothing_types_the_password_and_presses_once(
    customer, stored, certificate, password
):
    before = customer.open(f"/certificates/{certificate.id}/revoke").text
    assert "check-next" in before

    asked = revoke(customer, certificate, scope="one")

    aim = f"revoke.{certificate.id}"
    assert asked.status_code == 303
    assert asked.headers["Location"] == f"{PROVE}/password?aim={aim}"
    assert state_of(stored, certificate) == StoredState.VALID
    page = customer.open(asked.headers["Location"])
    assert page.status_code == 200
    assert 'href="/revoke"' in page.text
    back = type_password(customer, password, aim)
    assert back.headers["Location"] == f"/certificates/{certificate.id}/revoke"
    kept = customer.open(back.headers["Location"]).text
    assert 'id="checked"' in kept
    assert re.search(r'value="cessation_of_operation" required checked', kept)
    assert re.search(r'name="confirmed"[^>]* checked', kept)
    assert (
        revoke(customer, certificate).headers["Location"]
        == f"/certificates/{certificate.id}"
    )
    assert state_of(stored, certificate) == StoredState.REVOKED


def test_resuming_wants_it_too(customer, stored, held, password):
    path = f"/certificates/{held.id}/resume"
    customer.open(path)
    asked = customer.submit(path)
    assert asked.headers["Location"] == f"{PROVE}/password?aim=resume.{held.id}"
    assert state_of(stored, held) == StoredState.SUSPENDED

    assert type_password(customer, password, f"resume.{held.id}").location == path
    customer.submit(path)

    assert state_of(stored, held) == StoredState.VALID


def test_suspending_wants_nothing(customer, stored, certificate, issued):
    customer.submit(f"/certificates/{certificate.id}/suspend")

    assert state_of(stored, certificate) == StoredState.SUSPENDED


def test_a_wrong_password_proves_nothing(customer, stored, certificate):
    answer = type_password(customer, "not-it", f"revoke.{certificate.id}")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "not-it" not in answer.text
    assert revoke(customer, certificate).status_code == 303
    assert state_of(stored, certificate) == StoredState.VALID


def test_ten_wrong_ones_and_it_waits_and_the_page_says_so(bare, config, password):
    with_limits = Browser(create_app(replace(config, rate_limits=True)).test_client())
    with_limits.sign_in("demo", password)
    answers = [type_password(with_limits, "no", "revoke.0123") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert 'id="tries"' in answers[2].text
    right = type_password(with_limits, password, "revoke.0123")
    assert right.status_code == 429


def test_right_ones_are_not_counted(bare, config, password):
    with_limits = Browser(create_app(replace(config, rate_limits=True)).test_client())
    with_limits.sign_in("demo", password)
    for _ in range(12):
        answer = type_password(with_limits, password, "revoke.0123")

    assert answer.status_code == 303


@pytest.mark.parametrize("aim", ["", "https://evil.example", "revoke.//evil"])
def test_a_forged_aim_ends_on_the_own_page(customer, password, aim):
    assert customer.open(f"{PROVE}/password?aim={aim}").request.path == "/me/security"
    assert type_password(customer, password, aim).location == "/me/security"


def test_the_aim_of_somebody_elses_certificate_shows_nothing(
    app, stored, certificate, password, now
):
    other = new_customer(
        login_id="other",
        password="other-password",
        name="이두리",
        latin_name="LEE DURI",
        birth_date=now.date(),
    )
    register(stored, other, now)
    stranger = Browser(app.test_client())
    stranger.sign_in("other", "other-password")

    back = type_password(stranger, "other-password", f"revoke.{certificate.id}")

    assert stranger.open(back.headers["Location"]).status_code == 404
    assert revoke(stranger, certificate).status_code == 404
    assert state_of(stored, certificate) == StoredState.VALID


# Who has a factor


def test_with_a_card_the_password_is_nothing(
    customer, stored, hana, certificate, issued, password
):
    aim = f"revoke.{certificate.id}"
    asked = revoke(customer, certificate)
    assert asked.headers["Location"] == f"{PROVE}?aim={aim}"
    page = customer.open(asked.headers["Location"]).text
    assert f'value="{aim}"' in page
    assert 'href="/revoke"' in page
    typed = type_password(customer, password, aim)
    assert typed.headers["Location"] == f"{PROVE}?aim={aim}"
    assert revoke(customer, certificate).status_code == 303
    assert state_of(stored, certificate) == StoredState.VALID

    back = answer_card(customer, stored, hana, issued, aim=aim)

    assert back.headers["Location"] == f"/certificates/{certificate.id}/revoke"
    revoke(customer, certificate)
    assert state_of(stored, certificate) == StoredState.REVOKED


def test_a_password_typed_before_the_card_came_is_nothing(
    customer, stored, hana, certificate, password, key, request
):
    type_password(customer, password, f"revoke.{certificate.id}")
    request.getfixturevalue("issued")

    assert PROVE in revoke(customer, certificate).headers["Location"]


def test_a_wrong_answer_of_the_card_proves_nothing(
    customer, stored, hana, certificate, issued
):
    revoke(customer, certificate)
    answer = answer_card(
        customer, stored, hana, issued, aim=f"revoke.{certificate.id}", wrong=True
    )

    assert answer.status_code == 422
    assert f'value="revoke.{certificate.id}"' in answer.text
    assert revoke(customer, certificate).status_code == 303


def test_a_locked_card_opens_no_easier_way(
    customer, stored, hana, certificate, issued, password
):
    find_card(stored, hana).locked_at = datetime.now(UTC)
    stored.commit()

    asked = revoke(customer, certificate)

    assert asked.headers["Location"] == f"{PROVE}?aim=revoke.{certificate.id}"
    assert 'href="/revoke"' in customer.open(asked.headers["Location"]).text
    type_password(customer, password, f"revoke.{certificate.id}")
    assert revoke(customer, certificate).status_code == 303


def with_app(customer, stored, hana, issued):
    customer.open(PROVE)
    answer_card(customer, stored, hana, issued)
    totp, _ = set_up_app(customer)
    at = datetime.now(UTC) - timedelta(seconds=30)
    customer.submit("/me/security/one-time/confirm", code=totp.at(at))
    return totp


def test_by_an_app(customer, stored, hana, certificate, issued, password):
    totp = with_app(customer, stored, hana, issued)
    customer.submit("/sign-out")
    customer.sign_in("demo", password)
    aim = f"revoke.{certificate.id}"
    assert revoke(customer, certificate).status_code == 303

    code = pyotp.TOTP(totp.secret).now()
    back = customer.submit(f"{PROVE}/one-time-code", code=code, aim=aim)
    assert back.headers["Location"] == f"/certificates/{certificate.id}/revoke"
    again = customer.submit(f"{PROVE}/one-time-code", code=code, aim=aim)
    assert again.status_code == 422  # a code is worth one proof

    revoke(customer, certificate)
    assert state_of(stored, certificate) == StoredState.REVOKED


def test_by_a_passkey(customer, stored, hana, certificate, issued, password):
    device = Authenticator("http://localhost")
    customer.open(PROVE)
    answer_card(customer, stored, hana, issued)
    assert make_passkey(customer, device).status_code == 200
    customer.submit("/sign-out")
    customer.sign_in("demo", password)
    assert revoke(customer, certificate).status_code == 303

    begun = customer.send_json(f"{PROVE}/passkey/options", {}).json
    sent = {
        "id": begun["id"],
        "answer": device.sign(begun["options"]),
        "next": f"revoke.{certificate.id}",
    }
    went = customer.send_json(f"{PROVE}/passkey", sent)

    assert went.json == {"next": f"/certificates/{certificate.id}/revoke"}
    assert customer.send_json(f"{PROVE}/passkey", sent).status_code >= 400
    revoke(customer, certificate)
    assert state_of(stored, certificate) == StoredState.REVOKED


def test_who_removed_the_last_one_a_moment_ago_goes_to_the_counter(
    customer, stored, hana, certificate, issued, password
):
    with_app(customer, stored, hana, issued)
    stored.expire_all()
    stored.delete(find_card(stored, hana))
    stored.commit()
    customer.submit("/sign-out")
    customer.sign_in("demo", password)
    customer.submit("/me/security/one-time/remove")

    asked = revoke(customer, certificate)

    page = customer.open(asked.headers["Location"])
    assert page.request.path == f"{PROVE}/password"
    assert 'id="password"' not in page.text
    assert 'href="/revoke"' in page.text
    type_password(customer, password, f"revoke.{certificate.id}")
    assert revoke(customer, certificate).status_code == 303
    customer.submit(f"/certificates/{certificate.id}/suspend")
    assert state_of(stored, certificate) == StoredState.SUSPENDED


# What a sign-in passed before


@pytest.mark.parametrize("column", ["card_checked_at", "phone_checked_at"])
@pytest.mark.parametrize(("age", "counts"), [(9, True), (11, False)])
def test_what_an_application_of_this_sign_in_passed_counts(
    customer, stored, certificate, issued, column, age, counts
):
    application = customer.begin()
    passed = datetime.now(UTC) - timedelta(minutes=age)
    stored.execute(
        update(AccountChange).values(made_at=datetime.now(UTC) - timedelta(days=1))
    )
    stored.execute(
        update(Application)
        .where(Application.id == application)
        .values({column: passed})
    )
    stored.commit()

    page = customer.open(f"/certificates/{certificate.id}/revoke").text
    revoke(customer, certificate)

    assert ('id="checked"' in page) is counts
    assert (state_of(stored, certificate) == StoredState.REVOKED) is counts


def test_an_application_of_another_sign_in_counts_nothing(
    customer, stored, certificate, issued
):
    application = customer.begin()
    stored.execute(
        update(Application)
        .where(Application.id == application)
        .values(card_checked_at=datetime.now(UTC), login_session_id="f" * 32)
    )
    stored.commit()

    assert revoke(customer, certificate).status_code == 303


def test_a_check_counts_for_ten_minutes(customer, certificate, password, monkeypatch):
    type_password(customer, password, f"revoke.{certificate.id}")
    real = step_up.utc_now
    assert (
        'id="checked"' in customer.open(f"/certificates/{certificate.id}/revoke").text
    )

    monkeypatch.setattr(step_up, "utc_now", lambda: real() + CHECK_VALIDITY)

    page = customer.open(f"/certificates/{certificate.id}/revoke").text
    assert 'id="checked"' not in page
    assert revoke(customer, certificate).status_code == 303


def test_another_sign_in_of_the_same_person_proves_it_itself(
    app, customer, stored, certificate, password
):
    type_password(customer, password, f"revoke.{certificate.id}")
    elsewhere = Browser(app.test_client())
    elsewhere.sign_in("demo", password)

    assert revoke(elsewhere, certificate).status_code == 303
    customer.submit("/sign-out")
    customer.sign_in("demo", password)
    assert revoke(customer, certificate).status_code == 303
    assert state_of(stored, certificate) == StoredState.VALID


def test_what_was_chosen_for_one_certificate_presets_no_other(
    app, customer, stored, certificate, now, password
):
    other = CertificateFactory.of(app, stored).issued(now)
    revoke(customer, certificate)
    type_password(customer, password, f"revoke.{certificate.id}")

    page = customer.open(f"/certificates/{other.id}/revoke").text

    assert " checked> " not in page
    assert not re.search(r'name="confirmed"[^>]* checked', page)


# Forms and scripts


def test_a_form_that_is_too_old_does_nothing(customer, stored, certificate, password):
    customer.token = "stale"

    answer = customer.submit(f"{PROVE}/password", password=password)

    assert answer.status_code != 303 or "stale=1" in answer.headers["Location"]
    customer.open("/")
    assert revoke(customer, certificate).status_code == 303
    assert state_of(stored, certificate) == StoredState.VALID


def test_nobody_signed_in_proves_nothing(visitor, password):
    visitor.open("/")

    answer = visitor.submit(f"{PROVE}/password", password=password)

    assert "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize(("language", "word"), [("ko", "본인"), ("en", "it is you")])
def test_a_script_reads_a_refusal(customer, certificate, language, word):
    answer = customer.client.post(
        f"/certificates/{certificate.id}/revoke",
        data={"csrf_token": customer.token, **REVOKE},
        headers={"Accept": "application/json", "Accept-Language": language},
    )

    assert (answer.status_code, answer.json["code"]) == (403, "step_up_needed")
    assert word in answer.json["sentence"]


@pytest.mark.parametrize(
    ("language", "word"), [("ko", "비밀번호를 한 번 더"), ("en", "once more")]
)
def test_the_page_speaks_both_languages(customer, certificate, language, word):
    page = customer.client.get(
        f"{PROVE}/password?aim=revoke.{certificate.id}",
        headers={**PAGE, "Accept-Language": language},
    )

    assert word in html.unescape(page.text)
