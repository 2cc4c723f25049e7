"""What is easy to guess is judged by the rule that the browser has too."""

import pytest

from tests.support.bridge import vectors
from webapp.accounts.common_passwords import WORDS
from webapp.accounts.password_hash import generate_password
from webapp.accounts.password_policy import weakness
from webapp.ra.errors import WeakPasswordError
from webapp.ra.operators.passwords import require_fresh

FILE = vectors("passwords.json")
CASES = [{"known": FILE["known"], **case} for case in FILE["cases"]] + FILE["facts"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["password"] or "empty")
def test_a_password_is_judged_as_the_vectors_say(case):
    assert weakness(case["password"], case["known"]) == case["weakness"]


def test_each_of_the_commonest_words_is_refused_with_what_people_add_to_it():
    for word in WORDS:
        for password in (word, f"{word}1!", f"{word}1234!@", f"!{word}2026"):
            assert weakness(password, []) is not None, password


def test_no_generated_password_is_easy_to_guess():
    assert not any(weakness(generate_password(), ["demo"]) for _ in range(200))


@pytest.mark.parametrize("password", ["operator-19-horses", "Chief Operator 77 x"])
def test_an_operators_id_and_name_are_refused_too(password):
    with pytest.raises(WeakPasswordError):
        require_fresh(
            password, password, None, login_id="operator", name="Chief Operator"
        )


def test_a_customers_name_is_refused_and_their_page_says_what_to_leave_out(
    customer, password
):
    page = customer.open("/me/password")
    assert "ID, 이름, 생년월일이 들어가면" in page.text
    assert "19900131" not in page.text

    refused = customer.submit(
        "/me/password",
        old=password,
        new="My-HaNa.Kim-77",
        again="My-HaNa.Kim-77",
    )

    assert refused.status_code == 422
