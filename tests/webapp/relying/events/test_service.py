"""Institutions that hold a certificate hear of it, at once and in order."""

import base64
import threading
import time

import jwt
import pytest
from sqlalchemy import select

from tests.support.deliveries import read_token
from tests.support.receiver import Receiver, receiving
from tests.support.revocation import resume, revoke, suspend
from webapp.audit.actors import Actor
from webapp.certificates.errors import LifecycleError
from webapp.certificates.lifecycle import Purpose
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind
from webapp.relying.deliveries.loop import Loop, deliver_due
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import Outcome
from webapp.relying.events import rules
from webapp.relying.institutions import service as institutions
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.models import SignIn, Subject

KEY_COMPROMISE = ReasonCode.KEY_COMPROMISE


def test_within_a_second_of_a_suspension_the_institution_has_it(
    app, holding, person, courier, receiver, stored, now
):
    loop = Loop(courier)
    loop.start()
    threading.Event().wait(0.3)
    began = time.monotonic()
    suspend(stored, person.certificate, actor=None, now=now)

    (post,) = receiver.wait_for(1)
    loop.stop()
    assert post.at - began < 1.0
    assert read_token(app.test_client(), post, holding.id).event == rules.SUSPENDED


def test_a_token_says_who_tells_whom_of_whom(
    holding, person, hear, receiver, stored, now
):
    suspend(stored, person.certificate, actor=None, now=now)

    (token,) = hear(holding.id)

    assert token.header["typ"] == "secevent+jwt"
    assert token.header["alg"] == "RS256"
    subject = stored.scalars(select(Subject.id)).one()
    assert token.claims["sub_id"] == {
        "format": "iss_sub",
        "iss": "http://127.0.0.1:8000",
        "sub": subject,
    }
    assert not {"sub", "exp", "nonce"} & set(token.claims)
    assert token.claims["toe"] == int(now.timestamp())
    assert token.members == {
        "event_timestamp": int(now.timestamp()),
        "certificate_fingerprint": person.certificate.fingerprint,
        "x509_serial": person.certificate.serial,
        "x509_issuer": token.members["x509_issuer"],
    }
    (post,) = receiver.posts
    assert post.headers["Content-Type"] == "application/secevent+jwt"
    assert post.headers["Accept"] == "application/json"


def test_what_happens_is_told_in_its_order(holding, person, hear, stored, now):
    suspend(stored, person.certificate, actor=None, now=now)
    resume(stored, person.certificate, actor=None, now=now)
    revoke(stored, person.certificate, reason=KEY_COMPROMISE, actor=None, now=now)

    tokens = hear(holding.id)

    assert [token.event for token in tokens] == [
        rules.SUSPENDED,
        rules.RESUMED,
        rules.CREDENTIAL_CHANGE,
    ]
    assert tokens[-1].members["change_type"] == "revoke"
    assert tokens[-1].members["credential_type"] == "x509"
    assert tokens[-1].members["reason"] == "key_compromise"
    assert len({token.claims["jti"] for token in tokens}) == 3


def test_down_then_up_nothing_is_lost_and_the_order_is_kept(
    app, bank_of, person, courier, stored, now
):
    with receiving(Receiver()) as gone:
        port, address = gone.port, gone.address()
    bank = bank_of(events_uri=address)
    person.sign_in(bank, now)
    suspend(stored, person.certificate, actor=None, now=now)
    assert deliver_due(courier) == (0, 1)
    resume(stored, person.certificate, actor=None, now=now)
    assert deliver_due(courier) == (0, 0)  # it waits behind the one before

    with receiving(Receiver(), port) as back:
        with unit_of_work_on(stored):
            for delivery in stored.scalars(select(Delivery)):
                delivery.due_at = now
        assert deliver_due(courier) == (2, 0)

    tokens = [read_token(app.test_client(), post, bank.id) for post in back.posts]
    assert [token.event for token in tokens] == [rules.SUSPENDED, rules.RESUMED]


def test_a_token_is_the_same_at_each_try(
    app, holding, person, courier, receiver, stored, now
):
    receiver.answer = lambda _post: (500, {}, b"")
    suspend(stored, person.certificate, actor=None, now=now)
    deliver_due(courier)
    with unit_of_work_on(stored):
        stored.scalars(select(Delivery)).one().due_at = now
    deliver_due(courier)

    first, second = (
        read_token(app.test_client(), post, holding.id) for post in receiver.posts
    )
    assert first.claims == second.claims


def test_who_refuses_a_token_for_good_is_not_asked_again(
    holding, person, courier, receiver, stored, now
):
    receiver.answer = lambda _post: (
        400,
        {"Content-Type": "application/json"},
        b'{"err":"invalid_audience","description":"not for us"}',
    )
    suspend(stored, person.certificate, actor=None, now=now)
    deliver_due(courier)

    delivery = stored.scalars(select(Delivery)).one()
    assert (delivery.outcome, delivery.result) == (
        Outcome.REFUSED,
        "err invalid_audience",
    )


def test_a_reissued_certificate_is_carried_over(
    app, bank_of, person, hear, factory, stored, now
):
    bank = bank_of()
    waiting = person.open(bank.address(scope="openid certificate x509"))
    consent = person.sign(waiting.location, now)
    person.agree(consent.location, claims=["certificate_fingerprint", "certificate"])
    new = factory.issued(now, purpose=Purpose.REISSUE, replaced=person.certificate)

    (update,) = hear(bank.id)

    assert update.event == rules.CREDENTIAL_CHANGE
    assert update.members["change_type"] == "update"
    assert update.members["change"] == "reissue"
    assert update.members["certificate_fingerprint"] == new.fingerprint
    assert base64.b64decode(update.members["certificate"]) == new.der
    assert update.members["replaces_fingerprint"] == person.certificate.fingerprint
    subject = stored.scalars(select(Subject.id)).one()
    assert update.claims["sub_id"]["sub"] == subject


def test_of_the_new_certificate_too_the_institution_hears(
    holding, person, hear, factory, stored, now
):
    new = factory.issued(now, purpose=Purpose.REISSUE, replaced=person.certificate)
    hear(holding.id)
    suspend(stored, new, actor=None, now=now)

    (token,) = hear(holding.id)
    assert token.members["certificate_fingerprint"] == new.fingerprint


def test_another_certificate_of_the_same_person_is_nobody_s_business(
    holding, person, hear, factory, stored, now
):
    other = factory.issued(now, key=new_key(KeyKind.P_256))
    suspend(stored, other, actor=None, now=now)

    assert hear(holding.id) == []


def audience(post):
    """Return whom a token is for, as it says itself."""
    return jwt.decode(post.body, options={"verify_signature": False})["aud"]


def test_two_institutions_know_a_person_by_two_names(
    bank_of, person, hear, courier, receiver, app, stored, now
):
    one = bank_of()
    two = bank_of(
        page="https://other.example/",
        redirect_uris="https://other.example/callback",
    )
    person.sign_in(one, now)
    answer = person.open(two.address(redirect_uri="https://other.example/callback"))
    consent = person.sign(answer.location, now)
    person.agree(consent.location, claims=[])
    suspend(stored, person.certificate, actor=None, now=now)
    deliver_due(courier)

    tokens = {
        audience(post): read_token(app.test_client(), post, audience(post))
        for post in receiver.posts
    }
    first, second = tokens[one.id], tokens[two.id]
    assert first.claims["sub_id"]["sub"] != second.claims["sub_id"]["sub"]
    assert first.claims["jti"] != second.claims["jti"]
    assert "certificate_fingerprint" in first.members
    assert set(second.members) == {"event_timestamp"}  # nothing of it was granted


def test_revoked_twice_is_told_once(holding, person, hear, stored, now):
    revoke(stored, person.certificate, reason=KEY_COMPROMISE, actor=None, now=now)
    with pytest.raises(LifecycleError):
        revoke(stored, person.certificate, reason=KEY_COMPROMISE, actor=None, now=now)

    assert len(hear(holding.id)) == 1


def test_sessions_end_with_the_certificate_at_once(
    holding, person, courier, stored, now
):
    suspend(stored, person.certificate, actor=None, now=now)
    deliver_due(courier)

    stored.expire_all()
    assert stored.scalars(select(SignIn)).one().ended_at is not None


def test_who_has_no_address_for_events_is_told_nothing(
    bank_of, person, hear, receiver, stored, now
):
    bank = bank_of(events_uri="")
    person.sign_in(bank, now)
    suspend(stored, person.certificate, actor=None, now=now)

    assert hear(bank.id) == []
    assert stored.scalars(select(Delivery)).all() == []


def test_an_ended_institution_is_told_nothing(holding, person, hear, stored, now):
    institution = stored.get(Institution, holding.id)
    with unit_of_work_on(stored):
        institutions.end(
            stored,
            institution,
            operator_id=institution.made_by,
            detail={"reason": "not_needed"},
            now=now,
        )
    suspend(stored, person.certificate, actor=None, now=now)

    assert hear(holding.id) == []


def test_what_the_counter_does_is_told_too(holding, person, hear, stored, now):
    operator = Actor.operator(stored.get(Institution, holding.id).made_by)
    suspend(stored, person.certificate, actor=operator, now=now)

    assert [token.event for token in hear(holding.id)] == [rules.SUSPENDED]
