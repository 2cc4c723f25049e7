"""The call before an act of the holder, at a centre that checks by phone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from tests.support.certificate_factory import CertificateFactory
from tests.support.voice_gateway import digits_on, other_than
from tests.webapp.browser_client import Browser
from tests.webapp.enrolment.test_phone_check import end_pause, reach
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.authenticators.models import PhoneCall, SecurityCard
from webapp.authenticators.phone_call import rules
from webapp.authenticators.phone_call.rules import State
from webapp.authenticators.step_up.rules import CHECK_VALIDITY
from webapp.authenticators.views import step_up
from webapp.certificates.lifecycle import StoredState as Life
from webapp.certificates.models import Certificate

PROVE = "/me/security/prove"
REVOKE = {"reason": "cessation_of_operation", "confirmed": "yes"}


@pytest.fixture
def config(config):
    return replace(config, require_phone_check=True)


@pytest.fixture
def customer(stored, hana, customer):
    """She has a phone, and no security card."""
    stored.execute(delete(SecurityCard).where(SecurityCard.customer_id == hana.id))
    stored.commit()
    return customer


@pytest.fixture
def factory(app, config, stored):
    """Certificates that are issued without a walk through the checks."""
    unchecked = create_app(replace(config, require_phone_check=False))
    return CertificateFactory.of(unchecked, stored)


@pytest.fixture
def certificate(factory, now):
    """A certificate of today."""
    return factory.issued(now)


@pytest.fixture
def owner(app):
    """Whoever holds the phone."""
    return Browser(app.test_client())


def page_of(certificate, door="revoke"):
    return f"{PROVE}/phone?aim={door}.{certificate.id}"


def revoke(visitor, certificate):
    return visitor.submit(f"/certificates/{certificate.id}/revoke", **REVOKE)


def ring(visitor, certificate, capsys):
    """Have the centre call; return the digits and where the phone rings."""
    visitor.open(page_of(certificate))
    capsys.readouterr()
    asked = visitor.submit(f"{PROVE}/phone", aim=f"revoke.{certificate.id}")
    assert asked.headers["Location"] == page_of(certificate), asked.text
    output = capsys.readouterr().out
    shown = digits_on(visitor.open(page_of(certificate)))
    return shown, re.search(r"/voice/console/\S+", output)[0]


def key_in(owner, place, *pairs):
    owner.open(place)
    owner.submit(place, press="answer")
    for pair in pairs:
        owner.submit(place, so_far=pair[0], key=pair[1])


def is_revoked(stored, certificate):
    stored.expire_all()
    return stored.get_one(Certificate, certificate.id).state == Life.REVOKED


def state_of(visitor):
    return visitor.client.get(f"{PROVE}/phone/state").json


def events(stored):
    stmt = select(AuditEntry.event).where(AuditEntry.event.startswith("phone."))
    return stored.scalars(stmt.order_by(AuditEntry.id)).all()


def test_the_call_passes_and_one_press_is_left(
    customer, owner, certificate, stored, capsys, password
):
    assert "check-next" in customer.open(f"/certificates/{certificate.id}/revoke").text
    asked = revoke(customer, certificate)
    assert asked.headers["Location"] == page_of(certificate)
    page = customer.open(page_of(certificate)).text
    assert 'href="/revoke"' in page
    assert f'value="revoke.{certificate.id}"' in page
    digits, place = ring(customer, certificate, capsys)
    assert state_of(customer)["waits"] is True

    key_in(owner, place, digits)

    assert state_of(customer)["waits"] is False
    back = customer.client.get(page_of(certificate))
    assert back.headers["Location"] == f"/certificates/{certificate.id}/revoke"
    assert 'id="checked"' in customer.open(back.headers["Location"]).text
    revoke(customer, certificate)
    assert is_revoked(stored, certificate)
    assert events(stored) == ["phone.called", "phone.checked"]


def test_the_password_is_not_enough(customer, certificate, stored, password):
    aim = f"revoke.{certificate.id}"

    typed = customer.submit(f"{PROVE}/password", password=password, aim=aim)

    assert typed.headers["Location"] == page_of(certificate)
    assert customer.open(f"{PROVE}/password?aim={aim}").request.path.endswith("/phone")
    assert revoke(customer, certificate).headers["Location"] == page_of(certificate)
    assert not is_revoked(stored, certificate)


@pytest.mark.parametrize("number", [None, "nothing to call"])
def test_who_has_no_phone_types_the_password(
    customer, certificate, stored, number, password
):
    stored.execute(update(Customer).values(phone=number))
    stored.commit()
    aim = f"revoke.{certificate.id}"
    asked = revoke(customer, certificate)
    assert asked.headers["Location"] == f"{PROVE}/password?aim={aim}"
    for answer in (
        customer.client.get(page_of(certificate)),
        customer.submit(f"{PROVE}/phone", aim=aim),
    ):
        assert answer.headers["Location"] == f"{PROVE}/password?aim={aim}"
    assert stored.scalar(select(func.count(PhoneCall.id))) == 0

    customer.show_again(password)

    revoke(customer, certificate)
    assert is_revoked(stored, certificate)


def test_who_has_a_card_may_choose_the_call(
    customer, owner, certificate, issued, stored, capsys
):
    asked = revoke(customer, certificate)
    assert asked.headers["Location"] == f"{PROVE}?aim=revoke.{certificate.id}"
    page = customer.open(asked.headers["Location"]).text
    assert f'id="by-call" href="{page_of(certificate)}"' in page
    assert 'id="other-ways"' in customer.open(page_of(certificate)).text
    digits, place = ring(customer, certificate, capsys)

    key_in(owner, place, digits)

    # The card was handed out before the call, so it takes nothing back.
    revoke(customer, certificate)
    assert is_revoked(stored, certificate)


def test_wrong_digits_pass_nothing(customer, owner, certificate, stored, capsys):
    digits, place = ring(customer, certificate, capsys)
    wrong = other_than(digits)

    key_in(owner, place, wrong, wrong)

    assert stored.scalar(select(PhoneCall.state)) == State.WRONG
    page = customer.open(page_of(certificate))
    assert 'role="alert"' in page.text
    assert digits_on(page) == ""
    assert revoke(customer, certificate).status_code == 303
    assert not is_revoked(stored, certificate)


def test_another_sign_in_sees_no_digits_and_passes_nothing(
    app, customer, owner, certificate, stored, capsys, password
):
    other = Browser(app.test_client())
    other.sign_in("demo", password)
    digits, place = ring(customer, certificate, capsys)
    assert digits_on(other.open(page_of(certificate))) == ""
    assert state_of(other)["waits"] is False

    key_in(owner, place, digits)

    assert revoke(other, certificate).headers["Location"] == page_of(certificate)
    assert not is_revoked(stored, certificate)
    customer.submit("/sign-out")
    customer.sign_in("demo", password)
    assert revoke(customer, certificate).headers["Location"] == page_of(certificate)


def test_another_sign_in_ends_the_call_that_is_open(
    app, customer, owner, certificate, stored, capsys, password
):
    other = Browser(app.test_client())
    other.sign_in("demo", password)
    digits, place = ring(customer, certificate, capsys)
    other.open(page_of(certificate))

    asked = other.submit(f"{PROVE}/phone", aim=f"revoke.{certificate.id}")

    assert asked.status_code == 429  # and a pause for both
    key_in(owner, place, digits)
    assert stored.scalar(select(PhoneCall.state)) == State.OVER
    assert revoke(customer, certificate).status_code == 303


def test_another_act_shows_the_same_call_and_goes_on_to_its_own_page(
    factory, customer, owner, certificate, stored, capsys, now
):
    other = factory.issued(now)
    digits, place = ring(customer, certificate, capsys)

    assert digits_on(customer.open(page_of(other))) == digits
    customer.submit(f"{PROVE}/phone", aim=f"revoke.{other.id}")
    assert stored.scalar(select(func.count(PhoneCall.id))) == 1

    key_in(owner, place, digits)
    back = customer.client.get(page_of(other)).headers["Location"]
    assert back == f"/certificates/{other.id}/revoke"


@pytest.mark.parametrize("aim", ["", "revoke.//evil", "https://evil.example"])
def test_a_forged_aim_calls_nobody(customer, stored, aim):
    customer.open("/")

    asked = customer.submit(f"{PROVE}/phone", aim=aim)

    assert asked.headers["Location"] == "/me/security"
    page = customer.open(f"{PROVE}/phone?aim={aim}")
    assert page.request.path == "/me/security"
    assert stored.scalar(select(func.count(PhoneCall.id))) == 0


def test_the_open_call_of_an_application_is_not_that_of_the_act_and_ends(
    customer, owner, certificate, stored, capsys
):
    application = reach(customer)
    capsys.readouterr()
    customer.submit(f"/applications/{application}/phone-check")
    place = re.search(r"/voice/console/\S+", capsys.readouterr().out)[0]
    step = customer.open(f"/applications/{application}/phone-check")
    digits = digits_on(step)
    assert digits_on(customer.open(page_of(certificate))) == ""

    asked = customer.submit(f"{PROVE}/phone", aim=f"revoke.{certificate.id}")

    assert asked.status_code == 429
    key_in(owner, place, digits)
    assert revoke(customer, certificate).headers["Location"] == page_of(certificate)
    end_pause(stored)
    shown, place = ring(customer, certificate, capsys)
    key_in(owner, place, shown)
    # It passed the act's check, and no step of an application.
    step = customer.open(f"/applications/{application}/phone-check")
    assert step.request.path.endswith("/phone-check")
    revoke(customer, certificate)
    assert is_revoked(stored, certificate)


def test_an_application_ends_the_open_call_of_an_act(
    customer, certificate, stored, capsys
):
    application = reach(customer)
    ring(customer, certificate, capsys)

    asked = customer.submit(f"/applications/{application}/phone-check")

    assert asked.status_code == 429
    assert stored.scalar(select(PhoneCall.state)) == State.OVER


def past_calls(stored, hana, count, **fields):
    at = datetime.now(UTC) - timedelta(seconds=30)
    for number in range(count):
        values = {"state": State.NO_ANSWER, "login_session": "f" * 32} | fields
        stored.add(
            PhoneCall(
                id=f"past-{number}",
                customer_id=hana.id,
                digits="00",
                asked_at=max(at, rules.korean_midnight(datetime.now(UTC))),
                ends_at=at,
                ended_at=at,
                **values,
            )
        )
    stored.commit()


@pytest.mark.parametrize(
    ("count", "fields", "word"),
    [
        (rules.MAX_CALLS_PER_DAY, {}, "ten times today"),
        (3, {"state": State.WRONG, "errors": 2}, "wrong too often today"),
    ],
)
def test_the_days_limit_says_so_and_opens_no_easier_way(
    customer, hana, certificate, stored, password, count, fields, word
):
    past_calls(stored, hana, count, **fields)
    customer.open("/")
    customer.submit("/language/en", next="/")

    page = customer.open(page_of(certificate)).text
    asked = customer.submit(f"{PROVE}/phone", aim=f"revoke.{certificate.id}")

    assert word in page
    assert "counter" in page
    assert 'href="/revoke"' in page
    assert "data-call" not in page
    assert asked.status_code == 429
    typed = customer.submit(
        f"{PROVE}/password", password=password, aim=f"revoke.{certificate.id}"
    )
    assert typed.headers["Location"] == page_of(certificate)
    assert not is_revoked(stored, certificate)


def test_a_locked_phone_offers_the_other_ways(
    customer, hana, certificate, issued, stored
):
    past_calls(stored, hana, 3, state=State.WRONG, errors=2)

    page = customer.open(page_of(certificate)).text

    assert f'id="other-ways" href="{PROVE}?aim=revoke.{certificate.id}"' in page


def test_a_passed_call_counts_for_ten_minutes(
    customer, owner, certificate, stored, capsys, monkeypatch
):
    digits, place = ring(customer, certificate, capsys)
    key_in(owner, place, digits)
    real = step_up.utc_now
    monkeypatch.setattr(step_up, "utc_now", lambda: real() + CHECK_VALIDITY)

    assert revoke(customer, certificate).headers["Location"] == page_of(certificate)
    assert not is_revoked(stored, certificate)


def test_who_signed_out_asks_for_no_call(customer, certificate, stored):
    customer.open("/")
    customer.submit("/sign-out")
    customer.open("/")

    asked = customer.submit(f"{PROVE}/phone", aim=f"revoke.{certificate.id}")

    assert "/sign-in" in asked.headers["Location"]
    assert stored.scalar(select(func.count(PhoneCall.id))) == 0
