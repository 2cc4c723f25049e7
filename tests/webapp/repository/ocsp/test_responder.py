"""The responder says at once what became of a certificate, and signs little for it."""

import os
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.makers import make_authority
from tests.support import revocation
from webapp.ca.service_certificates import ServiceSignerError
from webapp.pki.crl import ReasonCode
from webapp.pki.errors import IssuerMismatchError
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.certificates import ServiceKind
from webapp.pki.services.ocsp import IssuerHashes, build_request
from webapp.repository.models import RestoredRevocation
from webapp.repository.ocsp import responder as responders
from webapp.repository.ocsp.responder import (
    REFRESH,
    UNKNOWN_VALIDITY,
    VALIDITY,
    OcspResponder,
    ocsp_response_for,
)

Status = ocsp.OCSPCertStatus


class Clock:
    """The time of a test, and its steps."""

    def __init__(self, now):
        self.now = now.replace(microsecond=0)

    def __call__(self):
        return self.now


@pytest.fixture
def ca(app):
    return app.extensions["certferry.ca"]


@pytest.fixture
def hashes(ca):
    return IssuerHashes.of(ca.authority.certificate)


@pytest.fixture
def clock(now):
    return Clock(now)


@pytest.fixture
def looks(monkeypatch):
    """Every request looks whether a status changed."""
    monkeypatch.setattr(responders, "POLL_SECONDS", 0)


@pytest.fixture
def responder(app, ca, clock, looks):
    sessions = app.extensions["certferry.sessions"]
    return OcspResponder(ca.authority, ca.services, sessions, clock)


@pytest.fixture
def ask(responder, hashes):
    """Ask for serials; return what was answered, as another program reads it."""

    def ask(*serials, nonce=None):
        request = build_request([hashes.cert_id(serial) for serial in serials], nonce)
        return ocsp.load_der_ocsp_response(responder.answer(request).der)

    return ask


def serial_of(certificate):
    return int(certificate.serial, 16)


def test_an_issued_certificate_is_good(ask, factory, now):
    certificate = factory.issued(now)

    assert ask(serial_of(certificate)).certificate_status == Status.GOOD


def test_revocation_and_suspension_show_at_once_and_a_resumption_too(
    ask, factory, stored, now
):
    held, gone = factory.issued(now), factory.issued(now)
    assert ask(serial_of(held)).certificate_status == Status.GOOD
    assert ask(serial_of(gone)).certificate_status == Status.GOOD

    revocation.suspend(stored, held, actor=None, now=now)
    revocation.revoke(
        stored, gone, reason=ReasonCode.KEY_COMPROMISE, actor=None, now=now
    )

    answer = ask(serial_of(gone))
    assert answer.certificate_status == Status.REVOKED
    assert answer.revocation_reason == x509.ReasonFlags.key_compromise
    assert ask(serial_of(held)).revocation_reason == x509.ReasonFlags.certificate_hold
    revocation.resume(stored, held, actor=None, now=now)
    assert ask(serial_of(held)).certificate_status == Status.GOOD


def test_an_answer_is_signed_once_and_handed_out_until_it_is_due(
    ask, factory, clock, now
):
    serial = serial_of(factory.issued(now))
    first = ask(serial)

    clock.now += REFRESH - timedelta(seconds=1)
    again = ask(serial)
    clock.now += timedelta(seconds=1)
    renewed = ask(serial)

    assert again.signature == first.signature
    assert renewed.this_update_utc == first.this_update_utc + REFRESH


def test_another_change_leaves_an_answer_as_it_is(ask, factory, stored, now):
    first, other = factory.issued(now), factory.issued(now)
    before = ask(serial_of(first))

    revocation.suspend(stored, other, actor=None, now=now)

    assert ask(serial_of(first)).signature == before.signature


def test_a_clock_set_back_brings_no_answer_from_the_future(ask, factory, clock, now):
    serial = serial_of(factory.issued(now - timedelta(days=2)))
    ask(serial)

    clock.now -= timedelta(days=1)

    assert ask(serial).this_update_utc == clock.now


def test_a_nonce_is_answered_live_and_never_twice(ask, factory, now):
    serial = serial_of(factory.issued(now))

    first, second = (ask(serial, nonce=os.urandom(32)) for _ in range(2))

    assert first.signature != second.signature
    assert first.extensions.get_extension_for_class(x509.OCSPNonce)


def test_several_are_answered_in_the_order_of_the_question(
    responder, hashes, factory, stored, now
):
    good, gone = factory.issued(now), factory.issued(now)
    revocation.revoke(stored, gone, reason=ReasonCode.SUPERSEDED, actor=None, now=now)
    asked = [hashes.cert_id(serial) for serial in (serial_of(gone), 5, serial_of(good))]

    answer = ocsp.load_der_ocsp_response(responder.answer(build_request(asked)).der)

    statuses = [single.certificate_status for single in answer.responses]
    assert statuses == [Status.REVOKED, Status.UNKNOWN, Status.GOOD]


def test_what_is_reserved_only_is_unknown_and_good_when_it_is_signed(ask, factory, now):
    order = factory.order(factory.ready(now))
    reserved = factory.reserve(order, now)
    before = ask(serial_of(reserved))

    factory.finish(reserved, now)

    assert before.certificate_status == Status.UNKNOWN
    assert ask(serial_of(reserved)).certificate_status == Status.GOOD


def test_of_what_the_database_lost_the_revocation_is_said(ask, ca, stored, now):
    stored.add(
        RestoredRevocation(
            issuer_id=ca.authority.issuer_id,
            serial="abc",
            revoked_at=now,
            reason=ReasonCode.KEY_COMPROMISE,
        )
    )
    stored.commit()

    assert ask(0xABC).certificate_status == Status.REVOKED


def test_the_centre_s_own_time_stamping_certificate_is_good(ask, ca, now):
    signer = ca.services.signer(ServiceKind.TIME_STAMPING, now)

    assert ask(signer.certificate.serial_number).certificate_status == Status.GOOD


@pytest.mark.parametrize("nonce", [None, b"0123456789abcdef"])
def test_unknown_counts_for_minutes_since_it_may_be_issued_a_moment_later(
    ask, factory, now, nonce
):
    issued = serial_of(factory.issued(now))

    unknown, good = ask(7, nonce=nonce), ask(issued, nonce=nonce)

    assert unknown.certificate_status == Status.UNKNOWN
    assert unknown.next_update_utc - unknown.this_update_utc == UNKNOWN_VALIDITY
    assert timedelta(minutes=1) <= UNKNOWN_VALIDITY <= timedelta(minutes=10)
    assert good.next_update_utc - good.this_update_utc == VALIDITY


def test_a_flood_of_unknown_serials_costs_few_signatures(ask):
    statuses = [ask(number).response_status for number in range(1, 400)]

    signed = statuses.count(ocsp.OCSPResponseStatus.SUCCESSFUL)
    assert signed < 300
    assert statuses.count(ocsp.OCSPResponseStatus.TRY_LATER) == len(statuses) - signed


def test_a_flood_of_unknown_serials_holds_up_nobody_else(ask, factory, now):
    serial = serial_of(factory.issued(now))
    for number in range(1, 200):
        ask(number)

    assert ask(serial).certificate_status == Status.GOOD


def test_another_issuer_s_certificates_are_none_of_ours(responder):
    other = IssuerHashes.of(make_authority(KeyKind.P_384).certificate)

    answer = responder.answer(build_request([other.cert_id(5)])).der

    response = ocsp.load_der_ocsp_response(answer)
    assert response.response_status == ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_what_is_no_request_is_told_so(responder):
    for content in (b"", b"\x30\x00", os.urandom(100), b"\x30" * 9000):
        response = ocsp.load_der_ocsp_response(responder.answer(content).der)
        assert response.response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


class Database:
    """Sessions of a database that goes away and comes back."""

    def __init__(self, sessions):
        self._sessions, self.is_away = sessions, False

    def __call__(self) -> Session:
        if self.is_away:
            raise OperationalError("SELECT", {}, Exception("away"))
        return self._sessions()


def test_while_the_database_is_away_good_answers_go_on_and_no_new_ones(
    app, ca, clock, hashes, factory, looks, now
):
    database = Database(app.extensions["certferry.sessions"])
    responder = OcspResponder(ca.authority, ca.services, database, clock)
    cached, other = factory.issued(now), factory.issued(now)

    def status(certificate, nonce=None):
        request = build_request([hashes.cert_id(serial_of(certificate))], nonce)
        answer = ocsp.load_der_ocsp_response(responder.answer(request).der)
        return answer.response_status.name

    assert status(cached) == "SUCCESSFUL"
    database.is_away = True

    assert status(cached) == "SUCCESSFUL"
    assert status(other) == status(cached, b"nonce") == "TRY_LATER"
    clock.now += VALIDITY
    assert status(cached) == "TRY_LATER"
    database.is_away = False
    assert status(cached) == status(other) == "SUCCESSFUL"


def test_without_a_key_it_is_told_to_try_later(ask, ca, factory, monkeypatch, now):
    def none(*_about):
        raise ServiceSignerError

    certificate = factory.issued(now)
    monkeypatch.setattr(ca.services, "signer", none)

    answer = ask(serial_of(certificate))

    assert answer.response_status == ocsp.OCSPResponseStatus.TRY_LATER


def test_an_answer_for_what_is_signed_here_needs_no_request(ca, factory, stored, now):
    row = factory.issued(now)
    certificate = x509.load_der_x509_certificate(row.signed_der)
    revocation.suspend(stored, row, actor=None, now=now)

    der = ocsp_response_for(stored, certificate, ca=ca, now=now)

    response = ocsp.load_der_ocsp_response(der)
    assert response.serial_number == certificate.serial_number
    assert response.revocation_reason == x509.ReasonFlags.certificate_hold


def test_of_another_ca_s_certificate_nothing_is_said(ca, stored, now):
    other = make_authority().certificate

    with pytest.raises(IssuerMismatchError):
        ocsp_response_for(stored, other, ca=ca, now=now)
