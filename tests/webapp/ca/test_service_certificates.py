"""Keys of the centre's services: kept encrypted, renewed, shared, dropped in time."""

from datetime import timedelta
from multiprocessing import Queue, get_context
from pathlib import Path

import pytest

from tests.makers import NOON, PKI_URL, make_authority
from webapp.ca.service_certificates import (
    ServiceCertificates,
    ServiceSignerError,
)
from webapp.pki.key_policy import KeyKind
from webapp.pki.services.certificates import Locations, ServiceKind

PASSPHRASE = b"correct horse"
PLACES = Locations(
    crl_url=f"{PKI_URL}/pki/issuing.crl",
    issuer_url=f"{PKI_URL}/pki/issuing.crt",
    ocsp_url=f"{PKI_URL}/ocsp",
)
OCSP = ServiceKind.OCSP_RESPONDER


def services(folder: Path, passphrase: bytes = PASSPHRASE) -> ServiceCertificates:
    return ServiceCertificates(
        folder / "services", make_authority(), passphrase, PLACES
    )


def sign_once(folder: Path, answers: "Queue[int]") -> None:
    answers.put(services(folder).signer(OCSP, NOON).certificate.serial_number)


def test_a_signer_is_made_once_and_found_by_others(tmp_path: Path) -> None:
    first = services(tmp_path).signer(OCSP, NOON)
    again = services(tmp_path).signer(OCSP, NOON)

    assert again.certificate == first.certificate
    assert again.key.public_key() == again.certificate.public_key()


def test_a_key_lies_encrypted_and_for_its_owner_only(tmp_path: Path) -> None:
    services(tmp_path).renew(NOON)

    files = list((tmp_path / "services").iterdir())
    assert len(files) == len(ServiceKind)
    for file in files:
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_a_renewal_is_seen_by_a_process_that_runs_already(tmp_path: Path) -> None:
    running = services(tmp_path)
    old = running.signer(OCSP, NOON).certificate
    later = NOON + timedelta(days=16)

    renewed = services(tmp_path).renew(later)

    assert running.signer(OCSP, later).certificate in renewed
    assert running.signer(OCSP, NOON).certificate == old


def test_without_a_job_a_signer_renews_when_its_certificate_is_over(
    tmp_path: Path,
) -> None:
    centre = services(tmp_path)
    old = centre.signer(OCSP, NOON).certificate

    new = centre.signer(OCSP, NOON + timedelta(days=31)).certificate

    assert new.serial_number != old.serial_number


def test_a_clock_set_back_finds_a_certificate_that_has_begun(tmp_path: Path) -> None:
    centre = services(tmp_path)
    centre.signer(OCSP, NOON + timedelta(days=40))

    signer = centre.signer(OCSP, NOON)

    assert signer.certificate.not_valid_before_utc <= NOON


def test_a_superseded_key_is_destroyed_and_its_certificate_stays(
    tmp_path: Path,
) -> None:
    centre, kind = services(tmp_path), ServiceKind.TIME_STAMPING
    old = centre.signer(kind, NOON).certificate
    year_later = NOON + timedelta(days=366)

    centre.renew(year_later)
    centre.renew(year_later + timedelta(days=2))

    file = next((tmp_path / "services").glob(f"*{old.serial_number:x}*"))
    assert b"PRIVATE KEY" not in file.read_bytes()
    assert old in centre.certificates(kind)
    assert old.serial_number in centre.serials()


def test_a_responder_s_certificate_goes_after_its_end(tmp_path: Path) -> None:
    centre = services(tmp_path)
    old = centre.signer(OCSP, NOON).certificate
    centre.renew(NOON + timedelta(days=16))

    centre.renew(NOON + timedelta(days=31))

    assert old not in centre.certificates(OCSP)


def test_files_of_another_ca_or_passphrase_are_left_and_not_used(
    tmp_path: Path,
) -> None:
    other = ServiceCertificates(
        tmp_path / "services", make_authority(KeyKind.P_384), PASSPHRASE, PLACES
    )
    others = other.signer(OCSP, NOON).certificate
    services(tmp_path, b"another").signer(OCSP, NOON)

    signer = services(tmp_path).signer(OCSP, NOON)

    signer.certificate.verify_directly_issued_by(make_authority().certificate)
    assert other.signer(OCSP, NOON).certificate == others
    assert len(list((tmp_path / "services").iterdir())) == 3


def test_a_damaged_file_is_replaced_by_a_new_key(tmp_path: Path) -> None:
    centre = services(tmp_path)
    old = centre.signer(OCSP, NOON).certificate
    file = next((tmp_path / "services").iterdir())
    file.write_bytes(file.read_bytes()[:300])

    assert centre.signer(OCSP, NOON).certificate != old


def test_where_nothing_can_be_kept_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "services").write_text("a file in the way")

    with pytest.raises(ServiceSignerError):
        services(tmp_path).signer(OCSP, NOON)


def test_a_ca_that_is_over_has_no_signer(tmp_path: Path) -> None:
    end = make_authority().certificate.not_valid_after_utc

    with pytest.raises(ServiceSignerError):
        services(tmp_path).signer(OCSP, end)


def test_processes_that_begin_at_once_make_one_certificate(tmp_path: Path) -> None:
    make_authority()  # before the fork: all have the same
    fork = get_context("fork")
    answers = fork.Queue()
    others = [
        fork.Process(target=sign_once, args=(tmp_path, answers)) for _ in range(4)
    ]
    for process in others:
        process.start()

    serials = {answers.get(timeout=30) for _ in others}

    for process in others:
        process.join()
    assert len(serials) == 1
