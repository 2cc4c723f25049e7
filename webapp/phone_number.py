"""Telephone numbers: as people write them, and as they are stored (E.164). Pure."""

import re
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from mobile_bridge.number import fold_width

REGION: Final = "KR"
_MAX_TYPED: Final = 64
_COUNTRY_CODE: Final = "82"
_MIN_FOREIGN: Final = 7  # digits after the country code


def parse_phone(text: str) -> str | None:
    """Return a number in E.164, `+821012345678`; None where it is none.

    Korean numbers may stand without country code, without the first zero (which a
    spreadsheet takes away), or with `82` and no plus. A number with an extension is
    none: a call cannot be placed to it.
    """
    plain = fold_width(text).lower().removeprefix("tel:")
    if len(plain) > _MAX_TYPED or any(c.isalpha() for c in plain):
        return None
    digits = "".join(c for c in plain if c.isdigit())
    if digits.startswith("00") and "+" not in plain:
        digits = _without_international_prefix(digits)
        plain = f"+{digits}"
    elif digits.startswith(_COUNTRY_CODE) and len(digits) > 10 and "+" not in plain:
        plain = f"+{digits}"
    try:
        number = phonenumbers.parse(plain, REGION)
    except NumberParseException:
        return None
    if number.extension or not _is_reachable(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def format_phone(number: str | None) -> str:
    """Return a stored number as people in Korea write it, others with their code."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, REGION)
    except NumberParseException:
        return number
    is_korean = str(parsed.country_code) == _COUNTRY_CODE
    return phonenumbers.format_number(
        parsed,
        PhoneNumberFormat.NATIONAL if is_korean else PhoneNumberFormat.INTERNATIONAL,
    )


def _is_reachable(number: PhoneNumber) -> bool:
    """Say whether a number can be one; its range may be newer than the library."""
    if phonenumbers.is_valid_number(number):
        return True
    digits = phonenumbers.national_significant_number(number)
    if str(number.country_code) == _COUNTRY_CODE:
        return re.fullmatch(r"[1-9][0-9]{7,9}", digits) is not None
    return len(digits) >= _MIN_FOREIGN and phonenumbers.is_possible_number(number)


def _without_international_prefix(digits: str) -> str:
    # 00 is the ITU's; 001, 002, 005, 006 and 008 are those of Korean carriers.
    for prefix in ("001", "002", "005", "006", "008"):
        if digits.startswith(prefix + _COUNTRY_CODE):
            return digits.removeprefix(prefix)
    return digits.removeprefix("00")
