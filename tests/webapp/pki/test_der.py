"""The DER writer writes what others read; the guard lets nothing else through."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_bridge.formats.korean_time import KST
from mobile_bridge.pki.der import DerError
from tests.makers import NOON
from tests.support.external_verifiers import openssl
from webapp.pki import der
from webapp.pki.der import MAX_DEPTH, check_strict


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (der.integer(0), "020100"),
        (der.integer(127), "02017f"),
        (der.integer(128), "02020080"),
        (der.integer(256), "02020100"),
        (der.enumerated(6), "0a0106"),
        (der.bit_string(b"\xff"), "030200ff"),
        (der.utf8_string("김"), "0c03eab980"),
        (der.oid("2.5.29.15"), "0603551d0f"),
        (der.oid("1.2.840.113549.1.1.11"), "06092a864886f70d01010b"),
        (der.oid("2.999.3"), "0603883703"),
        (der.sequence(), "3000"),
        (der.octet_string(bytes(128))[:3], "048180"),
        (der.octet_string(bytes(256))[:4], "04820100"),
    ],
)
def test_values_are_written_in_their_only_form(encoded: bytes, expected: str) -> None:
    assert encoded.hex() == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), b"\x17\x0d491231235959Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), b"\x18\x0f20500101000000Z"),
        (
            datetime(2027, 3, 5, 23, 59, 59, tzinfo=KST),
            b"\x17\x0d270305145959Z",
        ),
    ],
)
def test_time_is_utc_and_changes_its_form_in_2050(
    moment: datetime, expected: bytes
) -> None:
    assert der.time(moment) == expected


def test_time_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="zone"):
        der.time(NOON.replace(tzinfo=None))


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2**160))
def test_openssl_like_integers_pass_the_guard(number: int) -> None:
    encoded = der.integer(number)

    check_strict(encoded)

    assert int.from_bytes(encoded[2:], signed=True) == number


def test_openssl_reads_a_long_arc() -> None:
    dotted = "2.25.127799448861589950168133781244619554510.1"

    output = openssl("asn1parse", "-inform", "DER", give=der.oid(dotted))

    assert dotted in output
    assert x509.ObjectIdentifier(dotted).dotted_string == dotted


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "30",
        "0000",  # end-of-contents is no value
        "02020001",  # padded zero
        "0202ff80",  # padded minus
        "0200",  # no number
        "0a020001",
        "010101",  # a boolean is 00 or ff
        "01020000",
        "050100",  # NULL holds nothing
        "1000",  # SEQUENCE without the constructed bit
        "2203020101",  # INTEGER with it
        "1f0100",  # tag number above 30
        "3080020101" + "0000",  # indefinite length
        "30810302" + "0101",  # length of 3 in two bytes
        "048200" + "80" + "00" * 128,  # length with a leading zero
        "30850000000000",
        "3003020102" + "00",  # one byte behind
        "300302020101",  # inner longer than outer
        "3004020101",  # outer longer than the input
        "04ff" + "00" * 127,
    ],
)
def test_loose_encoding_is_refused(encoded: str) -> None:
    with pytest.raises(DerError):
        check_strict(bytes.fromhex(encoded))


def test_nesting_ends_somewhere() -> None:
    nested = der.integer(1)
    for _ in range(MAX_DEPTH):
        nested = der.sequence(nested)

    check_strict(nested)

    with pytest.raises(DerError):
        check_strict(der.sequence(nested))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_guard_answers_for_any_bytes(noise: bytes) -> None:
    try:
        check_strict(noise)
    except DerError:
        return
    assert len(noise) >= 2
