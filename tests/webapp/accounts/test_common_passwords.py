"""The commonest passwords are refused, for customers and operators alike."""

from datetime import date

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from tests.support.error_messages import ERROR_MESSAGES
from webapp.accounts.common_passwords import is_common
from webapp.accounts.password_hash import generate_password
from webapp.accounts.password_policy import (
    MIN_LENGTH,
    PasswordCommonError,
    PasswordRuleError,
    validate_password,
)
from webapp.ra.errors import WeakPasswordError
from webapp.ra.operators.passwords import require_fresh

COMMONEST = list(FREQUENCY_LISTS["passwords"])[:10_000]
SPELLINGS = [
    "password123",
    "PassWord123",
    "ＰＡＳＳＷＯＲＤ１２３",
    "password-123",
    "Password_123 ",
    "qwertyuiop",
    "1q2w3e4r5t",
    "123 456 7890",
]


def check(password):
    born = date(1990, 1, 31)
    validate_password(password, password, login_id="hana", birth_date=born)


def test_the_ten_thousand_commonest_are_refused_to_everybody():
    for password in COMMONEST:
        with pytest.raises(PasswordRuleError):
            check(password)
        with pytest.raises((WeakPasswordError, PasswordCommonError)):
            require_fresh(password, password, None)
    long = [password for password in COMMONEST if len(password) >= MIN_LENGTH]
    assert len(long) > 200
    assert all(is_common(password) for password in COMMONEST)


@pytest.mark.parametrize("password", SPELLINGS)
def test_capitals_full_width_and_what_stands_between_make_none_rarer(password):
    with pytest.raises(PasswordCommonError):
        check(password)
    with pytest.raises(PasswordCommonError):
        require_fresh(password, password, None)


@pytest.mark.parametrize(
    "password", ["correct horse", "열 글자가 넘는 암호", "Night-Ferry-42"]
)
def test_what_is_not_among_them_is_taken(password):
    check(password)
    require_fresh(password, password, None)


def test_no_generated_password_is_among_them():
    assert not any(is_common(generate_password()) for _ in range(200))


def test_a_customer_reads_why_in_the_page(customer, password):
    customer.open("/me/password")

    page = customer.submit(
        "/me/password", old=password, new="password123", again="password123"
    )

    assert page.status_code == ERROR_MESSAGES["password_common"].status == 422
    assert "아주 많은 사람이" in page.text
    assert 'aria-invalid="true"' in page.text
