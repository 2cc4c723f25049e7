"""The guard: it reads honest requests and refuses all else with a stable code."""

import json
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.makers import key_of, make_request
from tests.support.external_verifiers import openssl
from tests.webapp.pki import forge
from webapp.pki import der
from webapp.pki.csr import MAX_SIZE, read_request
from webapp.pki.errors import PkiError, SigningRequestError, UnsupportedKeyError
from webapp.pki.key_policy import KeyKind

VECTORS: dict[str, Any] = json.loads(forge.VECTORS.read_text("utf-8"))
GOOD = [bytes.fromhex(case["der"]) for case in VECTORS["good"]]


def named(cases: list[dict[str, str]]) -> pytest.MarkDecorator:
    """Parametrise over cases with their names."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case["name"])


def verdict(request: bytes) -> str:
    """Return the code of the refusal; anything but a PkiError comes through."""
    try:
        read_request(request)
    except PkiError as refusal:
        return refusal.code
    return "accepted"


@named(VECTORS["good"])
def test_honest_request_is_read(case: dict[str, str]) -> None:
    request = read_request(bytes.fromhex(case["der"]))

    assert request.der.hex() == case["der"]
    assert request.key_kind == case["key_kind"]
    assert request.spki.hex() == case["spki"]
    assert request.key_hash.hex() == case["key_hash"]
    assert request.public_key == load_der_public_key(request.spki)


@named(VECTORS["hostile"])
def test_hostile_request_is_refused_with_its_code(case: dict[str, str]) -> None:
    assert verdict(bytes.fromhex(case["der"])) == case["code"]


def test_vectors_reach_every_refusal_of_a_request() -> None:
    codes = {kind.code for kind in SigningRequestError.__subclasses__()}

    assert codes | {UnsupportedKeyError.code} == {
        case["code"] for case in VECTORS["hostile"]
    }


def test_vectors_hold_every_forgery() -> None:
    generated = forge.vectors()

    for part in ("good", "hostile"):
        assert [case["name"] for case in generated[part]] == [
            case["name"] for case in VECTORS[part]
        ]


def test_openssl_takes_the_good_vectors_as_requests_too() -> None:
    for request in GOOD:
        output = openssl("req", "-inform", "DER", "-noout", "-verify", give=request)

        assert "verify OK" in output


def test_request_of_the_largest_size_is_still_looked_at() -> None:
    filler = der.octet_string(bytes(MAX_SIZE - 8))

    largest = der.sequence(filler)

    assert len(largest) == MAX_SIZE
    assert verdict(largest) == "request_malformed"
    assert verdict(largest + b"\x00") == "request_too_large"


def test_one_key_has_one_hash_however_it_is_written() -> None:
    by_name = {case["name"]: case for case in VECTORS["good"]}

    compressed, usual = by_name["compressed point"], by_name["names somebody else"]

    assert compressed["der"] != usual["der"]
    assert (
        read_request(bytes.fromhex(compressed["der"])).key_hash
        == read_request(bytes.fromhex(usual["der"])).key_hash
    )


def test_attributes_of_other_programs_do_not_disturb() -> None:
    windows_version = der.sequence(
        der.oid("1.3.6.1.4.1.311.13.2.3"), der.tlv(0x31, der.tlv(0x16, b"10.0.2"))
    )

    request = forge.Forgery(attributes=der.tlv(0xA0, windows_version)).encode()

    assert verdict(request) == "accepted"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_only_ever_raise_a_refusal(noise: bytes) -> None:
    assert verdict(noise) != "accepted"


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(GOOD),
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(1, 255)), min_size=1, max_size=4
    ),
)
def test_changed_bytes_are_never_accepted(
    request: bytes, changes: list[tuple[int, int]]
) -> None:
    changed = bytearray(request)
    for place, flip in changes:
        changed[place % len(changed)] ^= flip

    assert bytes(changed) == request or verdict(bytes(changed)) != "accepted"


@pytest.mark.parametrize("request_der", GOOD)
def test_a_signature_with_unused_bits_is_refused(request_der: bytes) -> None:
    signature = x509.load_der_x509_csr(request_der).signature
    at = len(request_der) - len(signature) - 1
    assert request_der[at] == 0

    for unused in range(1, 8):
        changed = request_der[:at] + bytes([unused]) + request_der[at + 1 :]

        assert verdict(changed) != "accepted"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(GOOD), st.integers(0, 400), st.integers(0, 400))
def test_missing_or_repeated_bytes_are_never_accepted(
    request: bytes, start: int, end: int
) -> None:
    without = request[:start] + request[end:]

    assert without == request or verdict(without) != "accepted"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_well_signed_nonsense_in_place_of_attributes_is_refused_or_harmless(
    nonsense: bytes,
) -> None:
    request = forge.Forgery(attributes=der.tlv(0xA0, nonsense)).encode()

    assert verdict(request) in {"accepted", "request_malformed"}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_well_signed_nonsense_as_extension_is_refused_or_harmless(
    nonsense: bytes,
) -> None:
    for dotted in ("2.5.29.17", "2.5.29.31", "2.5.29.32", "1.3.6.1.5.5.7.1.1"):
        extension = der.extension(dotted, nonsense)
        request = forge.Forgery(attributes=forge.asking(extension)).encode()

        assert verdict(request) in {"accepted", "request_malformed"}


def test_worst_case_input_is_judged_quickly() -> None:
    crowded = der.tlv(0xA0, *[der.sequence(forge.CHALLENGE, der.tlv(0x31))] * 1000)
    request = forge.Forgery(attributes=crowded).encode()
    assert len(request) <= MAX_SIZE

    started = time.process_time()
    for _ in range(10):
        verdict(request)

    assert (time.process_time() - started) / 10 < 0.05


def test_holder_of_the_key_is_proved_by_the_key_alone() -> None:
    request = make_request(KeyKind.P_256, asks_for="mallory")

    read = read_request(request)

    assert read.public_key == key_of(KeyKind.P_256).public_key()
    assert not {name for name in read.__slots__ if "subject" in name}
    assert x509.load_der_x509_csr(request).subject.rfc4514_string() == "CN=mallory"
