"""Where the next page of a listing begins."""

import pytest

from tests.makers import NOON
from webapp.web.pagination import Cursor, parse_cursor, parse_number


def test_a_cursor_is_read_as_it_was_written():
    cursor = Cursor(NOON, "abc")

    assert parse_cursor(str(cursor), back=False) == cursor
    for text in ("", "x", "2026-01-01~a", f"{NOON.isoformat()}~", "~" * 50):
        assert parse_cursor(text, back=False) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("1" * 15, int("1" * 15)), ("1" * 16, None), ("", None)]
    + [(text, None) for text in ("-1", "1.0", "१", "²", "x", " 1")],
)
def test_what_is_no_number_of_a_row_is_none(text, number):
    assert parse_number(text) == number
