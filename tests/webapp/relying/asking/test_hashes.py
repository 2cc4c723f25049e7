"""Hashes are signed for a program, and what was signed so answers nothing of ours."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support.asking import (
    BANK,
    CENTRE,
    LIFE,
    OPENER,
    answer_by,
    make_request,
    seen_request,
    show_request,
    sign_digest,
    sign_statement,
)
from webapp.certificates.errors import ProofRefusedError
from webapp.certificates.public import key_revocation
from webapp.db import unit_of_work_on
from webapp.pki.ca_key import new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind
from webapp.pki.key_proof import Proof, verify_over_digest
from webapp.relying.asking import errors, service
from webapp.relying.asking.contents import Hashes, SignIn, from_json, to_json
from webapp.relying.asking.openers import Opener
from webapp.relying.asking.scan_code import number_check

ONE, TWO = (hashlib.sha256(text).digest() for text in (b"one", b"two"))
SECRET = b"k" * 32


@pytest.fixture
def key():
    return new_key(KeyKind.P_256)


@pytest.fixture
def certificate(factory, key, now):
    return factory.issued(now - timedelta(days=1), key=key)


@pytest.fixture
def approve(stored, certificate, now):
    def do(request_id, answer):
        with unit_of_work_on(stored):
            return service.approve(
                stored,
                request_id,
                answer,
                issuer_id=certificate.issuer_id,
                numbers=number_check(SECRET, request_id),
                openers={OPENER: Opener(name=OPENER, next_address=lambda _id: "")},
                now=now,
            )

    return do


def test_one_approval_signs_the_statement_and_each_hash(
    stored, certificate, key, approve, now
):
    request = seen_request(stored, now, Hashes("Lease", (ONE, TWO)))

    approval = approve(request.id, answer_by(key, certificate, request))

    _statement, *signatures = approval.signatures
    assert [
        verify_over_digest(key.public_key(), signature, digest)
        for signature, digest in zip(signatures, (ONE, TWO), strict=True)
    ] == [True, True]
    key.public_key().verify(signatures[0], b"one", ec.ECDSA(SHA256()))


@pytest.mark.parametrize("change", ["fewer", "more", "swapped", "other"])
def test_other_signatures_than_those_of_the_hashes_approve_nothing(
    stored, certificate, key, approve, now, change
):
    request = seen_request(stored, now, Hashes("", (ONE, TWO)))
    answer = answer_by(key, certificate, request)
    statement, one, two = answer.signatures
    other = sign_digest(key, hashlib.sha256(b"other").digest())
    changed = {
        "fewer": (statement, one),
        "more": (statement, one, two, other),
        "swapped": (statement, two, one),
        "other": (statement, one, other),
    }[change]

    with pytest.raises(errors.SignatureError):
        approve(request.id, replace(answer, signatures=changed))


def test_hash_of_a_sign_in_elsewhere_signed_alone_signs_nobody_in(
    stored, certificate, key, approve, now
):
    victim = seen_request(stored, now, SignIn(b"session of the attacker"))
    statement = service.statement_of(victim, certificate, CENTRE)
    (message,) = statement.messages
    disguised = Hashes("Invoice", (hashlib.sha256(message).digest(),))
    request = seen_request(stored, now, disguised)
    approval = approve(request.id, answer_by(key, certificate, request))

    answer = replace(
        answer_by(key, certificate, victim), signatures=approval.signatures[1:]
    )
    assert verify_over_digest(
        key.public_key(), answer.signatures[0], hashlib.sha256(message).digest()
    )
    with pytest.raises(errors.SignatureError):
        approve(victim.id, answer)


def test_hash_of_a_revocation_signed_alone_revokes_nothing(
    stored, certificate, key, approve, now
):
    challenge = key_revocation.challenge_for(
        stored,
        certificate.issuer_id,
        certificate.serial,
        key=SECRET,
        chance=b"c" * 16,
        now=now,
    )
    proof = Proof(
        purpose="revoke",
        origin=CENTRE,
        application_id="",
        fingerprint=certificate.fingerprint,
        challenge=challenge,
    )
    digest = hashlib.sha256(proof.message).digest()
    request = seen_request(stored, now, Hashes("", (digest,)))
    approval = approve(request.id, answer_by(key, certificate, request))

    with pytest.raises(ProofRefusedError):
        key_revocation.revoke_by_key(
            stored,
            certificate.issuer_id,
            certificate.serial,
            challenge=challenge,
            signature=approval.signatures[1],
            reason=ReasonCode.KEY_COMPROMISE,
            origin=CENTRE,
            key=SECRET,
            now=now,
        )


def test_hash_that_nobody_approved_stops_no_answer(
    stored, certificate, key, approve, now
):
    victim = seen_request(stored, now, SignIn())
    (message,) = service.statement_of(victim, certificate, CENTRE).messages
    make_request(stored, now, Hashes("", (hashlib.sha256(message).digest(),)))

    assert approve(victim.id, answer_by(key, certificate, victim))


def test_same_hash_is_signed_as_often_as_it_is_approved(
    stored, certificate, key, approve, now
):
    for _ in range(2):
        request = seen_request(stored, now, Hashes("", (ONE,)))

        assert approve(request.id, answer_by(key, certificate, request))


def test_request_of_a_program_is_answered_without_a_number(
    stored, certificate, key, approve, now
):
    with unit_of_work_on(stored):
        asking = service.ask(
            stored,
            BANK,
            Hashes("", (ONE,)),
            opener=OPENER,
            browser=None,
            expires_at=now + LIFE,
            now=now,
            random=lambda size: b"r" * size,
            customer_id=certificate.customer_id,
        )
    request = show_request(stored, asking.request_id, now)

    assert not service.needs_number(request, "203.0.113.9")
    assert approve(
        request.id, answer_by(key, certificate, request, network="203.0.113.9")
    )


def test_open_request_without_a_browser_still_needs_the_number(stored, now):
    with unit_of_work_on(stored):
        asking = service.ask(
            stored,
            BANK,
            SignIn(),
            opener=OPENER,
            browser=None,
            expires_at=now + LIFE,
            now=now,
            random=lambda size: b"r" * size,
        )

    request = service.find(stored, asking.request_id)
    assert service.needs_number(request, "203.0.113.9")


@pytest.mark.parametrize(
    ("hashes", "attributes"),
    [
        ((), ()),
        ((ONE, ONE), ()),
        ((ONE[:-1],), ()),
        (tuple(hashlib.sha256(bytes([n])).digest() for n in range(21)), ()),
        ((ONE,), (b"two",)),
        ((ONE,), (b"one", b"two")),
        ((ONE, TWO), (b"one",)),
    ],
)
def test_hashes_that_are_none_are_not_asked_for(hashes, attributes):
    with pytest.raises(errors.HashesError):
        Hashes("", hashes, attributes)


@pytest.mark.parametrize("description", ["\u202ereversed", " blank", "two\nlines"])
def test_description_that_shows_as_something_else_is_refused(description):
    with pytest.raises(errors.TextError):
        Hashes(description, (ONE,))


def test_hashes_are_stored_whole():
    contents = Hashes("계약서", (ONE, TWO), (b"one", b"two"), b"binding")

    assert from_json(to_json(contents)) == contents


def test_attributes_and_a_bare_hash_are_not_approved_by_one_signature(
    stored, certificate, key, now
):
    request = seen_request(stored, now, Hashes("", (ONE,)))
    statement = service.statement_of(request, certificate, CENTRE)
    explained = replace(statement, contents=Hashes("", (ONE,), (b"one",)))

    assert sign_statement(key, statement)[0] != sign_statement(key, explained)[0]
    assert statement.messages != explained.messages
