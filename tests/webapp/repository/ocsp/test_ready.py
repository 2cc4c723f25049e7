"""Answers for which nobody waits: the same as after a look, and never older."""

import os
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes as digests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from tests.support import revocation
from webapp.clock import utc_now
from webapp.pki import der
from webapp.pki.crl import ReasonCode
from webapp.pki.services.ocsp import IssuerHashes, build_request
from webapp.repository.ocsp import responder as responders
from webapp.repository.ocsp.responder import MAX_KEPT_REQUEST, OcspResponder

Status = ocsp.OCSPCertStatus


@pytest.fixture
def ca(app):
    return app.extensions["certferry.ca"]


@pytest.fixture
def hashes(ca):
    return IssuerHashes.of(ca.authority.certificate)


@pytest.fixture
def responder(app, ca, monkeypatch):
    monkeypatch.setattr(responders, "POLL_SECONDS", 60)
    return OcspResponder(
        ca.authority, ca.services, app.extensions["certferry.sessions"], utc_now
    )


@pytest.fixture
def cert_id(hashes, factory, now):
    return hashes.cert_id(int(factory.issued(now).serial, 16))


def test_a_request_without_a_nonce_is_ready_once_it_was_answered(responder, cert_id):
    request = build_request([cert_id])
    assert responder.ready_answer(request) is None

    answer = responder.answer(request)

    assert responder.ready_answer(request) == answer


@pytest.mark.parametrize("length", [16, 32])
def test_each_nonce_is_signed_by_itself_without_a_look(responder, cert_id, length):
    responder.answer(build_request([cert_id], os.urandom(length)))
    nonces = [os.urandom(length) for _ in range(3)]

    ready = [
        responder.ready_answer(build_request([cert_id], nonce)) for nonce in nonces
    ]

    for nonce, answer in zip(nonces, ready, strict=True):
        response = ocsp.load_der_ocsp_response(answer.der)
        extension = response.extensions.get_extension_for_class(x509.OCSPNonce)
        assert extension.value.nonce == nonce
        assert response.certificate_status == Status.GOOD
        response.certificates[0].public_key().verify(
            response.signature,
            response.tbs_response_bytes,
            ec.ECDSA(digests.SHA256()),
        )
        assert not answer.etag


def test_a_nonce_of_another_length_is_looked_at(responder, cert_id):
    for length in (1, 15, 17, 33, 128):
        request = build_request([cert_id], os.urandom(length))
        responder.answer(request)
        assert responder.ready_answer(request) is None


def test_only_what_ends_with_its_nonce_is_known_by_the_rest(responder, cert_id):
    nonce = b"n" * 16
    usual = build_request([cert_id], nonce)
    extension = der.extension("1.3.6.1.5.5.7.48.1.2", der.octet_string(nonce))
    other = der.extension("1.3.6.1.5.5.7.48.1.4", nonce)
    asked = der.sequence(der.sequence(cert_id.encoded))
    extensions = der.tlv(0xA2, der.sequence(extension, other))
    unusual = der.sequence(der.sequence(asked, extensions))

    answer = ocsp.load_der_ocsp_response(responder.answer(unusual).der)

    assert answer.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
    assert responder.ready_answer(unusual) is None
    responder.answer(usual)
    assert responder.ready_answer(usual[:-1]) is None
    assert responder.ready_answer(usual + b"x") is None


def test_what_is_unknown_or_of_another_issuer_is_never_ready(responder, hashes):
    for request in (
        build_request([hashes.cert_id(77)]),
        build_request([hashes.cert_id(77)], b"n" * 16),
        build_request([hashes.cert_id(77), hashes.cert_id(78)]),
        b"no request",
    ):
        responder.answer(request)
        assert responder.ready_answer(request) is None


def test_a_large_request_is_not_kept(responder, cert_id):
    name = der.tlv(0xA1, der.tlv(0x82, b"a" * MAX_KEPT_REQUEST))
    asked = der.sequence(der.sequence(cert_id.encoded))
    request = der.sequence(der.sequence(name, asked))

    answer = ocsp.load_der_ocsp_response(responder.answer(request).der)

    assert answer.certificate_status == Status.GOOD
    assert responder.ready_answer(request) is None


def test_after_a_change_nothing_is_ready_that_was_not_looked_at_again(
    responder, hashes, factory, stored, now, monkeypatch
):
    certificate, other = factory.issued(now), factory.issued(now)
    ids = [hashes.cert_id(int(row.serial, 16)) for row in (certificate, other)]
    requests = [build_request([cert_id]) for cert_id in ids]
    requests += [build_request([cert_id], b"n" * 16) for cert_id in ids]
    for request in requests:
        responder.answer(request)
    assert all(map(responder.ready_answer, requests))
    monkeypatch.setattr(responders, "POLL_SECONDS", 0.25)
    revocation.revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, actor=None, now=now
    )
    revoked_at = time.monotonic()

    def status(request):
        answer = responder.ready_answer(request) or responder.answer(request)
        return ocsp.load_der_ocsp_response(answer.der).certificate_status

    while status(requests[0]) != Status.REVOKED:
        assert time.monotonic() - revoked_at < 1
    statuses = [status(request) for request in requests]
    assert statuses == [Status.REVOKED, Status.GOOD] * 2
