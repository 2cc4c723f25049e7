"""Passwords are stored so that nobody can read them, and compared alike for all."""

import re

from argon2 import extract_parameters
from argon2.low_level import Type

from webapp.accounts import password_hash
from webapp.accounts.password_hash import generate_password, hash_password, verify


def test_a_password_is_stored_as_argon2id_and_never_as_itself():
    stored = hash_password("correct horse")

    assert stored.startswith("$argon2id$")
    assert "correct horse" not in stored
    assert verify("correct horse", stored)
    assert not verify("Correct horse", stored)


def test_two_people_with_the_same_password_have_different_hashes():
    assert hash_password("the same one") != hash_password("the same one")


def test_nobody_signs_in_where_there_is_no_account_or_no_hash():
    assert not verify("anything", None)
    assert not verify("anything", "")
    assert not verify("anything", "not a hash")


def test_an_unknown_name_costs_the_same_parameters_as_a_known_one():
    hashed, nobody = hash_password("password"), password_hash.DUMMY_HASH

    assert extract_parameters(nobody) == extract_parameters(hashed)
    assert extract_parameters(hashed).type is Type.ID


def test_a_generated_password_is_long_random_and_easy_to_type():
    passwords = {generate_password() for _ in range(200)}

    assert len(passwords) == 200
    for password in passwords:
        assert re.fullmatch(r"[a-km-np-z2-9]{5}(-[a-km-np-z2-9]{5}){2}", password)
