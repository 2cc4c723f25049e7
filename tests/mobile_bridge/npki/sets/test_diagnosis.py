"""What is said of a set is true; what cannot be known is null and never false."""

import base64
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mobile_bridge.npki.files.folder import PfxFile, TreeFile, find_holders
from mobile_bridge.npki.identity import IdentityNumberError
from mobile_bridge.npki.sets.diagnosis import Diagnosis, diagnose
from tests.support.page_modules import PFX, PFX_PASSWORD
from tools.vectors.npki_diagnosis import npki_diagnosis

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "npki_diagnosis.json").read_text("utf-8")
)
NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)


def source_of(case):
    """Return the one set in the files of a case."""
    tree = find_holders(
        TreeFile(path, base64.b64decode(octets))
        for path, octets in case["files"].items()
    )
    (source,) = (*tree.holders, *tree.pfx_files)
    return source


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_each_set_is_judged_as_it_is(case):
    diagnosis = diagnose(
        source_of(case),
        case["password"],
        datetime.fromisoformat(case["now"]),
        number=case["number"],
    )

    assert {**asdict(diagnosis), "problems": list(diagnosis.problems)} == case[
        "diagnosis"
    ]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_it_is_well_only_when_everything_is_known_to_be(case):
    expected = case["diagnosis"]
    checks = ("key_opens", "key_matches_cert", "valid_now")
    diagnosis = Diagnosis(**{**expected, "problems": tuple(expected["problems"])})

    is_well = (
        all(expected[name] is True for name in checks) and not expected["problems"]
    )
    assert diagnosis.is_well is is_well


@pytest.mark.parametrize("path", sorted(PFX.glob("*.p12")), ids=lambda path: path.stem)
def test_files_of_other_programs_are_judged(path):
    source = PfxFile(path.name, path.read_bytes())

    opened = diagnose(source, PFX_PASSWORD, NOW)
    assert (opened.key_opens, opened.key_matches_cert) == (True, True)
    assert opened.cert is not None
    wrong = diagnose(source, "guess", NOW)
    assert (wrong.key_opens, wrong.problems) == (False, ("wrong_password",))


def test_a_number_of_something_else_than_digits_is_refused():
    with pytest.raises(IdentityNumberError):
        diagnose(source_of(VECTORS["cases"][0]), None, NOW, number="12-3")


def test_the_vectors_are_those_of_the_tool():
    assert npki_diagnosis(is_fresh=False) == VECTORS


@pytest.mark.parametrize("password", [None, "qwer1234!@"])
def test_a_key_in_the_clear_in_a_p12_is_told_with_and_without_a_password(password):
    cases = json.loads(
        (Path(__file__).parents[3] / "vectors" / "npki_pfx.json").read_text("utf-8")
    )["cases"]
    (file,) = (c["file"] for c in cases if c["what"] == "-keypbe NONE -certpbe NONE")

    diagnosis = diagnose(PfxFile("a.p12", base64.b64decode(file)), password, NOW)
    assert "key_plain" in diagnosis.problems
