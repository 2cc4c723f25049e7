"""An issuer is called the same in both languages of the program."""

import json

import pytest

from mobile_bridge.languages import Translator
from mobile_bridge.pki.issuers import issuer_called
from tools.vectors.recorded_random import VECTORS

CASES = json.loads((VECTORS / "issuers.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_issuer_is_called_so(case):
    for language in ("ko", "en"):
        assert (
            issuer_called(case["name"], Translator(language).gettext) == case[language]
        )
