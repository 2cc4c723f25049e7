"""CRL numbers (RFC 5280 5.2.3): taken with the change, never twice, never backwards."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509

from tests.support import revocation
from webapp.certificates.revocation import mark_crl_stale
from webapp.pki.crl import ReasonCode, build_crl, parse_crl
from webapp.repository.certificate_status import count_changes
from webapp.repository.crl import CRL_REFRESH, CRL_VALIDITY, current_crl
from webapp.repository.crl_reconciliation import merge_list


@pytest.fixture
def authority(app):
    return app.extensions["certferry.ca"].authority


def revoke(stored, certificate, now):
    revocation.revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, actor=None, now=now
    )


def is_listed(crl, certificate):
    entry = x509.load_der_x509_crl(crl.der)
    serial = int(certificate.serial, 16)
    return entry.get_revoked_certificate_by_serial_number(serial) is not None


def test_a_revocation_takes_the_number_of_its_list_in_its_own_transaction(
    factory, stored, authority, now
):
    certificate = factory.issued(now)
    before = current_crl(stored, authority, now).number

    revoke(stored, certificate, now)
    number = count_changes(stored, authority.issuer_id)
    crl = current_crl(stored, authority, now)

    assert number == crl.number == before + 1
    assert is_listed(crl, certificate)


def test_a_change_that_is_rolled_back_takes_no_number(stored, authority, now):
    before = current_crl(stored, authority, now).number
    mark_crl_stale(stored, authority.issuer_id)
    stored.rollback()

    assert count_changes(stored, authority.issuer_id) == before
    assert current_crl(stored, authority, now).number == before


@pytest.mark.parametrize("seed", range(3))
def test_numbers_only_grow_whatever_happens_between_and_whatever_the_clock_says(
    factory, stored, authority, now, seed
):
    chance = random.Random(seed)
    certificates = [factory.issued(now) for _ in range(6)]
    revoked, ders = [], {}
    for _ in range(30):
        if chance.random() < 0.25 and certificates:
            revoked.append(certificates.pop())
            revoke(stored, revoked[-1], now)
        at = now + timedelta(hours=chance.uniform(-30, 30))  # a clock set to and fro
        crl = current_crl(stored, authority, at)
        assert ders.setdefault(crl.number, crl.der) == crl.der
        assert crl.number == max(ders)
        assert all(is_listed(crl, certificate) for certificate in revoked)


def test_a_list_that_is_due_by_time_alone_takes_one_number_among_many_workers(
    app, stored, authority, now
):
    first = current_crl(stored, authority, now)
    stored.rollback()
    sessions = app.extensions["certferry.sessions"]

    def refresh(_worker):
        with sessions() as session:
            return current_crl(session, authority, now + CRL_REFRESH).number

    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(refresh, range(8)))

    assert numbers == {first.number + 1}
    stored.rollback()
    assert count_changes(stored, authority.issuer_id) == first.number + 1


def test_after_a_restore_changes_take_numbers_above_what_was_published(
    stored, authority, now
):
    copy = current_crl(stored, authority, now).number
    published = parse_crl(
        build_crl(
            authority,
            [],
            number=copy + 40,
            this_update=now,
            next_update=now + CRL_VALIDITY,
        )
    )
    numbers = []
    for _ in range(2):  # done twice it changes nothing more
        merge_list(stored, authority.issuer_id, published, now)
        stored.commit()
        numbers.append(current_crl(stored, authority, now).number)
    mark_crl_stale(stored, authority.issuer_id)
    stored.commit()
    numbers.append(current_crl(stored, authority, now).number)

    assert numbers == [copy + 41, copy + 41, copy + 42]
