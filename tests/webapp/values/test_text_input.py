"""Text is stored and compared in one spelling, however it was typed."""

from datetime import date

import pytest

from mobile_bridge.core.pairing_number import without_separators
from webapp.values.text_input import (
    normalize_decimal_serial,
    normalize_login_id,
    normalize_serial,
    normalize_short_number,
    normalize_text,
    parse_date,
)


@pytest.mark.parametrize(
    "text",
    [
        "20010203",
        "2001-02-03",
        "2001. 2. 3.",
        "2001.2.3",
        "2001/02/03",
        "2001 2 3",
        "2001년 2월 3일",
        "2001년2월3일생",
        "２００１．０２．０３",
        "２００１년 ２월 ３일",
        "2001-2-3 (토)",
        "2001. 2. 3. 토요일",
        "2001\u201102\u201103",
        "\u200b2001-02-03\u00a0",
        "2001-02-03 00:00:00",
        "2001-02-03T00:00:00Z",
        "2001-02-03T00:00:00+09:00",
        "2001년 2월 3일.",
        "2001·2·3",
        "2001ㆍ2ㆍ3",
        "2001。2。3",
        "서기 2001년 2월 3일",
        "3 Feb 2001",
        "3-Feb-2001",
        "February 3rd, 2001",
        "FEB. 3 2001",
        "٢٠٠١٠٢٠٣",
    ],
)
def test_one_day_is_read_in_every_spelling(text):
    assert parse_date(text) == date(2001, 2, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2001",
        "010203",
        "03/04/2001",
        "2001-13-01",
        "20010229",
        "2001-02",
        "2001 23",
        "99999999",
        "2001-02-03-04",
        "20010203 12:00",
        "9" * 4000,
        "Feb 2001",
        "0000-00-00",
    ],
)
def test_what_names_no_day_or_several_is_no_date(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  a\tb\r\nc  ", "a b c"),
        ("\u202eabc\u2066d", "abcd"),
        ("\u1112\u1161\u11ab", "한"),
        ("김\u3164하\u2800나\u115f\ufe0f", "김하나"),
        ("Z" + "\u0301" * 40, "\u0179\u0301\u0301\u0301"),
        ("\u200b\u3164 ", ""),
        ("e\u0301", "é"),
    ],
)
def test_text_is_shown_to_others_composed_and_without_what_nobody_sees(text, shown):
    assert normalize_text(text) == shown


def test_text_is_cut_after_it_was_cleaned_and_ends_visibly():
    assert normalize_text("\u200b" * 9 + "ab cd", 3) == "ab"


def test_an_id_that_a_telephone_began_with_a_capital_is_the_same():
    assert normalize_login_id(" Hana.2001\u200b") == "hana.2001"
    assert normalize_login_id("ｈａｎａ") == "hana"


@pytest.mark.parametrize(
    "text",
    ["4A:BC:0d:01", "0x4abc0d01", "4abc 0d01", "00:4a:bc:0d:01", "４ＡＢＣ０Ｄ０１"],
)
def test_a_serial_number_is_found_in_every_spelling(text):
    assert normalize_serial(text) == "4abc0d01"


@pytest.mark.parametrize("text", ["", "xyz", "0x", "4a-bg", "a" * 43, "00:00"])
def test_what_is_no_serial_number_is_none(text):
    assert normalize_serial(text) is None


def test_codes_are_read_without_what_people_write_between_digits():
    assert without_separators("１２３ 456\u200b") == "123456"
    assert without_separators("110\u2013123\u2212456") == "110123456"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("3F7A-91C2", "3f7a91c2"),
        ("3f7a 91c2", "3f7a91c2"),
        ("３Ｆ７Ａ－９１Ｃ２", "3f7a91c2"),
        ("3f:7a:91:c2", "3f7a91c2"),
        ("번호 0002-91C2", "000291c2"),
        ("인증서 번호 3F7A-91C2", "3f7a91c2"),
        ("No. 3F7A-91C2", "3f7a91c2"),
        ("Number 3F7A", "3f7a"),
        ("…3f7a91c2", "3f7a91c2"),
    ],
)
def test_a_short_number_is_read_in_every_spelling(text, stored):
    assert normalize_short_number(text) == stored


@pytest.mark.parametrize("text", ["", "3F7", "3F7A-91C2-0", "김하나", "3G7A-91C2"])
def test_what_is_no_short_number_is_none(text):
    assert normalize_short_number(text) is None


def test_a_whole_serial_number_is_read_in_decimal_too():
    assert normalize_decimal_serial("1 061 109 567") == "3f3f3f3f"
    assert normalize_decimal_serial("10ab") is None
    assert normalize_decimal_serial("9" * 50) is None
