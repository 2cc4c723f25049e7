"""What is announced is shown in lines of ours alone, whatever names stand in it."""

import json
import re
import time
import unicodedata

import pytest

from mobile_bridge.cli.terminal_messages import (
    system_language,
)
from mobile_bridge.cli.terminal_output import TerminalOutput
from mobile_bridge.languages import Translator

OFFER = {
    "name": "김하나",
    "issuer": "certferry demo CA",
    "serial": "1a2b",
    "policy": "",
    "not_before": "2026-11-22T03:00:00Z",
    "not_after": "2027-11-22T14:59:59Z",
    "move": True,
}


@pytest.fixture(params=["Asia/Seoul", "UTC", "America/New_York"])
def zone(request, monkeypatch):
    """Let this computer be somewhere."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("not_after", "last_day"),
    [
        ("2027-11-22T14:59:59Z", "2027-11-22 23:59 KST"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_an_offer_says_until_when_by_clocks_in_korea(capsys, not_after, last_day):
    screen = TerminalOutput(Translator("en"), sends=False, is_json=False)
    screen.show_state({"state": "offer", "offer": {**OFFER, "not_after": not_after}})

    assert f"valid until {last_day}\n" in capsys.readouterr().err


FAKE = f"Kim Hana{' ' * 60}issued by   yessignCA{' ' * 60}valid until 2099"


@pytest.mark.parametrize("language", ["", "ko_KR.UTF-8"])
@pytest.mark.parametrize("field", ["name", "issuer"])
@pytest.mark.parametrize(
    "value",
    [
        *(FAKE, FAKE.replace(" ", "\u3000"), FAKE.replace(" ", "\u2003\xa0")),
        *("김" * 200, "ａ" * 200, "x" * 200, "☎" * 200, "𝒳" * 200, "e\u0301" * 100),
    ],
)
def test_a_name_never_makes_a_line_of_its_own(capsys, language, field, value):
    words = Translator(system_language({"LANG": language}))
    offers = [OFFER, {**OFFER, field: value}]
    for offer in offers:
        TerminalOutput(words, sends=False, is_json=False).show_state(
            {"state": "offer", "offer": offer}
        )

    shown = capsys.readouterr().err.splitlines()
    honest, hostile = shown[: len(shown) // 2], shown[len(shown) // 2 :]
    assert len([line for line in honest if line not in hostile]) == 1
    (line,) = [line for line in hostile if line not in honest]
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in line)
    assert len(line) + wide < 80
    assert line.endswith("…") is (" " not in " ".join(value.split()))
    assert not re.search(r"\S\s\s+\S", line[14:])


def test_a_name_with_two_blanks_is_shown_with_one_and_stays_exact_for_programs(capsys):
    offer = {**OFFER, "name": "Kim  Hana"}
    TerminalOutput(Translator("en"), sends=False, is_json=True).show_state(
        {"state": "offer", "offer": offer}
    )

    told = capsys.readouterr()
    assert json.loads(told.out)["offer"]["name"] == "Kim  Hana"
    assert "whose       Kim Hana\n" in told.err
