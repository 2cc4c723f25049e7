"""The step where the counter approves: ask, wait, go on, or read why not."""

import pytest
from sqlalchemy import select, update

from tests.webapp.browser_client import STEPS
from webapp.accounts.models import Customer
from webapp.clock import utc_now
from webapp.enrolment.models import Application, CloseReason


@pytest.fixture
def application(customer, stored):
    """A business has chosen a type that is approved at the counter."""
    stored.execute(update(Customer).values(kind="corporate"))
    stored.commit()
    application = customer.begin()
    for step, fields in STEPS:
        chosen = {"type": "corporate-bank"} if step == "type" else fields
        customer.submit(f"/applications/{application}/{step}", **chosen)
    return application


def state_of(customer, application):
    return customer.client.get(f"/applications/{application}/approval/state").json


def change(stored, **values):
    stored.execute(update(Application).values(**values))
    stored.commit()


def test_the_key_is_made_only_after_the_counter_approved(customer, application):
    page = customer.open(f"/applications/{application}/keep")

    assert page.request.path.endswith("/approval")


def test_asking_waits_a_week_and_the_page_says_until_when(
    customer, application, stored
):
    assert state_of(customer, application) == {"state": "open"}

    customer.submit(f"/applications/{application}/approval")

    stored.expire_all()
    kept = stored.scalars(select(Application)).one()
    assert 6 <= (kept.expires_at - utc_now()).days <= 7
    assert state_of(customer, application) == {"state": "waiting"}
    assert "data-approval" in customer.open(f"/applications/{application}").text


def test_an_approved_one_goes_on_to_the_key(customer, application, stored):
    customer.submit(f"/applications/{application}/approval")
    change(stored, approved_at=utc_now())

    assert state_of(customer, application) == {"state": "decided"}
    assert customer.open(f"/applications/{application}").request.path.endswith("/keep")


def test_a_declined_one_says_why_and_what_to_do(customer, application, stored):
    customer.submit(f"/applications/{application}/approval")
    change(
        stored,
        closed_at=utc_now(),
        closed_because=CloseReason.DECLINED,
        declined_because="<b>No</b>",
    )

    assert state_of(customer, application) == {"state": "declined"}
    page = customer.open(f"/applications/{application}")
    assert "&lt;b&gt;No&lt;/b&gt;" in page.text
    assert 'action="/applications"' in page.text


def test_asking_before_its_turn_is_refused(customer, stored):
    application = customer.begin()

    answer = customer.submit(f"/applications/{application}/approval")

    assert answer.status_code == 409


def test_the_state_of_somebody_elses_application_is_unknown(customer):
    answer = customer.client.get("/applications/abc/approval/state")

    assert answer.status_code == 404
