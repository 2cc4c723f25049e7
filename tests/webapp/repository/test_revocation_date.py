"""A hold that became a revocation counts from the hold on (X.509 8.5.2.2)."""

from datetime import timedelta

import pytest
from cryptography import x509

from tests.support.revocation import resume, revoke, suspend
from webapp.certificates.public.status import CertificateId
from webapp.pki.crl import ReasonCode
from webapp.repository.certificate_status import find_status
from webapp.repository.crl import current_crl
from webapp.repository.status_lookup import look_up

DAY = timedelta(days=1)


@pytest.fixture
def authority(app):
    return app.extensions["certferry.ca"].authority


def dates(stored, authority, certificate, now):
    """Return since when list, responder and look-up say that it is revoked."""
    serial = int(certificate.serial, 16)
    crl = x509.load_der_x509_crl(current_crl(stored, authority, now).der)
    entry = crl.get_revoked_certificate_by_serial_number(serial)
    question = CertificateId(certificate.serial, None)
    (answer,) = look_up(stored, [question], issuer_id=authority.issuer_id, now=now)
    status = find_status(stored, authority.issuer_id, serial)
    moments = (entry.revocation_date_utc, status.revoked_at, answer.at)
    return {moment.replace(microsecond=0) for moment in moments}


def test_revoked_while_suspended_it_is_so_since_the_suspension(
    factory, stored, authority, now
):
    certificate = factory.issued(now - 5 * DAY)
    suspend(stored, certificate, actor=None, now=now - 2 * DAY)
    reason = ReasonCode.KEY_COMPROMISE
    revoke(stored, certificate, reason=reason, actor=None, now=now - DAY)

    since = dates(stored, authority, certificate, now)

    assert since == {(now - 2 * DAY).replace(microsecond=0)}


def test_revoked_after_it_was_resumed_it_is_so_since_the_revocation(
    factory, stored, authority, now
):
    certificate = factory.issued(now - 5 * DAY)
    suspend(stored, certificate, actor=None, now=now - 3 * DAY)
    resume(stored, certificate, actor=None, now=now - 2 * DAY)
    reason = ReasonCode.KEY_COMPROMISE
    revoke(stored, certificate, reason=reason, actor=None, now=now - DAY)

    since = dates(stored, authority, certificate, now)

    assert since == {(now - DAY).replace(microsecond=0)}
