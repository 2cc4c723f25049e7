"""What a person accepts and says of themselves is checked, kept, and limited."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.audit.models import AuditEntry
from webapp.clock import utc_now
from webapp.enrolment.models import Application
from webapp.enrolment.service import PRIVACY_VERSION, TERMS_VERSION

ACCEPTED = {
    "version": TERMS_VERSION,
    "accepted": "yes",
    "privacy_version": PRIVACY_VERSION,
    "privacy": "yes",
}


def application_in(stored):
    stored.expire_all()
    return stored.scalars(select(Application)).one()


@pytest.mark.parametrize(
    "sent",
    [
        {"version": TERMS_VERSION},
        {"version": TERMS_VERSION, "accepted": "no"},
        {"version": "1999-01", "accepted": "yes"},
        {**ACCEPTED, "accepted": ""},
        {**ACCEPTED, "privacy": ""},
        {**ACCEPTED, "privacy_version": TERMS_VERSION},
        {},
    ],
)
def test_terms_not_ticked_or_of_another_version_are_not_accepted(
    customer, stored, sent
):
    application = customer.begin()

    answer = customer.submit(f"/applications/{application}/terms", **sent)

    assert answer.status_code == 303
    page = customer.open(answer.headers["Location"])
    assert 'role="alert"' in page.text
    assert application_in(stored).terms_accepted_at is None
    assert application_in(stored).privacy_accepted_at is None


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ("accepted", "약관에 동의"),
        ("privacy", "개인정보 이용에 동의해야"),
    ],
)
def test_each_of_the_two_consents_is_asked_for_by_its_own_sentence(
    customer, box, sentence
):
    where = f"/applications/{customer.begin()}/terms"

    answer = customer.submit(where, **{**ACCEPTED, box: ""})

    page = customer.open(answer.headers["Location"])
    assert sentence in page.text
    marked = page.text.split(f'name="{box}"')[1].split(">")[0]
    assert 'aria-invalid="true"' in marked


def test_which_terms_were_accepted_and_when_is_kept(customer, stored, now):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)

    kept = application_in(stored)
    assert kept.terms_version == TERMS_VERSION
    assert now <= kept.terms_accepted_at <= utc_now()
    assert kept.privacy_version == PRIVACY_VERSION
    assert kept.privacy_accepted_at == kept.terms_accepted_at
    assert {"terms.accepted", "privacy.accepted"} <= {
        entry.event for entry in stored.scalars(select(AuditEntry))
    }


@pytest.mark.parametrize("typed", ["19900131", "1990-01-31", "1990. 01. 31."])
def test_the_date_of_birth_is_read_as_people_write_it(customer, typed):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)

    answer = customer.submit(f"/applications/{application}/you", birth_date=typed)

    assert answer.status_code == 302


@pytest.mark.parametrize(
    "typed",
    ["19900201", "", "1990", "99999999", "demo", "１９９００２０１", "9" * 5000],
)
def test_another_date_of_birth_is_refused(customer, stored, typed):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)

    answer = customer.submit(f"/applications/{application}/you", birth_date=typed)

    assert answer.status_code == 303
    assert application_in(stored).identity_confirmed_at is None


def test_a_date_of_birth_can_be_guessed_ten_times_an_hour(config, password):
    customer = Browser(create_app(replace(config, rate_limits=True)).test_client())
    customer.sign_in("demo", password)
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)
    where = f"/applications/{application}/you"

    tried = [customer.submit(where, birth_date="20000101") for _ in range(11)]
    right = customer.submit(where, birth_date="19900131")

    assert [answer.status_code for answer in tried] == [303] * 10 + [429]
    assert right.status_code == 429


@pytest.mark.parametrize(
    "typed", ["1990019999999999999999", "9" * 4000, "19900231", ""]
)
def test_what_is_no_date_is_refused_like_a_wrong_one(customer, typed):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)

    answer = customer.submit(f"/applications/{application}/you", birth_date=typed)

    assert answer.status_code == 303
    assert 'role="alert"' in customer.open(answer.headers["Location"]).text


def test_a_refusal_is_said_once_on_its_own_page_and_keeps_nothing_that_was_typed(
    customer,
):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)
    where = f"/applications/{application}/you"
    customer.submit(where, birth_date="19990101")
    elsewhere = customer.open(f"/applications/{application}/terms")

    customer.submit(where, birth_date="19990101")
    first, second = customer.open(where), customer.open(where)

    assert 'role="alert"' not in elsewhere.text
    assert 'role="alert"' in first.text
    assert "19990101" not in first.text
    assert 'role="alert"' not in second.text


def test_a_script_is_told_a_refusal_at_once(customer):
    application = customer.begin()

    answer = customer.client.post(
        f"/applications/{application}/terms",
        data={"csrf_token": customer.token},
        headers={"Accept": "application/json"},
    )

    assert (answer.status_code, answer.json["code"]) == (422, "terms_not_accepted")


@pytest.mark.parametrize(
    "typed", ["1990. 1. 31.", "1990년 1월 31일", "１９９００１３１"]
)
def test_a_date_of_birth_is_taken_in_every_spelling(customer, stored, typed):
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)

    customer.submit(f"/applications/{application}/you", birth_date=typed)

    assert application_in(stored).identity_confirmed_at is not None


def test_what_is_no_date_costs_no_try(config, password):
    customer = Browser(create_app(replace(config, rate_limits=True)).test_client())
    customer.sign_in("demo", password)
    application = customer.begin()
    customer.submit(f"/applications/{application}/terms", **ACCEPTED)
    where = f"/applications/{application}/you"

    tried = [customer.submit(where, birth_date=f"31/1/90 {n}") for n in range(15)]
    told = customer.open(where)
    right = customer.submit(where, birth_date="19900131")

    assert {answer.status_code for answer in tried} == {303}
    assert "시도 횟수에는 넣지 않았어요" in told.text
    assert right.status_code == 302
    assert right.headers["Location"].endswith("/type")
