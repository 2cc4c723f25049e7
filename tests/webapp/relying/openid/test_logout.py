"""Institutions hear that a session ended, and again where they do not answer."""

import secrets
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select

from tests.support.revocation import suspend
from webapp.clock import true_time
from webapp.db import unit_of_work_on
from webapp.jobs.tasks import JobContext, end_sessions_elsewhere
from webapp.relying.openid import logout, sign_ins
from webapp.relying.openid.models import Grant, LogoutNotice, SignIn

EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Post:
    """Answers posts with a status, and keeps what was sent."""

    def __init__(self, status=200):
        self.status, self.sent = status, []

    def __call__(self, address, token):
        self.sent.append((address, token))
        return self.status


@pytest.fixture
def signing_key():
    return RSAKey.generate_key(2048, {"kid": "k", "alg": "RS256"})


@pytest.fixture
def tell(stored, signing_key, now):
    def send(post, moment=now):
        teller = logout.Teller(
            issuer="https://centre.example",
            key=signing_key,
            post=post,
            random=secrets.token_bytes,
            true_time=true_time,
        )
        return logout.tell_due(stored, teller, moment, should_continue=lambda: True)

    return send


@pytest.fixture
def ended(bank, person, now, stored):
    """A sign-in that ended."""
    person.sign_in(bank, now)
    sign_in = stored.scalars(select(SignIn)).one()
    with unit_of_work_on(stored):
        assert sign_ins.end_all(stored, [sign_in], now) == 1
    return sign_in


def test_an_institution_is_told_who_whose_session_and_by_whom(
    bank, ended, tell, signing_key
):
    post = Post()

    assert tell(post) == (1, 0)
    assert tell(post) == (0, 0)

    ((address, token),) = post.sent
    decoded = jwt.decode(token, KeySet([signing_key]), algorithms=["RS256"])
    assert address == "https://bank.example/ended"
    assert decoded.header["typ"] == "logout+jwt"
    assert decoded.claims["events"] == {EVENT: {}}
    assert (decoded.claims["aud"], decoded.claims["sid"]) == (bank.id, ended.id)
    assert decoded.claims["sub"] == ended.subject
    assert "nonce" not in decoded.claims


def test_who_does_not_answer_is_told_again_and_in_the_end_no_more(
    ended, tell, stored, now
):
    post, moment = Post(status=0), now
    for wait in logout.WAITS:
        assert tell(post, moment) == (0, 1)
        assert tell(post, moment + wait - timedelta(seconds=1)) == (0, 0)
        moment += wait
    assert tell(post, moment) == (0, 1)

    notice = stored.scalars(select(LogoutNotice)).one()
    assert (notice.done_at, notice.result) == (moment, "no answer")
    assert tell(post, moment + timedelta(days=9)) == (0, 0)


@pytest.mark.parametrize("status", [302, 400, 500])
def test_only_a_good_status_is_an_answer(ended, tell, status):
    assert tell(Post(status=status)) == (0, 1)


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

    with app.app_context():
        line = end_sessions_elsewhere(context, stored, now, lambda: True)

    stored.expire_all()
    assert line.startswith("1 sessions ended; 0 told, 1 not")
    assert stored.scalars(select(SignIn)).one().ended_at == now
    assert stored.scalars(select(Grant)).one().revoked_at is not None
    assert stored.scalars(select(LogoutNotice)).one().tries == 1
