"""Walking the steps: in order, and never lost or doubled."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.makers import make_request
from tests.webapp.browser_client import STEPS, Browser
from webapp import create_app, db
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.enrolment.guards import STEP_TIMEOUT
from webapp.enrolment.models import Application
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION, open_application
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind

ACCEPTED = {
    "version": TERMS_VERSION,
    "accepted": "yes",
    "privacy_version": PRIVACY_VERSION,
    "privacy": "yes",
}


def new_request():
    return make_request(key=new_key(KeyKind.P_256))


def step_of(page):
    return page.request.path.rsplit("/", 1)[-1]


def expire(stored):
    past = utc_now() - timedelta(seconds=1)
    stored.execute(update(Application).values(expires_at=past))
    stored.commit()


def application_in(stored):
    stored.expire_all()
    return stored.scalars(select(Application)).one()


def submit_all(customer, application):
    """Send every step; return the status codes."""
    return [
        customer.submit(f"/applications/{application}/{step}", **fields).status_code
        for step, fields in STEPS
    ]


def test_each_step_leads_to_the_next(customer):
    application = customer.begin()
    visited = [step_of(customer.open(f"/applications/{application}"))]
    for step, fields in STEPS:
        customer.submit(f"/applications/{application}/{step}", **fields)
        visited.append(step_of(customer.open(f"/applications/{application}")))

    assert visited == ["terms", "you", "type", "keep"]


@pytest.mark.parametrize("step", ["you", "type", "keep", "done"])
def test_looking_ahead_leads_to_the_step_that_is_open(customer, step):
    application = customer.begin()

    assert step_of(customer.open(f"/applications/{application}/{step}")) == "terms"


@pytest.mark.parametrize("step", ["you", "type"])
def test_a_step_cannot_be_done_before_its_turn(customer, stored, step):
    application = customer.begin()

    answer = customer.submit(f"/applications/{application}/{step}", **dict(STEPS)[step])

    assert answer.status_code == 409
    assert "step_out_of_order" in answer.text
    assert not application_in(stored).passed


def test_going_back_shows_what_was_chosen_and_lets_it_be_changed(customer, stored):
    application = customer.walk()

    for step, _ in STEPS:
        page = customer.open(f"/applications/{application}/{step}")
        assert (page.status_code, step_of(page)) == (200, step)
    customer.submit(f"/applications/{application}/type", type="personal-bank")
    assert application_in(stored).type_id == "personal-bank"
    page = customer.open(f"/applications/{application}/keep")
    assert 'data-key-kind="rsa-2048"' in page.text


def test_back_shows_each_step_and_asks_for_nothing_that_was_proved(customer, stored):
    application = customer.walk()
    where = f"/applications/{application}"

    keep = customer.open(f"{where}/keep").text
    assert f'href="{where}/type?back=1"' in keep
    assert f'href="{where}/you?back=1"' in customer.open(f"{where}/type?back=1").text
    you = customer.open(f"{where}/you?back=1").text
    assert 'name="birth_date"' not in you
    assert f'href="{where}/terms?back=1"' in you
    terms = customer.open(f"{where}/terms?back=1").text
    assert terms.count(" checked") == 2
    assert 'class="step-back" href="/"' in terms
    assert application_in(stored).identity_confirmed_at
    assert step_of(customer.open(where)) == "keep"


def test_a_reload_does_nothing_twice(customer, stored):
    application = customer.begin()
    for _ in range(2):
        customer.submit(f"/applications/{application}/terms", **ACCEPTED)

    assert step_of(customer.open(f"/applications/{application}")) == "you"
    logged = stored.scalars(select(AuditEntry.event)).all()
    assert logged.count("terms.accepted") == 1


def test_a_second_tab_and_a_new_browser_go_on_with_the_same_application(
    app, customer, password
):
    application = customer.walk()
    browser = Browser(app.test_client())
    browser.sign_in("demo", password)

    assert customer.begin() == application
    assert step_of(customer.open(f"/applications/{application}")) == "keep"
    assert browser.begin() == application
    # Who they are is asked again there (test_login_session.py); the type is not.
    assert step_of(browser.open(f"/applications/{application}")) == "you"
    browser.submit(f"/applications/{application}/you", birth_date="19900131")
    assert step_of(browser.open(f"/applications/{application}")) == "keep"


def test_two_tabs_that_start_at_once_get_one_application(app, stored):
    customer_id = stored.scalar(select(Customer.id))

    def start(_):
        with app.app_context(), db.unit_of_work() as session:
            return open_application(
                session, session.get(Customer, customer_id), utc_now()
            )

    with ThreadPoolExecutor(4) as pool:
        started = set(pool.map(start, range(8)))

    assert len(started) == 1
    assert stored.scalar(select(func.count()).select_from(Application)) == 1


def test_a_killed_browser_finds_the_certificate_that_was_issued_meanwhile(
    customer, stored
):
    application = customer.walk()
    issued = customer.order(application, new_request())
    expire(stored)

    assert customer.begin() == application
    page = customer.open(f"/applications/{application}")
    assert step_of(page) == "keep"
    assert issued.headers["Location"].rsplit("/", 1)[-1] in page.text


def test_every_step_gives_fifteen_more_minutes(customer, stored):
    application = customer.begin()
    for step, fields in STEPS:
        soon = utc_now() + timedelta(minutes=1)
        stored.execute(update(Application).values(expires_at=soon))
        stored.commit()
        customer.submit(f"/applications/{application}/{step}", **fields)

        left = application_in(stored).expires_at - utc_now()
        assert STEP_TIMEOUT - timedelta(minutes=1) < left <= STEP_TIMEOUT


def test_nothing_brings_an_expired_application_back(customer, stored):
    application = customer.walk()
    expire(stored)

    assert submit_all(customer, application) == [410] * 3
    page = customer.open(f"/applications/{application}/terms")
    assert page.status_code == 410
    assert "application_expired" in page.text
    assert customer.order(application, new_request()).status_code == 410
    assert application_in(stored).expires_at < utc_now()


def test_after_expiry_a_new_application_begins(customer, stored):
    old = customer.walk()
    expire(stored)

    new = customer.begin()

    assert new != old
    assert step_of(customer.open(f"/applications/{new}")) == "terms"
    assert stored.get(Application, old).closed_at is not None


def test_beginning_again_closes_the_old_application(customer):
    old = customer.walk()
    answer = customer.submit(f"/applications/{old}/begin-again")

    new = answer.headers["Location"].rsplit("/", 1)[-1]
    assert new != old
    assert submit_all(customer, old) == [410] * 3
    assert step_of(customer.open(f"/applications/{new}")) == "terms"


def test_nothing_changes_once_the_certificate_is_issued(customer, stored):
    application = customer.walk()
    customer.order(application, new_request())

    assert submit_all(customer, application) == [409] * 3
    assert application_in(stored).type_id == "personal-sign"
    for step, _ in STEPS:
        page = customer.open(f"/applications/{application}/{step}")
        assert step_of(page) == "keep"


def test_a_type_this_centre_does_not_have_is_refused(customer, stored):
    application = customer.walk()

    answer = customer.submit(f"/applications/{application}/type", type="corporate")

    assert answer.status_code == 303
    page = customer.open(f"/applications/{application}/type")
    assert 'role="alert"' in page.text
    assert application_in(stored).type_id == "personal-sign"


@pytest.mark.parametrize(
    ("required", "step"),
    [
        ({"require_phone_check": True}, "phone-check"),
        ({"require_security_card": True}, "security-card"),
    ],
)
def test_a_check_that_is_required_comes_before_the_key(
    config, password, stored, required, step
):
    customer = Browser(create_app(replace(config, **required)).test_client())
    customer.sign_in("demo", password)
    application = customer.walk()

    assert 'max="6"' in customer.open(f"/applications/{application}/type").text
    page = customer.open(f"/applications/{application}")
    assert step_of(page) == step
    assert page.status_code == 200
    refused = customer.order(application, new_request())
    assert (refused.status_code, refused.json["code"]) == (409, "step_out_of_order")
    assert stored.scalar(select(func.count()).select_from(Certificate)) == 0


@pytest.mark.parametrize("step", ["phone-check", "security-card", "nonsense"])
def test_a_check_that_is_not_required_is_nowhere_to_be_seen(customer, step):
    application = customer.walk()

    page = customer.open(f"/applications/{application}/keep")
    assert 'max="5"' in page.text  # of the stepper's bar
    assert customer.open(f"/applications/{application}/{step}").status_code == 404


def test_an_application_of_nobody_is_a_404_for_people_and_scripts(customer):
    page = customer.open("/applications/AAAAAAAAAAAAAAAAAAAAAA")
    answer = customer.client.get(
        "/applications/AAAAAAAAAAAAAAAAAAAAAA/keep",
        headers={"Accept": "application/json"},
    )

    assert page.status_code == 404
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_application")
