"""The table of factors: a fifth one is a module, a template and a row."""

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import select

from tests.support import sms_factor
from tests.support.certificate_factory import CertificateFactory
from tests.support.sms_factor import SmsBase, SmsFactor, SmsPhone
from tests.webapp.authenticators.views.test_settings import answer_card
from tests.webapp.ra.conftest import HASHED, WHY, OperatorBrowser
from webapp import create_app
from webapp.accounts.models import AccountChange, Operator, Role
from webapp.authenticators.factors import FACTORS, factor_options, second_factors
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.config.second_factors import read_second_checks
from webapp.config.setting_values import SettingValueError
from webapp.enrolment.models import Application
from webapp.enrolment.steps import RequiredChecks

HERE = "/me/security"
REVOKE = {"reason": "cessation_of_operation", "confirmed": "yes"}
PHONE = "+821012345678"


@dataclass
class FakeGateway:
    """Keeps what it was to send."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, number: str, text: str) -> None:
        self.sent.append((number, text))

    @property
    def code(self) -> str:
        return self.sent[-1][1]


@pytest.fixture
def gateway(monkeypatch):
    port = FakeGateway()
    monkeypatch.setitem(FACTORS, "sms", SmsFactor(port))
    return port


@pytest.fixture
def config(config):
    return replace(config, second_checks=("card", "sms"), require_security_card=True)


@pytest.fixture
def app(config, gateway):
    app = create_app(config)
    folder = Path(sms_factor.__file__).parent / "templates"
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(folder)])
    SmsBase.metadata.create_all(app.extensions["certferry.sessions"].kw["bind"])
    return app


@pytest.fixture
def enrolled(customer, stored, hana, issued, gateway):
    """She set codes by SMS up, with the card; then the sign-in is a new one."""
    hana.phone = PHONE
    stored.commit()
    customer.open(f"{HERE}/prove")
    assert answer_card(customer, stored, hana, issued, aim="sms").status_code == 302
    assert customer.submit(f"{HERE}/sms").headers["Location"] == f"{HERE}/sms"
    answer = customer.submit(f"{HERE}/sms/confirm", code=gateway.code)
    assert answer.headers["Location"] == f"{HERE}?done=sms"
    return answer


@pytest.fixture
def clerk(app, stored, now):
    operator = Operator(
        login_id="clerk",
        password_hash=HASHED,
        session_key=secrets.token_hex(16),
        name="박창구",
        role=Role.COUNTER,
        created_at=now,
    )
    stored.add(operator)
    stored.commit()
    browser = OperatorBrowser(app.test_client(), operator=operator.id)
    assert browser.enter("clerk").status_code == 302
    return browser


def sign_in_anew(customer, password):
    customer.submit("/sign-out")
    customer.sign_in("demo", password)


def guess(customer, where, times):
    return [customer.submit(where, code="x") for _ in range(times)][-1]


def test_settings_may_name_a_fifth_factor_as_soon_as_the_table_has_it(gateway):
    options = factor_options()

    assert [option.id for option in options] == [row.id for row in second_factors()]
    assert read_second_checks("sms, card", options) == ("sms", "card")
    with pytest.raises(SettingValueError, match="card one-time-code passkey sms"):
        read_second_checks("telex", options)


def test_a_fifth_factor_is_among_what_people_are_told_to_have_at_hand(
    config, gateway, app
):
    alone = replace(config, second_checks=("sms",))

    page = create_app(alone).test_client().get("/", headers={"Accept-Language": "en"})

    assert "your phone for codes" in page.text


def test_a_fifth_factor_is_enrolled_after_an_older_one_and_shown(
    customer, enrolled, gateway
):
    page = customer.open(f"{HERE}?done=sms").text

    assert gateway.sent[0][0] == PHONE
    assert "Codes by SMS are set up." in page
    assert PHONE in page
    assert gateway.code not in page


def test_a_fifth_factor_is_not_enrolled_by_a_password_alone(customer, gateway):
    customer.open(HERE)

    assert customer.open(f"{HERE}/sms").request.path == f"{HERE}/prove"
    assert customer.submit(f"{HERE}/sms").status_code == 403
    assert not gateway.sent


def test_a_fifth_factor_passes_the_second_check_of_an_application(
    customer, stored, enrolled, gateway
):
    where = f"/applications/{customer.walk()}/security-card"
    assert "Use a code by SMS instead" in customer.open(where).text
    assert customer.submit(f"{where}/sms/options").headers["Location"].endswith("=sms")
    wrong = customer.submit(f"{where}/sms", code="x")

    done = customer.submit(f"{where}/sms", code=gateway.code)

    assert (wrong.status_code, "This is not the code." in wrong.text) == (422, True)
    assert done.status_code == 302
    assert stored.scalars(select(Application.card_checked_at)).one() is not None


def test_a_fifth_factor_is_the_step_up_before_revoking(
    app, customer, stored, hana, enrolled, gateway, password, now
):
    issuer = app.extensions["certferry.issuer"]
    certificate = CertificateFactory(
        replace(issuer, checks=RequiredChecks()), stored
    ).issued(now)
    sign_in_anew(customer, password)
    door = f"/certificates/{certificate.id}/revoke"
    aim = f"revoke.{certificate.id}"
    asked = customer.submit(door, **REVOKE)
    assert asked.headers["Location"] == f"{HERE}/prove?aim={aim}"
    customer.submit(f"{HERE}/prove/sms/options", aim=aim)

    proved = customer.submit(f"{HERE}/prove/sms", aim=aim, code=gateway.code)

    assert proved.headers["Location"] == door
    again = customer.submit(f"{HERE}/prove/sms", aim=aim, code=gateway.code)
    assert again.status_code == 422  # a code counts once
    customer.submit(door, **REVOKE)
    stored.expire_all()
    assert stored.get_one(Certificate, certificate.id).state == StoredState.REVOKED


def test_an_operator_unlocks_a_fifth_factor_and_its_holder_is_told(
    customer, stored, hana, enrolled, gateway, clerk
):
    assert guess(customer, f"{HERE}/prove/sms", 5).status_code == 409
    assert guess(customer, f"{HERE}/prove/sms", 1).status_code == 409
    page = f"/counter/customers/{hana.id}"
    assert "do/unlock-sms" in clerk.open(page).text

    done = clerk.submit(f"{page}/do/unlock-sms")

    assert done.status_code == 303
    assert "Codes by SMS can be used again." in clerk.open(done.location).text
    assert clerk.submit(f"{page}/do/unlock-sms").status_code == 409
    stored.expire_all()
    assert stored.get_one(SmsPhone, hana.id).locked_at is None
    change = stored.scalars(select(AccountChange).order_by(AccountChange.id)).all()[-1]
    assert change.kind == "factor_unlocked"


def test_a_fifth_factor_is_removed_by_its_holder_and_no_longer_asked_for(
    customer, stored, hana, enrolled
):
    done = customer.submit(f"{HERE}/sms/remove")

    assert done.headers["Location"] == f"{HERE}?done=sms-removed"
    assert "Codes by SMS are removed." in customer.open(done.location).text
    assert stored.get(SmsPhone, hana.id) is None
    assert customer.submit(f"{HERE}/sms/remove").status_code == 409
    assert "Codes by SMS ended" in customer.open("/me/history").text


def test_an_operator_removes_a_fifth_factor_with_a_reason(
    customer, stored, hana, enrolled, clerk
):
    path = f"/counter/customers/{hana.id}/do/remove-sms"
    assert "Forget the phone for codes" in clerk.open(path).text
    assert clerk.submit(path).status_code == 422

    done = clerk.submit(path, **WHY)

    assert done.status_code == 303
    assert "The phone for codes is forgotten." in clerk.open(done.location).text
    stored.expire_all()
    assert stored.get(SmsPhone, hana.id) is None
