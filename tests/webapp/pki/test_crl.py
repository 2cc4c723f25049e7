"""Revocation lists hold what they were given, as RFC 5280 wants it."""

from datetime import timedelta

import pytest
from cryptography import x509

from tests.makers import NOON, make_authority, make_list, make_root_authority
from tests.support.external_verifiers import openssl
from tests.support.linting import lint_crl
from webapp.pki.crl import CODES, ReasonCode, RevokedEntry, build_crl
from webapp.pki.key_policy import KeyKind

SERIAL = 0x10FFEEDDCCBBAA99887766554433221100


@pytest.mark.parametrize("reason", ReasonCode)
def test_entry_says_which_when_and_why(reason: ReasonCode) -> None:
    entry = RevokedEntry(SERIAL, NOON - timedelta(hours=1), reason)

    (revoked,) = x509.load_der_x509_crl(make_list(make_authority(), entry))

    assert revoked.serial_number == SERIAL
    assert revoked.revocation_date_utc == entry.at
    extensions = [one.value for one in revoked.extensions]
    flag = x509.ReasonFlags[reason]
    is_said = reason is not ReasonCode.UNSPECIFIED
    assert extensions == ([x509.CRLReason(flag)] if is_said else [])


def test_every_reason_but_unspecified_has_a_number() -> None:
    assert set(ReasonCode) - set(CODES) == {ReasonCode.UNSPECIFIED}
    assert 8 not in CODES.values()  # removeFromCRL is for delta lists


@pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.RSA_2048])
def test_list_is_signed_by_its_authority(kind: KeyKind) -> None:
    authority = make_authority(kind)

    revoked = x509.load_der_x509_crl(make_list(authority, number=7))

    assert revoked.is_signature_valid(authority.key.public_key())
    assert revoked.issuer == authority.certificate.subject
    assert revoked.last_update_utc == NOON
    assert revoked.next_update_utc == NOON + timedelta(days=1)
    number = revoked.extensions.get_extension_for_class(x509.CRLNumber)
    assert number.value.crl_number == 7


def test_empty_list_has_no_field_for_entries() -> None:
    der = make_list(make_authority())

    output = openssl("crl", "-inform", "DER", "-noout", "-text", give=der)

    assert "No Revoked Certificates." in output
    assert len(x509.load_der_x509_crl(der)) == 0


@pytest.mark.parametrize("of", ["root", "issuing"])
@pytest.mark.parametrize("how_many", [0, 3])
def test_pkilint_has_nothing_against_a_list(of: str, how_many: int) -> None:
    authority = make_root_authority() if of == "root" else make_authority()
    entries = [
        RevokedEntry(SERIAL + i, NOON, ReasonCode.SUPERSEDED) for i in range(how_many)
    ]

    assert lint_crl(make_list(authority, *entries), of_root=of == "root") == set()


def test_list_must_end_after_it_begins() -> None:
    with pytest.raises(ValueError, match="after"):
        build_crl(make_authority(), [], number=1, this_update=NOON, next_update=NOON)


def test_ten_thousand_entries_are_listed_in_order() -> None:
    entries = [
        RevokedEntry(SERIAL + i, NOON, ReasonCode.KEY_COMPROMISE) for i in range(10_000)
    ]

    revoked = x509.load_der_x509_crl(make_list(make_authority(), *entries))

    assert [one.serial_number for one in revoked] == [one.serial for one in entries]
