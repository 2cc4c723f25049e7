"""One signature registers a person at several institutions, or at none of them."""

import hashlib
import json

import jwt
import pytest
from sqlalchemy import select

from tests.support.asking import answer_by, show_request
from tests.support.deliveries import read_token
from webapp.db import unit_of_work_on
from webapp.relying.asking import service as asking
from webapp.relying.asking.errors import RequestApprovedError
from webapp.relying.asking.openers import openers_of
from webapp.relying.asking.scan_code import number_check
from webapp.relying.connections import joining
from webapp.relying.connections.errors import JoiningChangedError
from webapp.relying.connections.models import Joining
from webapp.relying.deliveries.loop import deliver_due
from webapp.relying.deliveries.models import Delivery
from webapp.relying.events import rules
from webapp.relying.institutions import service as institutions
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.models import Consent
from webapp.relying.uses.models import Use


@pytest.fixture
def two(institution_of):
    return institution_of(), institution_of("나루은행", "naru.example")


def choose(send, *chosen):
    answer = send("/join", "/join", institutions=[one.id for one in chosen])
    assert answer.status_code == 303, answer.text
    return answer.location.rsplit("/", 1)[-1]


def approve(app, person, stored, request_id, now):
    request = show_request(stored, request_id, now)
    answer = answer_by(
        person.key, person.certificate, request, network=request.browser_network
    )
    with app.test_request_context(), unit_of_work_on(stored):
        return asking.approve(
            stored,
            request_id,
            answer,
            issuer_id=person.certificate.issuer_id,
            numbers=number_check(b"k" * 32, request_id),
            openers=openers_of(app),
            now=now,
        )


def test_one_signature_registers_at_both(
    app, two, person, send, stored, courier, receiver, now
):
    request_id = choose(send, *two)
    approve(app, person, stored, request_id, now)
    deliver_due(courier)

    text = asking.contents_of(asking.find(stored, request_id)).text
    assert all(one.name in text and one.joining_text in text for one in two)
    page = person.open(f"/join/{request_id}").text
    assert all(one.name in page for one in two)
    tokens = [
        read_token(app.test_client(), post, one.id)
        for one in two
        for post in receiver.posts
        if post.body and is_for(post, one)
    ]
    assert [token.event for token in tokens] == [rules.REGISTERED] * 2
    assert tokens[0].members == {
        "certificate_fingerprint": person.certificate.fingerprint,
        "x509_serial": person.certificate.serial,
        "x509_issuer": tokens[0].members["x509_issuer"],
        "name": "김하나",
    }
    subjects = {token.claims["sub_id"]["sub"] for token in tokens}
    assert len(subjects) == 2
    assert len(stored.scalars(select(Use)).all()) == 2


def is_for(post, institution):
    """Tell whom a token is for, as it says itself."""
    claims = jwt.decode(post.body, options={"verify_signature": False})
    return claims["aud"] == institution.id


def test_nobody_is_told_before_the_signature(two, send, stored, courier, receiver):
    choose(send, *two)
    deliver_due(courier)

    assert receiver.posts == []
    assert stored.scalars(select(Consent)).all() == []


def test_a_name_that_changed_meanwhile_undoes_all_of_it(
    app, two, person, send, stored, now
):
    request_id = choose(send, *two)
    with unit_of_work_on(stored):
        stored.get_one(Institution, two[1].id).joining_claims = "name birthdate"

    with pytest.raises(JoiningChangedError):
        approve(app, person, stored, request_id, now)
    stored.rollback()
    assert stored.scalars(select(Consent)).all() == []
    assert stored.scalars(select(Delivery)).all() == []
    assert asking.find_approval(stored, request_id) is None


def test_an_institution_that_ended_meanwhile_undoes_all_of_it(
    app, two, person, send, stored, now
):
    request_id = choose(send, *two)
    with unit_of_work_on(stored):
        institutions.end(
            stored,
            two[0],
            operator_id=two[0].made_by,
            detail={"reason": "not_needed"},
            now=now,
        )

    with pytest.raises(JoiningChangedError):
        approve(app, person, stored, request_id, now)


def test_a_signature_counts_once(app, two, person, send, stored, now):
    request_id = choose(send, *two)
    approve(app, person, stored, request_id, now)

    with pytest.raises(RequestApprovedError):
        approve(app, person, stored, request_id, now)
    assert len(stored.scalars(select(Consent)).all()) == 2


@pytest.mark.parametrize("chosen", [[], ["0" * 16], ["x"], ["', '"], [""] * 9])
def test_a_choice_of_nothing_good_is_refused(send, two, chosen, stored):
    answer = send("/join", "/join", institutions=chosen)

    assert answer.status_code == 422
    assert stored.scalars(select(Joining)).all() == []


def test_one_that_takes_nobody_is_not_offered(person, institution_of, send):
    closed = institution_of("달은행", "dal.example", joining_text="")

    assert "달은행" not in person.open("/join").text
    assert send("/join", "/join", institutions=[closed.id]).status_code == 422


def test_another_person_s_choice_is_not_shown(
    two, person, other_customer, send, stored
):
    request_id = choose(send, *two)
    with unit_of_work_on(stored):
        stored.get_one(Joining, request_id).customer_id = other_customer.id

    assert person.open(f"/join/{request_id}").status_code == 404


def test_who_declines_is_told_that_nothing_was_registered(
    app, two, person, send, stored, now
):
    request_id = choose(send, *two)
    show_request(stored, request_id, now)
    with unit_of_work_on(stored):
        asking.decline(stored, request_id, openers=openers_of(app), now=now)

    page = person.open(f"/join/{request_id}")
    assert page.status_code == 200
    assert "나루은행" not in page.text


def test_the_signature_is_bound_to_the_choice(two, send, stored):
    request_id = choose(send, *two)

    stored_choice = stored.get_one(Joining, request_id).choice
    contents = asking.contents_of(asking.find(stored, request_id))
    assert contents.binding == hashlib.sha256(stored_choice.encode()).digest()
    assert set(json.loads(stored_choice)) == {one.id for one in two}


def test_the_longest_choice_fits_into_a_request(institution_of, send):
    chosen = [
        institution_of(
            f"{number}" + "가" * 59,
            f"{'a' * 60}.{'b' * 60}.{number}.example",
            joining_text="나" * 200,
            joining_claims="name birthdate certificate_fingerprint certificate",
        )
        for number in range(joining.MAX_CHOSEN)
    ]

    assert choose(send, *chosen)
