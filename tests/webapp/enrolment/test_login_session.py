"""Checks belong to the sign-in that passed them, not to whoever knows the password."""

from dataclasses import replace

import pytest

from tests.makers import make_request
from tests.webapp.browser_client import STEPS, Browser
from webapp import create_app
from webapp.certificates.models import Certificate
from webapp.enrolment.errors import StepOutOfOrderError
from webapp.enrolment.guards import advance
from webapp.enrolment.models import Application
from webapp.enrolment.service import take_over_session
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind


@pytest.fixture
def thief(app, password):
    """Somebody else who knows the password, in a browser of their own."""
    other = Browser(app.test_client())
    other.sign_in("demo", password)
    return other


def order_of(visitor, application):
    return visitor.order(application, make_request(key=new_key(KeyKind.P_256)))


def test_another_sign_in_gets_no_certificate_from_checks_it_did_not_pass(
    customer, thief, stored
):
    application = customer.walk()
    assert thief.begin() == application

    answer = order_of(thief, application)

    assert (answer.status_code, answer.json["code"]) == (409, "step_out_of_order")
    assert stored.query(Certificate).count() == 0


def test_an_order_alone_is_no_way_around_either(customer, thief):
    application = customer.walk()

    assert order_of(thief, application).status_code == 409
    assert order_of(customer, application).status_code == 201


def test_whoever_goes_on_elsewhere_passes_the_checks_again(customer, thief, stored):
    application = customer.walk()
    thief.begin()

    row = stored.get(Application, application)
    assert (row.identity_confirmed_at, row.phone_checked_at) == (None, None)
    assert row.terms_accepted_at
    assert row.type_id == "personal-sign"
    assert order_of(customer, application).status_code == 409
    customer.begin()
    for step, fields in STEPS:
        customer.submit(f"/applications/{application}/{step}", **fields)
    assert order_of(customer, application).status_code == 201


def test_looking_from_elsewhere_takes_nothing_away(customer, thief):
    application = customer.walk()

    page = thief.open(f"/applications/{application}/keep")

    assert page.request.path.endswith("/you")
    assert order_of(customer, application).status_code == 201


def test_a_second_tab_of_the_same_browser_is_the_same_sign_in(customer):
    application = customer.walk()

    assert customer.begin() == application
    assert order_of(customer, application).status_code == 201


def test_what_is_issued_can_be_seen_from_everywhere(customer, thief):
    application = customer.walk()
    order_of(customer, application)

    assert thief.open(f"/applications/{application}/keep").status_code == 200


def test_a_check_that_ends_after_a_change_of_hands_counts_for_nobody(
    app, customer, stored, now
):
    application = customer.walk()
    with app.extensions["certferry.sessions"]() as holder:
        mine = holder.get(Application, application)
        theirs = stored.get(Application, application)
        take_over_session(stored, theirs, "b" * 32, now)
        stored.commit()
        mine.card_checked_at = now

        with pytest.raises(StepOutOfOrderError):
            advance(holder, mine, now)

    stored.expire_all()
    assert stored.get(Application, application).card_checked_at is None


def test_signing_in_again_brings_no_fresh_tries_of_the_date_of_birth(config, password):
    app = create_app(replace(config, rate_limits=True))
    visitor = Browser(app.test_client())
    refused = []
    for _ in range(2):
        visitor.sign_in("demo", password)
        application = visitor.begin()
        visitor.submit(f"/applications/{application}/terms", **dict(STEPS)["terms"])
        for _ in range(6):
            answer = visitor.submit(
                f"/applications/{application}/you", birth_date="19990101"
            )
            refused.append(answer.status_code)
        visitor.submit("/sign-out")

    assert 429 not in refused[:10]
    assert refused[10:] == [429, 429]
