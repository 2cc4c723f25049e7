"""A password for signing in is long enough and not what everybody would try."""

from datetime import date

import pytest

from webapp.accounts.password_policy import (
    PasswordsDifferError,
    PasswordTooEasyError,
    PasswordTooShortError,
    validate_password,
)

BORN = date(1990, 1, 31)


def check(password, again=None):
    validate_password(
        password,
        password if again is None else again,
        login_id="hana.kim",
        birth_date=BORN,
    )


@pytest.mark.parametrize(
    "password", ["correct horse", "열 글자가 넘는 암호", "a1b2c3d4e6"]
)
def test_ten_characters_of_any_kind_are_taken(password):
    check(password)


@pytest.mark.parametrize("password", ["", "ninechars", "x" * 257])
def test_nine_are_too_few_and_endless_ones_are_too_many(password):
    with pytest.raises(PasswordTooShortError):
        check(password)


@pytest.mark.parametrize(
    "password",
    [
        "hana.kim1990",
        "1990-01-31!!",
        "HanaKim19900131",
        "900131hanakim",
        "aaaaaaaaaaaa",
    ],
)
def test_id_and_date_of_birth_and_one_repeated_letter_are_refused(password):
    with pytest.raises(PasswordTooEasyError):
        check(password)


def test_the_second_time_has_to_be_the_same():
    with pytest.raises(PasswordsDifferError):
        check("correct horse", "correct house")
