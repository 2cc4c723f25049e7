"""The short number of a certificate is the same in both languages."""

import json

import pytest

from mobile_bridge.pki.short_number import short_digits, short_number
from tools.vectors.recorded_random import VECTORS

CASES = json.loads((VECTORS / "short_numbers.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_a_serial_number_has_this_short_number(case):
    assert short_number(case["serial"]) == case["shown"]
    assert short_digits(case["serial"]) == case["shown"].replace("-", "").lower()
