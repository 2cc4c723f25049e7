"""Institutions hear that a session ended."""

import urllib.parse

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from tests.support.receiver import Receiver, receiving
from tests.support.revocation import suspend
from webapp.authenticators.encryption import read_key
from webapp.clock import utc_now
from webapp.db import unit_of_work_on
from webapp.jobs.tasks import JobContext, end_sessions_elsewhere
from webapp.relying.deliveries.loop import Courier, deliver_due
from webapp.relying.deliveries.models import Delivery
from webapp.relying.delivery_kinds import FEEDS, KINDS
from webapp.relying.openid import keys, sign_ins
from webapp.relying.openid.models import Grant, SignIn

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def receiver():
    with receiving(Receiver()) as server:
        yield server


@pytest.fixture
def bank(bank_of, receiver):
    return bank_of(backchannel_logout_uri=receiver.address("/ended"))


@pytest.fixture
def ended(bank, person, now, stored):
    """A sign-in that ended."""
    person.sign_in(bank, now)
    sign_in = stored.scalars(select(SignIn)).one()
    with unit_of_work_on(stored):
        assert sign_ins.end_all(stored, [sign_in], now) == 1
    return sign_in


@pytest.fixture
def courier(app, config):
    engine = app.extensions["certferry.sessions"].kw["bind"]
    return Courier(
        engine=engine, config=config, kinds=KINDS, feeds=FEEDS, clock=utc_now
    )


def test_an_institution_is_told_who_whose_session_and_by_whom(
    bank, ended, courier, config, receiver, stored, now
):
    assert deliver_due(courier) == (1, 0)
    assert deliver_due(courier) == (0, 0)

    (post,) = receiver.posts
    assert post.path == "/ended"
    assert post.headers["Content-Type"] == "application/x-www-form-urlencoded"
    ((token,),) = urllib.parse.parse_qs(post.body.decode()).values()
    key = keys.current_key(stored, read_key(config.identity_key), now)
    decoded = jwt.decode(token, KeySet([key]), algorithms=["RS256"])
    assert decoded.header["typ"] == "logout+jwt"
    assert decoded.claims["events"] == {EVENT: {}}
    assert (decoded.claims["aud"], decoded.claims["sid"]) == (bank.id, ended.id)
    assert decoded.claims["sub"] == ended.subject
    assert "nonce" not in decoded.claims


@pytest.mark.parametrize("status", [302, 400, 500])
def test_only_a_good_status_is_an_answer(ended, courier, receiver, status, stored):
    receiver.answer = lambda _post: (status, {}, b"")

    assert deliver_due(courier) == (0, 1)
    assert stored.scalars(select(Delivery)).one().tries == 1


def test_an_end_is_told_once_whoever_ends_it(ended, stored, now):
    with unit_of_work_on(stored):
        assert sign_ins.end_all(stored, [ended], now) == 0


def test_a_suspended_certificate_ends_sessions_in_the_background(
    app, bank, person, now, stored
):
    back = person.sign_in(bank, now)
    bank.exchange(back["code"])
    suspend(stored, person.certificate, actor=None, now=now)
    context = JobContext(centre=app.extensions["certferry.ca"], mailer=None)

    line = end_sessions_elsewhere(context, stored, now, lambda: True)

    stored.expire_all()
    assert line == "1 sessions ended"
    assert stored.scalars(select(SignIn)).one().ended_at == now
    assert stored.scalars(select(Grant)).one().revoked_at is not None
    assert stored.scalars(select(Delivery)).one().kind == "logout"
