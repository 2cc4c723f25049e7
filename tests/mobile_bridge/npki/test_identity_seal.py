"""R reaches the authority that it was sealed to, for one request, and nobody else."""

import pytest

from mobile_bridge.errors import ProtocolError
from mobile_bridge.npki.identity import RandomNumberError
from mobile_bridge.npki.identity_seal import (
    SEALED_BYTES,
    SealedFormError,
    SealedToAnotherKeyError,
    make_seal_key,
    open_random_number,
    seal_random_number,
)
from tests.support.bridge import vectors

VECTORS = vectors("npki_identity_seal.json")
KEY = make_seal_key(bytes.fromhex(VECTORS["seed"]))
R, PLACE = bytes(range(1, 21)), {"request": b"request", "application_id": "a1"}


def test_the_key_of_a_seed_is_that_of_the_vectors():
    assert KEY.public.hex() == VECTORS["public_key"]
    assert KEY.id.hex() == VECTORS["key_id"]


@pytest.mark.parametrize(
    "case", VECTORS["sealed"], ids=lambda case: case["application_id"]
)
def test_what_was_sealed_opens_in_its_place_only(case):
    sealed = bytes.fromhex(case["sealed"])
    place = {
        "request": bytes.fromhex(case["request"]),
        "application_id": case["application_id"],
    }

    opened = open_random_number(KEY, sealed, **place)

    assert opened.hex() == case["random_number"]
    for other in (
        place | {"request": place["request"] + b"\x00"},
        place | {"application_id": place["application_id"] + "x"},
    ):
        with pytest.raises(SealedFormError):
            open_random_number(KEY, sealed, **other)


def test_r_is_sealed_anew_each_time_and_opens_each_time():
    first, second = (seal_random_number(KEY.public, R, **PLACE) for _ in range(2))

    assert first != second
    assert len(first) == SEALED_BYTES
    assert open_random_number(KEY, first, **PLACE) == R
    assert open_random_number(KEY, second, **PLACE) == R


def test_another_key_is_told_from_damage():
    other = make_seal_key(bytes(32))
    sealed = seal_random_number(other.public, R, **PLACE)

    with pytest.raises(SealedToAnotherKeyError):
        open_random_number(KEY, sealed, **PLACE)
    with pytest.raises(SealedFormError):
        open_random_number(KEY, KEY.id + sealed[8:], **PLACE)


@pytest.mark.parametrize("at", [8, 700, 1127, 1128, SEALED_BYTES - 1])
def test_one_changed_bit_opens_nothing(at):
    sealed = bytearray(seal_random_number(KEY.public, R, **PLACE))
    sealed[at] ^= 1

    with pytest.raises(SealedFormError):
        open_random_number(KEY, bytes(sealed), **PLACE)


@pytest.mark.parametrize("length", [0, 8, SEALED_BYTES - 1, SEALED_BYTES + 1])
def test_another_length_opens_nothing(length):
    with pytest.raises(SealedFormError):
        open_random_number(KEY, KEY.id.ljust(length, b"\x00")[:length], **PLACE)


def test_what_is_no_r_and_no_key_is_not_sealed():
    with pytest.raises(RandomNumberError):
        seal_random_number(KEY.public, R[:-1], **PLACE)
    with pytest.raises(ProtocolError):
        seal_random_number(KEY.public[:-1], R, **PLACE)
    with pytest.raises(ValueError, match="32 bytes"):
        make_seal_key(bytes(31))


def test_a_key_shows_nothing_of_itself():
    shown = repr(KEY)

    assert "private" not in shown
    assert str(KEY.public) not in shown
