"""What is no path to a file is refused before anything is read or written."""

from pathlib import Path

import pytest

from mobile_bridge.cli.paths import (
    EmptyPathError,
    StandardStreamError,
    names_folder,
    parse_path,
)


@pytest.mark.parametrize("text", [".", "./-", "a", " ", "a/", "김하나.p12"])
def test_a_path_is_taken_as_it_was_typed(text):
    assert parse_path(text) == Path(text)


def test_the_empty_word_is_not_the_current_folder():
    with pytest.raises(EmptyPathError):
        parse_path("")


def test_a_key_goes_through_no_pipe():
    with pytest.raises(StandardStreamError):
        parse_path("-")


@pytest.mark.parametrize(("text", "is_one"), [("a/", True), ("/", True), ("a", False)])
def test_a_stroke_at_the_end_names_a_folder(text, is_one):
    assert names_folder(text) is is_one
