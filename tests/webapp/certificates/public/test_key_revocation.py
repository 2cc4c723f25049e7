"""Whoever has the key revokes its certificate, without signing in; nobody else does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.certificate_factory import CertificateFactory, signed
from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.audit.actors import KEY_HOLDER
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.pki.key_proof import Proof

KEY = new_key(KeyKind.P_256)
ORIGIN = "http://localhost"


@pytest.fixture
def certificate(app, stored, now):
    return CertificateFactory.of(app, stored).issued(now, key=KEY)


@pytest.fixture
def stranger(app):
    visitor = Browser(app.test_client())
    visitor.open("/revoke")
    return visitor


def challenge_for(visitor, serial):
    return visitor.send_json("/revoke/challenge", {"serial": serial})


def body_for(certificate, challenge, *, key=KEY, origin=ORIGIN, **changes):
    proof = Proof(
        purpose="revoke",
        origin=origin,
        application_id="",
        fingerprint=certificate.fingerprint,
        challenge=bytes.fromhex(challenge),
    )
    body = {
        "serial": certificate.serial,
        "challenge": challenge,
        "signature": signed(key, proof).hex(),
        "reason": "key_compromise",
    }
    return {**body, **changes}


def state_of(stored, certificate):
    stored.expire_all()
    return stored.get_one(Certificate, certificate.id).state


def test_the_key_alone_revokes(stranger, stored, certificate):
    challenge = challenge_for(stranger, certificate.serial).json["challenge"]

    answer = stranger.send_json("/revoke/proof", body_for(certificate, challenge))

    assert answer.status_code == 204
    assert state_of(stored, certificate) == StoredState.REVOKED
    from sqlalchemy import select

    from webapp.audit.models import AuditEntry

    last = stored.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.event, last.actor) == ("certificate.revoked", str(KEY_HOLDER))


def test_it_works_once(stranger, certificate):
    challenge = challenge_for(stranger, certificate.serial).json["challenge"]
    body = body_for(certificate, challenge)
    stranger.send_json("/revoke/proof", body)

    again = stranger.send_json("/revoke/proof", body)

    assert (again.status_code, again.json["code"]) == (409, "certificate_revoked")
    late = challenge_for(stranger, certificate.serial)
    assert (late.status_code, late.json["code"]) == (409, "certificate_revoked")


def test_a_suspended_one_is_revoked_too(stranger, stored, certificate, now):
    certificate.state, certificate.suspended_at, certificate.suspended_by = (
        StoredState.SUSPENDED,
        now,
        "holder",
    )
    stored.commit()
    challenge = challenge_for(stranger, certificate.serial).json["challenge"]

    answer = stranger.send_json("/revoke/proof", body_for(certificate, challenge))

    assert answer.status_code == 204


@pytest.mark.parametrize("serial", ["", "0", "ff", "zz", "a" * 41, "１", None, 5, []])
def test_an_unknown_certificate_is_said_to_be_unknown(stranger, certificate, serial):
    answer = stranger.send_json("/revoke/challenge", {"serial": serial})

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_certificate")
    assert answer.json["sentence"]
    assert answer.json["next"]


@pytest.mark.parametrize("body", [[], "x", 5, None, {"serial": "a" * 9000}])
def test_a_body_of_another_form_is_no_fault_of_ours(stranger, body):
    for path in ("/revoke/challenge", "/revoke/proof"):
        assert stranger.send_json(path, body).status_code in (400, 413, 415)


def test_one_that_ran_out_is_said_to_have_run_out(app, stranger, stored, now):
    old = CertificateFactory.of(app, stored).issued(now - timedelta(days=400))

    answer = challenge_for(stranger, old.serial)

    assert (answer.status_code, answer.json["code"]) == (409, "certificate_expired")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: {**b, "signature": b["signature"][:-2] + "00"}, "proof_refused"),
        (lambda b: {**b, "signature": "not hex"}, "proof_refused"),
        (lambda b: {**b, "signature": b["signature"].upper()}, "proof_refused"),
        (lambda b: {**b, "challenge": "00" * 56}, "challenge_over"),
        (lambda b: {**b, "challenge": ""}, "challenge_over"),
        (lambda b: {**b, "reason": "superseded"}, "unknown_reason"),
        (lambda b: {k: v for k, v in b.items() if k != "reason"}, "unknown_reason"),
    ],
)
def test_anything_else_than_the_proof_is_refused(
    stranger, stored, certificate, change, code
):
    challenge = challenge_for(stranger, certificate.serial).json["challenge"]

    answer = stranger.send_json(
        "/revoke/proof", change(body_for(certificate, challenge))
    )

    assert answer.json["code"] == code
    assert answer.status_code < 500
    assert state_of(stored, certificate) == StoredState.VALID


def test_another_key_or_another_place_revokes_nothing(stranger, stored, certificate):
    challenge = challenge_for(stranger, certificate.serial).json["challenge"]
    bodies = [
        body_for(certificate, challenge, key=new_key(KeyKind.P_256)),
        body_for(certificate, challenge, origin="https://evil.example"),
    ]

    for body in bodies:
        answer = stranger.send_json("/revoke/proof", body)
        assert (answer.status_code, answer.json["code"]) == (422, "proof_refused")
    assert state_of(stored, certificate) == StoredState.VALID


def test_a_challenge_for_one_certificate_is_none_for_another(
    app, stranger, stored, certificate, now
):
    other = CertificateFactory.of(app, stored).issued(now)
    challenge = challenge_for(stranger, other.serial).json["challenge"]

    answer = stranger.send_json("/revoke/proof", body_for(certificate, challenge))

    assert (answer.status_code, answer.json["code"]) == (410, "challenge_over")


def test_trying_is_limited(config):
    app = create_app(replace(config, rate_limits=True))
    visitor = Browser(app.test_client())
    visitor.open("/revoke")

    answers = [challenge_for(visitor, "ff").status_code for _ in range(31)]

    assert answers.count(404) == 30
    assert answers[-1] == 429


def test_without_the_pages_token_nothing_is_taken(app, certificate):
    answer = app.test_client().post(
        "/revoke/challenge", json={"serial": certificate.serial}
    )

    assert (answer.status_code, answer.json["code"]) == (400, "csrf_refused")
