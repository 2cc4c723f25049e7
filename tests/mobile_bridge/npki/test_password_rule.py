"""The rule for a new password is one in both languages."""

import json
from pathlib import Path

import pytest

from mobile_bridge.npki.password_rule import (
    NewPasswordError,
    check_new_password,
    missing_requirements,
)

CASES = json.loads(
    (Path(__file__).parents[2] / "vectors" / "password_rule.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["password"]))
def test_what_a_password_lacks_is_said_in_the_order_of_the_rule(case):
    assert list(missing_requirements(case["password"])) == case["missing"]


def test_a_password_is_refused_with_all_that_it_lacks():
    check_new_password("Horse-Battery-1")

    with pytest.raises(NewPasswordError) as refused:
        check_new_password("horse")
    assert refused.value.missing == ("length", "digit", "special")
