"""Lists are built beside requests: nobody waits long, and no change is late for it."""

import threading
import time

import pytest
from cryptography import x509

from tests.support import revocation
from webapp.pki.crl import ReasonCode, crl_number
from webapp.pki.crl_partitions import PARTITIONS, Partition
from webapp.repository import crl_publisher
from webapp.repository.crl import CRL_VALIDITY
from webapp.repository.crl_publisher import CrlPublisher
from webapp.repository.newest_crl import NewestCrl


class Works:
    """The long work of a build: held back until it is told to go on."""

    seconds = 0.0  # that a build takes, by `time`

    def __init__(self):
        self.time = 1000.0
        self.go_on = threading.Event()
        self.go_on.set()
        self.begun = threading.Event()

    def __call__(self, work):
        self.begun.set()
        self.go_on.wait(30)
        self.time += self.seconds
        return work()


@pytest.fixture
def works():
    return Works()


@pytest.fixture
def publisher(app, works, tmp_path):
    ca = app.extensions["certferry.ca"]
    return CrlPublisher(
        ca.authority,
        app.extensions["certferry.sessions"],
        crl_url=ca.locations.crl_url,
        newest_crl=NewestCrl(tmp_path / "newest.crl"),
        run=works,
        timer=lambda: works.time,
    )


@pytest.fixture
def client(app):
    return app.test_client()


def wait_until_listed(client, path, serial):
    """Wait for a list: a request waits for it only a moment."""
    end = time.monotonic() + 30
    while serial not in serials_in(client.get(path).data):
        assert time.monotonic() < end, f"{path} never lists it"
        time.sleep(0.05)


def revoke(stored, certificate, now):
    revocation.revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, actor=None, now=now
    )


def serials_in(der):
    return {entry.serial_number for entry in x509.load_der_x509_crl(der)}


def crl_path(certificate):
    return f"/pki/issuing/{Partition.of(int(certificate.serial, 16)).name}"


def test_what_was_revoked_stands_in_the_list_that_is_asked_for_next(
    publisher, factory, stored, now
):
    certificate = factory.issued(now)
    publisher.full(stored, now)

    revoke(stored, certificate, now)

    assert int(certificate.serial, 16) in serials_in(publisher.full(stored, now).der)


def test_while_a_long_list_is_built_the_last_good_one_goes_out(
    publisher, works, factory, stored, now
):
    certificate = factory.issued(now)
    first = publisher.full(stored, now)
    revoke(stored, certificate, now)
    works.go_on.clear()

    meanwhile = [publisher.full(stored, now).number for _ in range(2)]

    assert meanwhile == [first.number] * 2
    works.go_on.set()
    while publisher.full(stored, now).number == first.number:
        stored.rollback()
    assert publisher.full(stored, now).number == first.number + 1


def test_after_a_long_build_a_worker_pauses_for_as_long_as_that_took(
    publisher, works, factory, stored, now
):
    publisher.full(stored, now)
    works.seconds = 7.0
    numbers = []
    for passed in (0.0, 6.9, 0.2):
        works.time += passed
        revoke(stored, factory.issued(now), now)
        numbers.append(publisher.full(stored, now).number)

    assert numbers == [2, 2, 4]  # each revocation took a number


def test_a_pause_keeps_no_list_that_has_ended(publisher, works, stored, now):
    works.seconds = 7.0
    publisher.full(stored, now)

    assert publisher.full(stored, now + CRL_VALIDITY).number == 2


def test_where_there_is_no_list_yet_who_asks_waits_for_the_first(
    publisher, works, stored, now, monkeypatch
):
    monkeypatch.setattr(crl_publisher, "LONGEST_WAIT", 0.01)
    works.go_on.clear()
    release = threading.Thread(target=lambda: works.begun.wait() and works.go_on.set())
    release.start()

    assert publisher.full(stored, now).number == 1
    release.join()


def test_what_fails_is_told_and_tried_again(publisher, stored, now, monkeypatch):
    def fail(*_about, **_more):
        raise OSError("no space")

    with monkeypatch.context() as broken:
        broken.setattr(crl_publisher, "current_crl", fail)
        with pytest.raises(OSError, match="no space"):
            publisher.full(stored, now)

    assert publisher.full(stored, now).number == 1


def test_the_part_that_a_certificate_names_says_that_it_is_revoked(
    client, factory, stored, now
):
    certificate = factory.issued(now)
    named = x509.load_der_x509_certificate(certificate.signed_der).extensions
    points = named.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name[0].value.endswith(crl_path(certificate))
    before = client.get(crl_path(certificate)).data

    revoke(stored, certificate, now)

    serial = int(certificate.serial, 16)
    assert serial not in serials_in(before)
    for path in (crl_path(certificate), "/pki/issuing.crl"):
        wait_until_listed(client, path, serial)


def test_all_parts_have_the_number_of_the_full_list(client):
    full = x509.load_der_x509_crl(client.get("/pki/issuing.crl").data)
    parts = [
        x509.load_der_x509_crl(client.get(f"/pki/issuing/{Partition(index).name}").data)
        for index in range(PARTITIONS)
    ]

    assert {crl_number(part) for part in parts} == {crl_number(full)}


def test_there_is_no_other_part(client):
    assert client.get("/pki/issuing/64-of-64.crl").status_code == 404


@pytest.mark.parametrize(
    "path", ["/pki/issuing.crl", "/pki/issuing/0-of-64.crl", "/pki/root.crl"]
)
def test_who_has_the_list_is_told_so_and_until_when_it_counts(client, path):
    first = client.get(path)
    crl = x509.load_der_x509_crl(first.data)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    since = client.get(
        path, headers={"If-Modified-Since": first.headers["Last-Modified"]}
    )

    assert (again.status_code, again.data) == (304, b"")
    assert since.status_code == 304
    assert first.cache_control.public
    assert first.cache_control.max_age <= 300
    assert first.expires == crl.next_update_utc
    assert first.last_modified == crl.last_update_utc
