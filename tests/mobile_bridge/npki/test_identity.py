"""R and VID: read, written and compared as Korean programs do."""

import hashlib

import pytest
from pyasn1.codec.der.encoder import encode
from pyasn1.type.char import PrintableString
from pyasn1.type.namedtype import NamedType, NamedTypes
from pyasn1.type.univ import BitString, Sequence

from mobile_bridge.errors import BridgeError
from mobile_bridge.npki.identity import (
    RandomNumberError,
    Vid,
    VidHash,
    compute_vid,
    matches_vid,
    read_random_number,
    read_vid,
    with_random_number,
)
from tests.support.bridge import vectors
from tools.vectors.identity import identity

VECTORS = vectors("npki_identity.json")
NUMBER, R = "0000001234", bytes(range(1, 21))


def refusal(work):
    with pytest.raises(BridgeError) as caught:
        work()
    return caught.value.code


def test_the_vectors_are_those_of_the_tool():
    assert identity() == VECTORS


@pytest.mark.parametrize("case", VECTORS["keys"], ids=lambda case: case["name"])
def test_r_is_read_from_a_key_or_refused(case):
    key = bytes.fromhex(case["key"])

    if "error" in case:
        assert refusal(lambda: read_random_number(key)) == case["error"]
    else:
        random_number = read_random_number(key)
        assert (random_number and random_number.hex()) == case["random_number"]


@pytest.mark.parametrize("case", VECTORS["vids"])
def test_a_vid_is_computed_or_refused(case):
    def computed():
        random_number = bytes.fromhex(case["random_number"])
        return compute_vid(case["number"], random_number, VidHash(case["hash"])).hex()

    if "error" in case:
        assert refusal(computed) == case["error"]
    else:
        assert computed() == case["vid"]


@pytest.mark.parametrize("case", VECTORS["certificates"], ids=lambda case: case["name"])
def test_a_vid_is_read_from_a_certificate_or_refused(case):
    certificate = bytes.fromhex(case["certificate"])

    if "error" in case:
        assert refusal(lambda: read_vid(certificate)) == case["error"]
        return
    vid = read_vid(certificate)
    if case["digest"] is None:
        assert vid is None
        return
    assert vid == Vid(VidHash(case["hash"]), bytes.fromhex(case["digest"]))
    random_number = bytes.fromhex(case["random_number"])
    assert matches_vid(vid, case["number"], random_number) is case["matches"]
    assert not matches_vid(vid, case["number"] + "0", random_number)
    assert not matches_vid(vid, case["number"], random_number[::-1])


def test_r_is_written_as_korean_programs_write_it():
    bare = bytes.fromhex(_key_named("without attributes"))

    carrying = with_random_number(bare, R)

    assert carrying.hex() == _key_named("with R")


def test_writing_r_keeps_what_else_is_in_the_key():
    other = bytes.fromhex(_key_named("with another attribute"))

    carrying = with_random_number(other, R)

    assert carrying.hex() == _key_named("R after another attribute")


def test_a_second_r_is_refused():
    carrying = bytes.fromhex(_key_named("with R"))

    with pytest.raises(RandomNumberError):
        with_random_number(carrying, R)


def test_a_vid_is_that_of_an_independent_encoder():
    fields = NamedTypes(
        NamedType("idn", PrintableString()), NamedType("randomNum", BitString())
    )
    content = Sequence(componentType=fields)
    content["idn"] = NUMBER
    content["randomNum"] = BitString.fromOctetString(R)

    first = hashlib.sha256(encode(content)).digest()

    expected = hashlib.sha256(first).digest()
    assert compute_vid(NUMBER, R, VidHash.SHA_256) == expected


def test_a_certificate_larger_than_any_is_refused_before_it_is_read():
    assert refusal(lambda: read_vid(bytes(64 * 1024 + 1))) == "bad_identity"


def _key_named(name):
    return next(case["key"] for case in VECTORS["keys"] if case["name"] == name)
