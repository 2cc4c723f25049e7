"""Chains and certificates as openssl and pkilint judge them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.makers import (
    BANK,
    NOON,
    SIGN,
    make_authority,
    make_certificate,
    make_list,
    make_root_authority,
)
from tests.support.external_verifiers import verify
from tests.support.linting import lint_certificate
from webapp.pki.crl import ReasonCode, RevokedEntry
from webapp.pki.key_policy import KeyKind
from webapp.pki.profiles import Profile

BOTH = pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.RSA_2048])
PROFILE = pytest.mark.parametrize("profile", [BANK, SIGN], ids=lambda one: one.id)


@BOTH
@PROFILE
def test_openssl_verifies_the_chain_and_its_revocation_lists(
    tmp_path: Path, kind: KeyKind, profile: Profile
) -> None:
    chain = make_authority(kind), make_root_authority()
    lists = make_list(chain[0]), make_list(chain[1])
    leaf = make_certificate(chain[0], profile)

    assert "leaf: OK" in verify(tmp_path, leaf, chain, lists, "-crl_check")
    assert "leaf: OK" in verify(tmp_path, leaf, chain, lists, "-crl_check_all")


@BOTH
def test_openssl_sees_a_revoked_certificate(tmp_path: Path, kind: KeyKind) -> None:
    chain = make_authority(kind), make_root_authority()
    leaf = make_certificate(chain[0])
    entry = RevokedEntry(leaf.serial_number, NOON, ReasonCode.KEY_COMPROMISE)
    lists = make_list(chain[0], entry), make_list(chain[1])

    output = verify(tmp_path, leaf, chain, lists, "-crl_check")

    assert "certificate revoked" in output


def test_openssl_sees_a_revoked_authority(tmp_path: Path) -> None:
    chain = make_authority(), make_root_authority()
    serial = chain[0].certificate.serial_number
    entry = RevokedEntry(serial, NOON, ReasonCode.CA_COMPROMISE)
    lists = make_list(chain[0]), make_list(chain[1], entry)

    output = verify(tmp_path, make_certificate(), chain, lists, "-crl_check_all")

    assert "certificate revoked" in output


@BOTH
@PROFILE
def test_pkilint_has_nothing_against_a_certificate(
    kind: KeyKind, profile: Profile
) -> None:
    leaf = make_certificate(make_authority(kind), profile)

    assert lint_certificate(leaf.public_bytes(Encoding.DER)) == set()


@pytest.mark.parametrize("of", ["root", "issuing"])
def test_pkilint_has_nothing_against_the_authorities(of: str) -> None:
    authority = make_root_authority() if of == "root" else make_authority()

    assert lint_certificate(authority.certificate.public_bytes(Encoding.DER)) == set()
