"""The code carries a secret that only the centre's key makes."""

import secrets

import pytest

from webapp.relying.asking.errors import RequestUnknownError
from webapp.relying.asking.scan_code import (
    number_check,
    read_token,
    scan_address,
    scan_token,
)

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
# No chance: each worker of the tests has to collect the same cases.
ID, OTHER_ID = "0123456789abcdef" * 2, "fedcba9876543210" * 2


def test_token_names_its_request():
    assert read_token(KEY, scan_token(KEY, ID)) == ID


def test_secret_stands_after_the_hash_only():
    token = scan_token(KEY, ID)

    address = scan_address("https://ca.example", token)

    assert address == f"https://ca.example/a#{token}"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "A",
        "한글",
        "A" * 43,
        scan_token(OTHER_KEY, ID),
        scan_token(KEY, ID)[:-1],
        scan_token(KEY, ID)[:22],
        scan_token(KEY, OTHER_ID)[:22] + scan_token(KEY, ID)[22:],
    ],
)
def test_other_tokens_name_nothing(token):
    with pytest.raises(RequestUnknownError):
        read_token(KEY, token)


def test_three_numbers_are_offered_of_which_one_is_shown():
    for _attempt in range(200):
        numbers = number_check(KEY, secrets.token_hex(16))

        assert len(set(numbers.offered)) == 3
        assert numbers.shown in numbers.offered
        assert all(len(number) == 2 for number in numbers.offered)
        assert list(numbers.offered) == sorted(numbers.offered)


def test_numbers_of_a_request_stay_and_differ_by_key():
    assert number_check(KEY, ID) == number_check(KEY, ID)
    places = {
        number_check(KEY, f"{n:032x}").offered.index(
            number_check(KEY, f"{n:032x}").shown
        )
        for n in range(50)
    }
    assert places == {0, 1, 2}
