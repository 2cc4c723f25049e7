"""The files of a CA are read in every usual form, and have to be of one CA."""

from dataclasses import replace
from datetime import timedelta
from shutil import copytree

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.makers import make_authority
from webapp.ca.material import (
    CaMaterialError,
    find_outdated,
    load_ca_material,
    read_certificate,
    read_crl,
)
from webapp.clock import utc_now
from webapp.pki.authority import make_root
from webapp.pki.crl import build_crl
from webapp.pki.key_policy import KeyKind

NOW = utc_now()


@pytest.fixture
def own(config, tmp_path):
    """The configuration of a centre whose CA files may be changed."""
    folder = copytree(config.issuing_key.parent, tmp_path / "ca")
    return replace(
        config,
        issuing_certificate=folder / "issuing.crt",
        issuing_key=folder / "issuing.key",
        root_certificate=folder / "root.crt",
        root_crl=folder / "root.crl",
    )


@pytest.fixture
def other_root():
    return make_root(NOW, serial=7, name="another root", kind=KeyKind.P_256)


def pem(certificate):
    return certificate.public_bytes(Encoding.PEM)


def list_of(root, days=30):
    end = NOW + timedelta(days=days)
    begin = end - timedelta(days=60)
    return build_crl(root, [], number=1, this_update=begin, next_update=end)


def problems(config):
    with pytest.raises(CaMaterialError) as raised:
        load_ca_material(config)
    return {
        problem.name.removeprefix("CERTFERRY_"): problem.text
        for problem in raised.value.problems
    }


def test_certificates_and_lists_are_taken_as_pem_and_as_der(own):
    before = load_ca_material(own)
    crl = x509.load_der_x509_crl(own.root_crl.read_bytes())
    own.root_crl.write_bytes(b"\n" + crl.public_bytes(Encoding.PEM))
    for file in (own.issuing_certificate, own.root_certificate):
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        file.write_bytes(certificate.public_bytes(Encoding.DER))

    after = load_ca_material(own)

    assert after.root == before.root
    assert after.root_crl == before.root_crl
    assert after.issuing.certificate == before.issuing.certificate
    assert find_outdated(after, own, utc_now()) == []


def test_a_file_in_another_form_with_more_than_one_thing_is_refused(own):
    both = own.issuing_certificate.read_bytes() + own.root_certificate.read_bytes()
    own.issuing_certificate.write_bytes(both)

    assert "one certificate" in problems(own)["ISSUING_CERTIFICATE"]


def test_the_root_of_another_ca_is_named(own, other_root):
    own.root_certificate.write_bytes(pem(other_root.certificate))

    assert "not the root of the issuing CA" in problems(own)["ROOT_CERTIFICATE"]


def test_the_list_of_another_root_is_named(own, other_root):
    own.root_crl.write_bytes(list_of(other_root))

    assert "not signed by the root" in problems(own)["ROOT_CRL"]


def test_another_key_is_named(own):
    own.issuing_certificate.write_bytes(pem(make_authority().certificate))

    assert set(problems(own)) == {"ROOT_CERTIFICATE", "ISSUING_KEY"}


def test_a_certificate_of_no_authority_is_named(own):
    own.issuing_certificate.write_bytes(b"text")
    own.root_certificate.write_bytes(own.root_crl.read_bytes())

    named = problems(own)

    assert "neither PEM nor DER" in named["ISSUING_CERTIFICATE"]
    assert "not a certificate" in named["ROOT_CERTIFICATE"]


def test_all_that_is_wrong_is_named_at_once(own, tmp_path):
    own.root_crl.write_bytes(b"")
    wrong = replace(
        own,
        issuing_certificate=tmp_path / "none.crt",
        issuing_passphrase="guess",
        root_certificate=tmp_path,
    )

    named = problems(wrong)

    assert "No such file" in named["ISSUING_CERTIFICATE"]
    assert "does not open" in named["ISSUING_KEY"]
    assert "Is a directory" in named["ROOT_CERTIFICATE"]
    assert "not a revocation list" in named["ROOT_CRL"]
    assert "guess" not in str(named)


def test_what_ended_is_named_with_the_way_on(own):
    material = load_ca_material(own)

    late = find_outdated(material, own, NOW + timedelta(days=366))
    much_later = find_outdated(material, own, NOW + timedelta(days=30 * 366))
    early = find_outdated(material, own, NOW - timedelta(days=30))

    [crl] = late
    assert crl.name == "CERTFERRY_ROOT_CRL"
    assert "certferry ca renew-root-crl" in crl.text
    assert len(much_later) == 3
    assert {problem.name for problem in early} == {
        "CERTFERRY_ISSUING_CERTIFICATE",
        "CERTFERRY_ROOT_CERTIFICATE",
    }
    assert all("clock" in problem.text for problem in early)


def test_what_is_read_alone_says_what_it_is_not(tmp_path):
    (tmp_path / "text").write_text("text")

    with pytest.raises(ValueError, match="not a certificate"):
        read_certificate(tmp_path / "text")
    with pytest.raises(ValueError, match="not a revocation list"):
        read_crl(tmp_path / "text")
