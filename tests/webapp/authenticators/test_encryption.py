"""What is sealed opens with the same key, for the same owner, and not otherwise."""

import secrets

import pytest

from webapp.authenticators.encryption import (
    BrokenSealError,
    NoKeyError,
    OtherKeyError,
    decrypt,
    encrypt,
    read_key,
)

KEY = bytes(range(32))


def test_what_is_sealed_opens_for_the_same_owner():
    sealed = encrypt(b"1234", KEY, "card:1", secrets.token_bytes)

    assert decrypt(sealed, KEY, "card:1") == b"1234"


def test_the_secret_cannot_be_read_from_what_is_stored():
    sealed = encrypt(b"12345678", KEY, "card:1", secrets.token_bytes)

    assert b"1234" not in sealed


def test_the_same_secret_is_never_sealed_to_the_same_bytes():
    one, other = (
        encrypt(b"1234", KEY, "card:1", secrets.token_bytes) for _ in range(2)
    )

    assert one != other


def test_a_sealed_value_does_not_open_for_another_owner():
    sealed = encrypt(b"1234", KEY, "card:1", secrets.token_bytes)

    with pytest.raises(BrokenSealError):
        decrypt(sealed, KEY, "card:2")


def test_another_key_is_called_another_key():
    sealed = encrypt(b"1234", KEY, "card:1", secrets.token_bytes)

    with pytest.raises(OtherKeyError):
        decrypt(sealed, bytes(32), "card:1")


def test_every_changed_byte_is_found():
    sealed = encrypt(b"1234", KEY, "card:1", secrets.token_bytes)

    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises((BrokenSealError, OtherKeyError)):
            decrypt(bytes(changed), KEY, "card:1")


def test_what_was_cut_off_does_not_open():
    sealed = encrypt(b"1234", KEY, "card:1", secrets.token_bytes)

    for length in range(len(sealed)):
        with pytest.raises((BrokenSealError, OtherKeyError)):
            decrypt(sealed[:length], KEY, "card:1")


@pytest.mark.parametrize("digits", [None, "", "12", "z" * 64, "0" * 62, "0" * 66])
def test_a_key_that_is_none_is_refused(digits):
    with pytest.raises(NoKeyError):
        read_key(digits)
