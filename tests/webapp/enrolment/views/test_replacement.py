"""A renewal is proved by the old key over this challenge, here, for nothing else."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.support import revocation
from tests.support.certificate_factory import ORIGIN, kst, proof_of, signed
from webapp.certificates.errors import (
    CertificateExpiredError,
    CertificateSuspendedError,
    ProofRefusedError,
)
from webapp.certificates.lifecycle import Purpose
from webapp.certificates.proof import origin_of
from webapp.enrolment.issuing import replacement
from webapp.enrolment.steps import Step, steps_of
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.pki.key_proof import (
    CHALLENGE_LIFE,
    LABEL,
    MAX_SIGNATURE,
    Proof,
    new_challenge,
    verify_challenge,
    verify_signature,
)

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "proof.json"
BEGUN = kst(2027, 3, 5, 12)
LATE = kst(2028, 3, 1, 12)
KEY = new_key(KeyKind.P_256)
STEPS = (Step.TERMS, Step.PROOF, Step.KEEP, Step.DONE)


@pytest.fixture
def old(factory):
    return factory.issued(BEGUN, key=KEY)


@pytest.fixture
def application(factory, old):
    renewal = factory.ready(LATE, purpose=Purpose.RENEW, replaced=old)
    renewal.proved_at = None
    factory.session.commit()
    return renewal


def prove(factory, application, signature, *, origin=ORIGIN, now=LATE):
    replacement.prove_possession(
        factory.session,
        application,
        signature=signature,
        origin=origin,
        steps=STEPS,
        types=factory.issuer.types,
        now=now,
    )


def test_the_old_key_proves_it(factory, old, application):
    prove(factory, application, signed(KEY, proof_of(application, old)))

    assert application.proved_at == LATE


def test_an_rsa_key_proves_it_too(factory):
    key = new_key(KeyKind.RSA_2048)
    old = factory.issued(BEGUN, key=key, type_id="personal-bank")
    application = factory.ready(LATE, purpose=Purpose.RENEW, replaced=old)
    message = proof_of(application, old).message

    prove(factory, application, key.sign(message, padding.PKCS1v15(), hashes.SHA256()))

    assert application.proof_challenge is None


def test_a_proof_is_used_once(factory, old, application):
    signature = signed(KEY, proof_of(application, old))
    prove(factory, application, signature)

    with pytest.raises(ProofRefusedError):
        prove(factory, application, signature)


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "revoke"},
        {"origin": "https://elsewhere.example"},
        {"application_id": "another"},
        {"fingerprint": "0" * 64},
        {"challenge": bytes(32)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_signature_for_anything_else_is_refused(factory, old, application, changes):
    signature = signed(KEY, proof_of(application, old, **changes))

    with pytest.raises(ProofRefusedError):
        prove(factory, application, signature)
    assert application.proved_at is None


def test_another_certificates_key_is_refused(factory, old, application):
    other = new_key(KeyKind.P_256)
    signature = signed(other, proof_of(application, old))

    with pytest.raises(ProofRefusedError):
        prove(factory, application, signature)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: b"",
        lambda s: s[:-1],
        lambda s: s[:-1] + bytes([s[-1] ^ 1]),
        lambda s: s + b"\x00",
        lambda s: b"\x30" * MAX_SIGNATURE,
        lambda s: b"\x00" * (MAX_SIGNATURE + 1),
    ],
)
def test_a_tampered_signature_is_refused(factory, old, application, spoil):
    signature = signed(KEY, proof_of(application, old))

    with pytest.raises(ProofRefusedError):
        prove(factory, application, spoil(signature))


def test_a_proof_comes_too_late_after_the_last_day(factory, old, application):
    application.expires_at = old.not_after.replace(year=2030)
    factory.session.commit()

    with pytest.raises(CertificateExpiredError):
        prove(
            factory,
            application,
            signed(KEY, proof_of(application, old)),
            now=kst(2028, 3, 6),
        )


def test_a_certificate_that_was_suspended_meanwhile_proves_nothing(
    factory, old, application
):
    revocation.suspend(factory.session, old, actor=None, now=LATE)

    with pytest.raises(CertificateSuspendedError):
        prove(factory, application, signed(KEY, proof_of(application, old)))


def test_the_message_is_taken_for_nothing_else():
    parts = {"origin": "o", "fingerprint": "f", "challenge": b"c"}
    one = Proof(purpose="re", application_id="newx", **parts).message
    other = Proof(purpose="renew", application_id="x", **parts).message

    assert one != other
    assert one.startswith(LABEL)
    assert LABEL[0] != 0x30  # how every certificate, request and CMS begins


def test_both_languages_sign_the_same_bytes():
    for vector in json.loads(VECTORS.read_text("utf-8")):
        fields = {**vector["proof"], "challenge": bytes.fromhex(vector["challenge"])}

        assert Proof(**fields).message.hex() == vector["message"]


def test_a_key_of_another_kind_proves_nothing():
    proof = Proof(
        purpose="renew", origin="", application_id="", fingerprint="", challenge=b""
    )

    assert not verify_signature(object(), b"x", proof.message)


def test_a_challenge_is_ours_for_one_certificate_and_some_minutes():
    challenge = new_challenge(b"k" * 32, "one", bytes(16), LATE)

    assert verify_challenge(b"k" * 32, "one", challenge, LATE)
    assert verify_challenge(b"k" * 32, "one", challenge, LATE + CHALLENGE_LIFE)
    assert not verify_challenge(
        b"k" * 32, "one", challenge, LATE + 1.01 * CHALLENGE_LIFE
    )
    assert not verify_challenge(b"k" * 32, "other", challenge, LATE)
    assert not verify_challenge(b"x" * 32, "one", challenge, LATE)
    assert not verify_challenge(b"k" * 32, "one", challenge[:-1], LATE)
    assert not verify_challenge(b"k" * 32, "one", b"", LATE)


@pytest.mark.parametrize(
    ("asked", "public", "origin"),
    [
        ("https://ca.example/", "https://ca.example", "https://ca.example"),
        ("https://evil.example/", "https://ca.example", "https://ca.example"),
        ("http://localhost/", "https://ca.example", "https://ca.example"),
        ("http://localhost:8000/", "http://127.0.0.1:8000", "http://localhost:8000"),
        ("http://evil.example/", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_origin_is_never_what_a_request_claims(asked, public, origin):
    assert origin_of(asked, public) == origin


def test_a_renewal_has_these_steps():
    from webapp.enrolment.steps import RequiredChecks

    asked = RequiredChecks(phone_check=True, security_card=True)

    assert steps_of(Purpose.RENEW, asked, approval=True) == STEPS
