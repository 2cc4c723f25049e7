"""A person sees where the certificate is used, and ends it."""

import re

import pytest
from sqlalchemy import select

from tests.support.openid import query_of
from webapp.relying.deliveries.models import Delivery
from webapp.relying.openid.models import Consent, SignIn


@pytest.fixture
def at_home(person, password):
    """The same person, signed in at the centre."""
    page = person.client.get("/sign-in", headers={"Accept": "text/html"})
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]
    fields = {"csrf_token": token, "login_id": "demo", "password": password}
    person.client.post("/sign-in", data=fields, headers={"Accept": "text/html"})
    return person


def end(person, institution_id):
    page = person.open("/connections")
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]
    path = f"/connections/{institution_id}/end"
    return person.client.post(path, data={"csrf_token": token})


def test_a_person_sees_and_ends_it(bank, at_home, now, stored):
    at_home.sign_in(bank, now)
    page = at_home.open("/connections")

    first = end(at_home, bank.id)
    second = end(at_home, bank.id)

    assert "한강은행" in page.text
    assert (first.status_code, second.status_code) == (303, 404)
    assert "한강은행" not in at_home.open("/connections").text
    assert stored.scalars(select(Consent)).one().ended_at is not None
    assert stored.scalars(select(SignIn)).one().ended_at is not None
    assert stored.scalars(select(Delivery)).one().done_at is None


def test_what_was_ended_is_agreed_to_anew(bank, at_home, now):
    at_home.sign_in(bank, now)
    end(at_home, bank.id)

    assert query_of(at_home.open(bank.address(prompt="none")))["error"] == (
        "login_required"
    )
    waiting = at_home.open(bank.address())
    consent = at_home.sign(waiting.location, now)
    assert consent.location.startswith("/openid/consent/")


def test_who_is_not_signed_in_sees_nothing(person):
    assert person.open("/connections").status_code == 302
