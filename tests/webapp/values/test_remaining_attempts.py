"""How many wrong tries are left is said before it is too late, and to no stranger."""

import re
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.webapp.browser_client import STEPS, Browser
from tests.webapp.ra.conftest import HASHED, WORD
from webapp import create_app
from webapp.accounts import password_hash
from webapp.accounts.models import Customer, Operator, Role
from webapp.values.remaining_attempts import AfterLastTry, tries_to_tell

LEFT = re.compile(r"([0-9]+) (?:try is|tries are) left\.")
WAIT = AfterLastTry.WAIT
TERMS = STEPS[0][1]


@pytest.fixture
def limited(config, monkeypatch):
    """A centre that counts attempts; unknown names are compared with a cheap hash."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(password_hash, "DUMMY_HASH", cheap.hash("nobody"))
    return create_app(replace(config, rate_limits=True))


@pytest.fixture
def in_english(limited):
    visitor = Browser(limited.test_client())
    visitor.client.set_cookie("language", "en")
    return visitor


def tries_left(page):
    match = LEFT.search(page.text)
    return int(match[1]) if match else None


@pytest.mark.parametrize(
    ("wrong", "max_tries", "left"),
    [
        (0, 10, None),
        (2, 10, None),
        (3, 10, 7),
        (9, 10, 1),
        (10, 10, 0),
        (12, 10, 0),
        (0, 5, None),
        (1, 5, 4),
        (4, 5, 1),
        (5, 5, 0),
        (1, 3, 2),
    ],
)
def test_it_is_said_from_the_third_on_and_earlier_where_there_are_few(
    wrong, max_tries, left
):
    tries = tries_to_tell(wrong, max_tries, WAIT)

    assert (tries.left if tries else None) == left


@pytest.mark.parametrize("login_id", ["demo", "ghost"])
@pytest.mark.parametrize("path", ["/sign-in", "/counter/sign-in"])
def test_the_sign_in_says_how_many_are_left_for_a_known_and_an_unknown_id(
    in_english, path, login_id
):
    in_english.open(path)
    fields = {"login_id": login_id, "password": "wrong"}

    tries = [tries_left(in_english.submit(path, **fields)) for _ in range(10)]

    assert tries == [None, None, 7, 6, 5, 4, 3, 2, 1, 0]
    refused = in_english.submit(path, **fields)
    assert refused.status_code == 429
    assert re.search(r"Wait for (a minute|[0-9]+ minutes), then", refused.text)


def test_the_date_of_birth_says_how_many_are_left(in_english, password):
    in_english.sign_in("demo", password)
    application_id = in_english.begin()
    path = f"/applications/{application_id}"
    in_english.submit(f"{path}/terms", **TERMS)

    tries = []
    for _ in range(4):
        in_english.submit(f"{path}/you", birth_date="19900101")
        tries.append(tries_left(in_english.open(f"{path}/you")))

    assert tries == [None, None, 7, 6]


def test_the_own_password_says_how_many_are_left_and_counts_guesses_only(
    in_english, password
):
    in_english.sign_in("demo", password)
    new = "Long-Enough-Word-77"
    for _ in range(3):  # no guess: the new ones differ
        in_english.submit("/me/password", old=password, new=new, again="other")

    tries = [
        tries_left(in_english.submit("/me/password", old="wrong", new=new, again=new))
        for _ in range(4)
    ]

    assert tries == [None, None, 7, 6]


def test_an_operators_own_password_says_how_many_are_left(limited, in_english, now):
    clerk = Operator(
        login_id="clerk",
        password_hash=HASHED,
        session_key="k" * 32,
        name="박창구",
        role=Role.COUNTER,
        created_at=now,
    )
    with Session(limited.extensions["certferry.sessions"].kw["bind"]) as stored:
        stored.add(clerk)
        stored.commit()
    in_english.open("/counter/sign-in")
    in_english.submit("/counter/sign-in", login_id="clerk", password=WORD)
    in_english.open("/counter/password")
    new = {"fresh": "Long-Enough-Word-77", "again": "Long-Enough-Word-77"}

    tries = [
        tries_left(in_english.submit("/counter/password", old="wrong", **new))
        for _ in range(10)
    ]

    assert tries == [None, None, 7, 6, 5, 4, 3, 2, 1, 0]
    assert in_english.submit("/counter/password", old=WORD, **new).status_code == 429


def test_account_and_pin_say_how_many_are_left_from_the_first_on(
    config, stored, password
):
    stored.execute(
        update(Customer).values(account_number="1234567890", account_pin_hash=HASHED)
    )
    stored.commit()
    visitor = Browser(create_app(replace(config, ask_account=True)).test_client())
    visitor.client.set_cookie("language", "en")
    visitor.sign_in("demo", password)
    path = f"/applications/{visitor.begin()}"
    visitor.submit(f"{path}/terms", **TERMS)

    tries = []
    for _ in range(4):
        fields = {"account_number": "1234567890", "account_pin": "9999"}
        visitor.submit(f"{path}/you", birth_date="19900131", **fields)
        tries.append(tries_left(visitor.open(f"{path}/you")))

    assert tries == [4, 3, 2, 1]
