"""What travels and what announces it."""

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_bridge.core.bundle import (
    MAX_BUNDLE_BYTES,
    File,
    FileRole,
    Offer,
    check_arrived,
    offer_for,
    pack,
    read_offer,
    unpack,
    write_offer,
)
from mobile_bridge.errors import BridgeError, BundleError
from tests.support.bridge import sample_files, sample_payload, vectors

MADE = vectors("brg1_bundle.json")
OFFER = Offer(**MADE["offer"])


def test_a_bundle_is_packed_and_unpacked_as_the_vector_says():
    assert pack(sample_files()).hex() == MADE["payload"]
    assert list(unpack(bytes.fromhex(MADE["payload"]))) == sample_files()


def test_four_files_of_one_holder_travel():
    pair = sample_files()[:2]
    four = [
        *pair,
        replace(pair[0], role=FileRole.MANAGEMENT_CERTIFICATE),
        replace(pair[1], role=FileRole.MANAGEMENT_KEY),
    ]

    assert list(unpack(pack(four))) == four


@pytest.mark.parametrize("case", MADE["refused"], ids=lambda case: case["what"])
def test_what_is_not_one_holders_set_is_refused(case):
    with pytest.raises(BundleError):
        unpack(bytes.fromhex(case["payload"]))


def test_too_much_is_refused_on_both_sides():
    certificate, key = sample_files()[:2]
    big = File(FileRole.CA, b"\x30\x82\x3f\xf0" + bytes(0x3FF0))
    many = [certificate, key, big, big, big]

    with pytest.raises(BundleError):
        pack(many)
    with pytest.raises(BundleError):
        unpack(sample_payload() + bytes(MAX_BUNDLE_BYTES))


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_as_a_bundle(payload):
    with pytest.raises(BundleError):
        unpack(payload)


def test_the_offer_says_what_the_certificate_says():
    offer = offer_for(sample_payload(), move=True)

    assert offer == OFFER
    assert (offer.name, offer.serial) == ("김하나", "0a1b2c3d4e5f")
    assert offer.not_before == "2026-11-22T03:00:00Z"
    assert offer.not_after == "2027-11-22T14:59:59Z"
    assert read_offer(write_offer(offer)) == offer


@pytest.mark.parametrize("case", MADE["refused_offers"], ids=lambda case: case["what"])
def test_an_offer_that_misleads_is_refused(case):
    with pytest.raises(BundleError):
        read_offer(case["offer"].encode())


@pytest.mark.parametrize("case", MADE["good_offers"], ids=lambda case: case["what"])
def test_an_offer_is_read_whatever_script_and_spelling_it_has(case):
    assert write_offer(read_offer(case["offer"].encode()))


@pytest.mark.parametrize(
    "name", ["\u3164", "a\u0301\u0301\u0301\u0301\u0301", "\ud800"]
)
def test_what_the_other_side_would_refuse_is_never_sent(name):
    with pytest.raises(BundleError):
        write_offer(replace(OFFER, name=name))


@pytest.mark.parametrize(
    "octets",
    [
        b"\xef\xbb\xbf" + write_offer(OFFER),
        write_offer(OFFER).decode().encode("utf-16"),
    ],
    ids=["byte order mark", "UTF-16"],
)
def test_an_offer_is_utf_8(octets):
    with pytest.raises(BundleError):
        read_offer(octets)


@pytest.mark.parametrize(
    "octets",
    [b"", b"[]", b"null", b"\xff", b"{}", b'{"v":1}', b"[" * 2000, b" " * 5000],
)
def test_nonsense_is_no_offer(octets):
    with pytest.raises(BundleError):
        read_offer(octets)


def test_an_offer_with_more_in_it_is_refused():
    with pytest.raises(BundleError):
        read_offer(json.dumps({**MADE["offer"], "path": "/etc"}).encode())


@pytest.mark.parametrize(
    "lie",
    [
        {"name": "박두리"},
        {"issuer": "another bank"},
        {"serial": "0a"},
        {"policy": "1.2.3"},
        {"not_before": "2026-01-01T00:00:00Z"},
        {"not_after": "2030-01-01T00:00:00Z"},
        {"files": 2},
        {"size": 10},
        {"sha256": "0" * 64},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_what_differs_from_the_offer_is_not_kept(lie):
    with pytest.raises(BundleError):
        check_arrived(replace(OFFER, **lie), sample_payload())


def test_a_bundle_without_a_readable_certificate_is_refused():
    files = [File(FileRole.SIGNING_CERTIFICATE, b"0\0"), sample_files()[1]]

    with pytest.raises(BridgeError):
        offer_for(pack(files), move=False)


@pytest.mark.parametrize(
    ("original", "instead"),
    [
        ("김하나".encode(), b"\xff" * 9),  # no UTF-8
        (b"\x0c\x1d", b"\x1e\x1d"),  # half a character at the end
        (b"271122145959Z", b"271332145959Z"),
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09"),
    ],
    ids=["name", "kind of text", "time", "version"],
)
def test_a_certificate_that_cannot_be_read_is_refused(original, instead):
    certificate, key, _ = sample_files()
    changed = certificate.content.replace(original, instead)
    changed = b"0\x82" + (len(changed) - 4).to_bytes(2, "big") + changed[4:]
    payload = pack([replace(certificate, content=changed), key])

    with pytest.raises(BundleError):
        offer_for(payload, move=False)
    with pytest.raises(BundleError):
        check_arrived(OFFER, payload)


@given(st.data())
def test_a_damaged_certificate_never_raises_anything_else(data):
    certificate, key, _ = sample_files()
    content = bytearray(certificate.content)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(
            st.integers(0, 255)
        )
    payload = pack([replace(certificate, content=bytes(content)), key])

    with contextlib.suppress(BundleError):
        write_offer(offer_for(payload, move=False))
