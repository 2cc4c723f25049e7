"""A part of a revocation list says what the full list says of its certificates."""

import secrets
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import (
    NOON,
    PKI_URL,
    make_authority,
    make_certificate,
    make_list,
    make_root_authority,
)
from tests.support.external_verifiers import verify
from webapp.pki.authority import new_serial
from webapp.pki.crl import ReasonCode, RevokedEntry, crl_number, is_signed_by
from webapp.pki.crl_partitions import PARTITIONS, Partition, split_list

URL = f"{PKI_URL}/pki/issuing.crl"


def entry(serial: int) -> RevokedEntry:
    return RevokedEntry(serial, NOON, ReasonCode.KEY_COMPROMISE)


def part_of(full: bytes, partition: Partition) -> x509.CertificateRevocationList:
    der = split_list(full).build(make_authority(), partition, URL)
    return x509.load_der_x509_crl(der)


def test_each_entry_stands_in_the_part_that_its_certificate_names() -> None:
    serials = [new_serial(secrets.token_bytes) for _ in range(200)] + [1, 127, 128]
    full = make_list(make_authority(), *map(entry, serials), number=7)

    listed = {
        index: {revoked.serial_number for revoked in part_of(full, Partition(index))}
        for index in range(PARTITIONS)
    }

    assert sum(map(len, listed.values())) == len(serials)
    assert all(serial in listed[Partition.of(serial).index] for serial in serials)


def test_a_part_has_number_and_times_of_the_list_and_says_what_it_is() -> None:
    full = make_list(make_authority(), entry(5), number=7)
    whole = x509.load_der_x509_crl(full)

    part = part_of(full, Partition(5))

    assert crl_number(part) == 7
    assert part.last_update_utc == whole.last_update_utc
    assert part.next_update_utc == whole.next_update_utc
    assert is_signed_by(part, make_authority().certificate)
    scope = part.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert scope.critical
    assert scope.value.only_contains_user_certs
    assert scope.value.full_name is not None
    assert scope.value.full_name[0].value == Partition(5).url(URL)


def test_where_nothing_is_revoked_a_part_has_no_entries() -> None:
    assert len(list(part_of(make_list(make_authority()), Partition(0)))) == 0


def test_openssl_goes_by_the_part_that_a_certificate_names(tmp_path: Path) -> None:
    serial = new_serial(secrets.token_bytes)
    partition = Partition.of(serial)
    leaf = make_certificate(serial=serial, crl_url=partition.url(URL))
    other = Partition((partition.index + 1) % PARTITIONS)
    chain = (make_authority(), make_root_authority())
    root_list = make_list(make_root_authority())

    def verdict(*revoked: int, part: Partition) -> str:
        full = make_list(make_authority(), *map(entry, revoked), number=3)
        der = split_list(full).build(make_authority(), part, URL)
        return verify(tmp_path, leaf, chain, (der, root_list), "-crl_check")

    assert verdict(part=partition).endswith(": OK\n")
    assert "certificate revoked" in verdict(serial, part=partition)
    assert "different CRL scope" in verdict(part=other)


@pytest.mark.parametrize("index", [0, 17, PARTITIONS - 1])
def test_a_part_is_found_by_its_name(index: int) -> None:
    assert Partition.named(Partition(index).name) == Partition(index)


@pytest.mark.parametrize(
    "name",
    ["64-of-64.crl", "0-of-63.crl", "00-of-64.crl", "0-of-64.crt", "-1-of-64.crl", ""],
)
def test_there_is_no_part_of_another_name(name: str) -> None:
    assert Partition.named(name) is None


@given(st.integers(1, 1 << 160))
def test_every_serial_has_a_part_that_exists(serial: int) -> None:
    assert Partition.named(Partition.of(serial).name) is not None
