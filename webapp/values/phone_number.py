"""Telephone numbers: as people write them, and as they are stored (E.164). Pure."""

import re
from typing import Final

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
)

from mobile_bridge.core.pairing_number import fold_width

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
    has_plus = "+" in plain
    if not has_plus and digits.startswith(f"00{_COUNTRY_CODE}"):
        plain = f"+{digits.removeprefix('00')}"
    elif not has_plus and digits.startswith(_COUNTRY_CODE) and len(digits) > 10:
        plain = f"+{digits}"
    try:
        number = phonenumbers.parse(plain, REGION)
    except NumberParseException:
        return None
    # What begins with a carrier's prefix (001, 00700) is read by the library, or not.
    is_abroad = not has_plus and digits.startswith("00")
    if is_abroad and not phonenumbers.is_valid_number(number):
        return None
    if number.extension or not _is_reachable(number) or _is_premium(number):
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


def _is_premium(number: PhoneNumber) -> bool:
    """Say whether a call would cost the centre more than a call."""
    return (
        phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE
        # Satellites, and numbers of no country.
        or phonenumbers.region_code_for_country_code(number.country_code or 0) == "001"
    )
