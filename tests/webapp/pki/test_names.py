"""Names say who holds a certificate, to programs and to people."""

import unicodedata

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyasn1.codec.der.decoder import decode

from mobile_bridge.core.bundle import describe_certificate
from tests.makers import BANK, HANA, make_certificate
from tests.support.bridge import vectors
from webapp.pki.errors import AuthorityNameError, HolderError, NameTooLongError
from webapp.pki.names import (
    ISSUING_NAME,
    ROOT_NAME,
    Holder,
    authority_name,
    display_name,
    organisation_of,
    subject_for,
    validate_ca_name,
)


def common_name(holder: Holder) -> str:
    """Return the common name that the holder's certificate gets."""
    return subject_for(holder, BANK).rfc4514_string().split(",OU=")[0][3:]


def test_subject_is_written_as_the_field_writes_it() -> None:
    subject = subject_for(HANA, BANK)

    assert subject.rfc4514_string() == (
        "CN=김하나(KIM HANA)00000012340001,OU=personal,O=certferry demo,C=KR"
    )


def test_the_organisation_is_the_one_of_the_authority() -> None:
    name = authority_name("Hanul issuing CA", "Hanul 은행")

    assert organisation_of(name) == "Hanul 은행"
    assert "O=Hanul 은행" in subject_for(HANA, BANK, "Hanul 은행").rfc4514_string()


def test_an_organisation_is_written_with_single_spaces() -> None:
    assert validate_ca_name("  Hanul   은행 ") == "Hanul 은행"


@pytest.mark.parametrize("name", ["yessign", "Kisa", "공동인증", "уes", "a" * 37])
def test_a_name_of_others_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(AuthorityNameError, match=r"^The name "):
        validate_ca_name(name)


def test_country_is_printable_and_all_else_utf8() -> None:
    names, _rest = decode(subject_for(HANA, BANK).public_bytes())
    types = [type(rdn[0][1]).__name__ for rdn in names]

    assert types == ["PrintableString", "UTF8String", "UTF8String", "UTF8String"]


@pytest.mark.parametrize(
    ("holder", "shown"),
    [
        (HANA, "김하나"),
        (Holder("Anna Maria O'Neill", "", "1"), "Anna Maria O'Neill"),
        (Holder("남궁 민", "NAMGUNG MIN", "22"), "남궁 민"),
    ],
)
def test_people_are_shown_the_name_alone(holder: Holder, shown: str) -> None:
    assert display_name(common_name(holder)) == shown


def test_latin_name_that_does_not_fit_leaves_empty_brackets() -> None:
    fits = Holder("김하나", "A" * 39, "1" * 14)
    is_one_too_long = Holder("김하나", "A" * 40, "1" * 14)

    assert common_name(fits) == f"김하나({'A' * 39}){'1' * 14}"
    assert len(common_name(fits).encode()) == 64
    assert common_name(is_one_too_long) == f"김하나(){'1' * 14}"


def test_name_that_never_fits_is_refused() -> None:
    with pytest.raises(NameTooLongError):
        subject_for(Holder("가" * 17, "", "1" * 12), BANK)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " 김하나",
        "김하나 ",
        "김하나(관리자",
        "김하나)",
        "김\x00하나",
        "김\n하나",
        "김\u202e하나",
        "김\u200b하나",
        "김\u2028하나",
        "김\ud800하나",
        unicodedata.normalize("NFD", "김하나"),
    ],
)
def test_name_that_shows_something_else_is_refused(name: str) -> None:
    with pytest.raises(HolderError):
        Holder(name, "KIM HANA", "1")


@pytest.mark.parametrize("name", vectors("names.json")["certifiable"])
def test_what_is_certified_is_shown_as_it_is(name: str) -> None:
    for holder in (Holder(name, "KIM HANA", "1234"), Holder(name, "", "1")):
        subject = subject_for(holder, BANK)
        (written,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert display_name(str(written.value)) == name


@pytest.mark.parametrize("name", vectors("names.json")["certifiable"])
def test_what_is_certified_travels_under_its_name(name: str) -> None:
    certificate = make_certificate(holder=Holder(name, "KIM HANA", "1234"))

    der = certificate.public_bytes(Encoding.DER)
    assert describe_certificate(der)["name"] == name
    assert describe_certificate(der)["issuer"] == ISSUING_NAME


@pytest.mark.parametrize(
    "case", vectors("names.json")["not_certifiable"], ids=lambda case: case["what"]
)
def test_what_could_not_be_shown_is_not_certified(case: dict[str, str]) -> None:
    with pytest.raises(HolderError):
        Holder(case["name"], "KIM HANA", "1")


@pytest.mark.parametrize("latin_name", ["김", "KIM(", "&", "KIM ", " KIM", "KIM\n"])
def test_latin_name_is_latin(latin_name: str) -> None:
    with pytest.raises(HolderError):
        Holder("김하나", latin_name, "1")


@pytest.mark.parametrize("number", ["", "12a", "-1", "１２", "12\n", "1" * 25])
def test_number_is_plain_digits(number: str) -> None:
    with pytest.raises(HolderError):
        Holder("김하나", "KIM HANA", number)


@pytest.mark.parametrize("name", [ROOT_NAME, ISSUING_NAME])
def test_authorities_say_that_they_are_not_accredited(name: str) -> None:
    assert isinstance(authority_name(name), x509.Name)
    assert authority_name(name).rfc4514_string().startswith("CN=certferry demo ")
    assert "not accredited" in name
