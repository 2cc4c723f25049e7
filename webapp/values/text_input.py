"""What people type, in the one spelling that is stored and compared. Pure.

Every unambiguous spelling of a value is taken: full-width digits, decomposed Hangul,
marks that nobody sees and that a copy from a contact or a spreadsheet brings along.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from mobile_bridge.core.pairing_number import fold_width, without_separators
from mobile_bridge.pki.names import without_hidden

_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_MONTH: Final = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY: Final = r"(\d{1,2})(?:st|nd|rd|th)?"
# Points that stand in the middle or at the end; the Korean one as NFKC writes it.
_SEPARATOR: Final = r"\s*[-./,\s\u00b7\u2027\u3002\u30fb\u119e]\s*"
# What may stand behind a date and says nothing new: the weekday, midnight, "born".
_TAIL: Final = (
    r"\.?(?:\s*\(?(?:[월화수목금토일](?:요일)?|mon|tue|wed|thu|fri|sat|sun)\)?)?"
    r"(?:[ t]00?:00(?::00(?:\.0+)?)?(?:z|[-+]\d\d:?\d\d)?)?(?:\s*(?:생|출생))?"
)
_DATES: Final = tuple(
    re.compile(pattern + _TAIL, re.ASCII)
    for pattern in (
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        rf"(?P<y>\d{{4}}){_SEPARATOR}(?P<m>\d{{1,2}}){_SEPARATOR}(?P<d>\d{{1,2}})",
        r"(?:서기\s*)?(?P<y>\d{4})\s*년\s*(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일?",
        rf"(?P<y>\d{{4}})[-\s]+{_MONTH}[-\s]+{_DAY}",
        rf"{_DAY}[-.\s]*{_MONTH}[-,\s]*(?P<y>\d{{4}})",
        rf"{_MONTH}[-\s]*{_DAY}[-,\s]*(?P<y>\d{{4}})",
    )
)

# As the pages write it, as a person says it, and as pages wrote its end before.
_SHORT_NUMBER: Final = re.compile(
    r"(?:(?:인증서)?번호|(?:certificate)?number|no\.?|#|\.\.\.)?([0-9a-f]{4,8})"
)


def normalize_text(text: str, max_length: int | None = None) -> str:
    """Return a text as it is shown to others: composed, on one line, all visible.

    Control, format and direction characters go, whatever space there is becomes one
    blank, and marks piled on one letter are cut. `max_length` cuts afterwards.
    """
    spaced = "".join(" " if c.isspace() else c for c in text)
    composed = unicodedata.normalize("NFC", without_hidden(spaced))
    return " ".join(composed.split())[:max_length].rstrip()


def parse_date(text: str) -> date | None:
    """Return the day that a text names, or None where it names none or several.

    `03/04/2001` is two days, so it is none.
    """
    plain = fold_width(normalize_text(text)).casefold()
    for pattern in _DATES:
        match = pattern.fullmatch(plain)
        if match:
            return _build_date(match)
    return None


def normalize_login_id(text: str) -> str:
    """Return an ID as it is stored: a telephone's keyboard begins it with a capital."""
    return "".join(fold_width(normalize_text(text)).split()).lower()


def normalize_serial(text: str) -> str | None:
    """Return a serial number, or its beginning, in small hexadecimal; else None.

    Programs write it with colons, blanks, capitals, `0x` and a leading zero.
    """
    plain = without_separators(text).lower().removeprefix("0x")
    digits = plain.replace(":", "")
    if not re.fullmatch(r"[0-9a-f]{1,42}", digits):
        return None
    return digits.lstrip("0") or None


def normalize_short_number(text: str) -> str | None:
    """Return a certificate's short number, or its beginning, as it is stored.

    Between four and eight digits in small hexadecimal, leading zeros kept: the short
    number of a certificate is the end of its serial number. What the pages write before
    it may be there too.
    """
    plain = without_separators(text).lower().replace(":", "")
    match = _SHORT_NUMBER.fullmatch(plain)
    return match[1] if match else None


def normalize_decimal_serial(text: str) -> str | None:
    """Return a whole serial number that is written in decimal, in small hexadecimal."""
    plain = without_separators(text)
    if not re.fullmatch(r"[0-9]{1,49}", plain):  # 20 octets, RFC 5280 4.1.2.2
        return None
    return f"{int(plain):x}"


def _build_date(match: re.Match[str]) -> date | None:
    named = match.groupdict()
    if "m" in named:
        month, day = int(named["m"]), int(named["d"])
    else:
        words = [text for text in match.groups() if text and text != named["y"]]
        month_name = next(text for text in words if text[0].isalpha())
        month = _MONTHS.index(month_name[:3]) + 1
        day = int(next(text for text in words if text.isdigit()))
    try:
        return date(int(named["y"]), month, day)
    except ValueError:
        return None
