"""Korean first, English beside it, and no sentence without its translation."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from webapp.web.i18n import format_date, format_datetime

ROOT = Path(__file__).resolve().parents[3]
NEW_YEAR_IN_SEOUL = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)


def heading(visitor, **headers):
    page = visitor.client.get("/sign-in", headers={"Accept": "text/html", **headers})
    return page.text.partition("<h1>")[2].partition("</h1>")[0]


def test_every_sentence_has_its_korean():
    checked = subprocess.run(
        [sys.executable, "-m", "tools.translations", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert checked.stdout == ""
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, "로그인"),
        ({"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"}, "로그인"),
        ({"Accept-Language": "en-GB"}, "Sign in"),
        ({"Accept-Language": "fr"}, "로그인"),
        ({"Accept-Language": "~~"}, "로그인"),
    ],
)
def test_a_page_speaks_the_browsers_language_and_else_korean(visitor, asked, shown):
    assert heading(visitor, **asked) == shown


def test_a_chosen_language_stays_through_signing_in_and_out(visitor, password):
    visitor.open("/")
    visitor.submit("/language/en")
    assert heading(visitor) == "Sign in"

    visitor.sign_in("demo", password)
    assert 'lang="en"' in visitor.open("/").text
    visitor.submit("/sign-out")
    assert heading(visitor) == "Sign in"


def test_an_unknown_language_changes_nothing(visitor):
    visitor.open("/")
    answer = visitor.submit("/language/xx")

    assert answer.status_code == 302
    assert heading(visitor) == "로그인"


@pytest.mark.parametrize(
    ("language", "date", "time"),
    [
        ("ko", "2027년 1월 1일(금)", "2027년 1월 1일(금) 00:00"),
        ("en", "Fri 1 January 2027", "Fri 1 January 2027 00:00"),
    ],
)
def test_dates_are_written_in_korean_time(app, language, date, time):
    with app.test_request_context(headers={"Accept-Language": language}):
        assert format_date(NEW_YEAR_IN_SEOUL) == date
        assert format_datetime(NEW_YEAR_IN_SEOUL) == time
