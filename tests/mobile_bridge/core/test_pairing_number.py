"""A number of twelve digits: found when it is mistyped, and nobody's favourite."""

import secrets
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_bridge.core.pairing_number import (
    FIRST_DIGITS,
    TABLE,
    check_digit,
    check_number,
    direction_for_number,
    grouped,
    new_number,
)
from mobile_bridge.core.protocol import Direction
from tests.support.bridge import vectors

NUMBERS = (
    st.integers(0, 10**11 - 1)
    .map(lambda n: f"{n:011d}")
    .map(lambda digits: digits + check_digit(digits))
)


def test_the_check_digit_is_damms():
    assert check_digit("572") == "4"
    assert check_digit("5724") == "0"


def test_the_table_is_one_of_damms():
    def after(interim, digit):
        return int(TABLE[interim][digit])

    for row, line in enumerate(TABLE):
        assert sorted(line) == list("0123456789")
        assert line[row] == "0"
        for one, other in combinations(range(10), 2):
            # Two neighbours that change places never lead to the same.
            assert after(after(row, one), other) != after(after(row, other), one)


def test_a_new_number_is_one():
    number = new_number(Direction.INITIATOR_SENDS, secrets.token_bytes)

    assert check_number(number) == number
    assert check_number(grouped(number)) == number
    assert len(grouped(number)) == 14


def test_every_number_is_as_likely_as_another():
    draws = iter([b"\xff" * 8, (10**11 * 3 + 7).to_bytes(8)])
    number = new_number(Direction.INITIATOR_SENDS, lambda _: next(draws))

    # The first draw is above the last whole round of numbers, so it does not count.
    assert number.startswith("00000000007")


@pytest.mark.parametrize("direction", Direction)
def test_a_number_says_its_direction_and_each_of_its_first_digits_comes(direction):
    numbers = [new_number(direction, secrets.token_bytes) for _ in range(300)]

    assert {direction_for_number(number) for number in numbers} == {direction}
    assert {number[0] for number in numbers} == set(FIRST_DIGITS[direction])


def test_each_first_digit_says_one_direction_and_old_pages_read_the_other_two_alike():
    digits = "".join(FIRST_DIGITS.values())

    assert sorted(digits) == list("0123456789")
    assert all(int(digit) % 2 == 0 for digit in FIRST_DIGITS[Direction.INITIATOR_SENDS])
    assert all(int(digit) % 2 for digit in FIRST_DIGITS[Direction.RESPONDER_SENDS])


def test_the_first_digits_of_a_direction_are_as_likely_as_each_other():
    # Of ten leading digits eight are taken for one of four; the rest are drawn again.
    draws = iter(int(f"{first}0000000000").to_bytes(8) for first in (9, 8, 5))

    number = new_number(Direction.INITIATOR_SENDS, lambda _: next(draws))

    assert number[0] == FIRST_DIGITS[Direction.INITIATOR_SENDS][5 % 4]
    assert next(draws, None) is None


@pytest.mark.parametrize(
    "case", vectors("brg1_numbers.json")["good"], ids=lambda case: case["number"]
)
def test_the_direction_is_read_as_the_vector_says(case):
    assert direction_for_number(case["number"]).value == case["dir"]


@given(NUMBERS, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_seen(number, at, more):
    wrong = str((int(number[at]) + more) % 10)

    assert check_number(number[:at] + wrong + number[at + 1 :]) is None


@given(NUMBERS, st.integers(0, 10))
def test_two_swapped_neighbours_are_seen(number, at):
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]

    assert swapped == number or check_number(swapped) is None


@pytest.mark.parametrize(
    "text",
    ["", "0", "0" * 11, "0" * 13, "00000000000a", "-" * 12, "0" * 4096, "²" * 12],
)
def test_what_is_no_number_is_none(text):
    assert check_number(text) is None


def test_blanks_hyphens_and_wide_digits_are_let_through():
    assert check_number(" 0000-0000\u30000000 ") == "0" * 12
    assert check_number("０" * 12) == "0" * 12


@pytest.mark.parametrize("between", [" ", "-", "\u2010", "\u2013", "\u2212", "\u200b"])
def test_whatever_stands_between_the_groups_is_no_part_of_the_number(between):
    typed = between.join(["0000"] * 3)

    assert check_number(typed) == "0" * 12
    assert check_number(f"\u202d{typed}\u202c") == "0" * 12
