"""A person sees where the certificate is used, and ends one use or all of them."""

import pytest
from sqlalchemy import select

from tests.support.deliveries import read_token
from tests.support.openid import query_of
from webapp.db import unit_of_work_on
from webapp.relying.connections import service
from webapp.relying.connections.errors import ConnectionUnknownError
from webapp.relying.deliveries.kinds import Sender
from webapp.relying.deliveries.loop import deliver_due
from webapp.relying.events import rules
from webapp.relying.openid.models import Consent, SignIn
from webapp.relying.uses import service as uses
from webapp.relying.uses.models import Use, Way


def test_a_person_sees_and_ends_it(
    app, bank, person, send, now, stored, courier, receiver
):
    person.sign_in(bank, now)
    page = person.open("/connections")
    question = person.open(f"/connections/{bank.id}/end")

    first = send("/connections", f"/connections/{bank.id}/end")
    second = send("/connections", f"/connections/{bank.id}/end")

    assert "한강은행" in page.text
    assert "한강은행" in question.text
    assert (first.status_code, second.status_code) == (303, 404)
    assert "한강은행" not in person.open("/connections").text
    assert person.open(f"/connections/{bank.id}/end").status_code == 404
    assert stored.scalars(select(Consent)).one().ended_at is not None
    assert stored.scalars(select(SignIn)).one().ended_at is not None
    assert stored.scalars(select(Use)).one().ended_at is not None
    deliver_due(courier)
    posts = [post for post in receiver.posts if post.path == "/bank"]
    (token,) = (read_token(app.test_client(), post, bank.id) for post in posts)
    assert token.event == rules.ENDED


def test_what_was_ended_is_agreed_to_anew(bank, person, send, now, stored):
    person.sign_in(bank, now)
    send("/connections", f"/connections/{bank.id}/end")

    assert query_of(person.open(bank.address(prompt="none")))["error"] == (
        "login_required"
    )
    waiting = person.open(bank.address())
    consent = person.sign(waiting.location, now)
    assert consent.location.startswith("/openid/consent/")
    person.agree(consent.location)
    assert "한강은행" in person.open("/connections").text
    assert stored.scalars(select(Use)).one().ended_at is None


def test_who_is_not_signed_in_sees_nothing(app, bank):
    client = app.test_client()
    for path in ("/connections", "/connections/end", f"/connections/{bank.id}/end"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 302


def test_all_of_it_ends_at_once(bank, person, institution_of, send, now, stored):
    person.sign_in(bank, now)
    other = institution_of()
    with unit_of_work_on(stored):
        uses.note_use(
            stored,
            institution_id=other.id,
            customer_id=person.certificate.customer_id,
            certificate_id=person.certificate.id,
            way=Way.SIGNING,
            now=now,
        )
    page = person.open("/connections").text
    assert "가람은행" in page
    assert "한강은행" in page

    answer = send("/connections/end", "/connections/end")

    assert answer.status_code == 303
    assert "가람은행" not in person.open("/connections").text
    assert "한강은행" not in person.open("/connections").text


def test_the_question_about_all_of_nothing_leads_back(person):
    assert person.open("/connections/end").status_code == 303


def test_another_customer_s_use_cannot_be_ended(
    bank, person, other_customer, now, stored, config
):
    person.sign_in(bank, now)
    sender = Sender(config=config, now=now)

    with pytest.raises(ConnectionUnknownError):
        service.end_connection(stored, other_customer, bank.id, sender)
    assert service.list_connections(stored, other_customer) == []
