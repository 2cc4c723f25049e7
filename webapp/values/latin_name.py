"""Latin names as machine-readable passports write them. Pure.

ICAO Doc 9303 part 3, section 6, table A: a letter that the machine-readable zone does
not have stands there as one or more of A to Z.
"""

import unicodedata
from typing import Final

from webapp.values.text_input import normalize_text

# Where the letter without its mark is not what the table gives. Of two that it allows
# (AE or A) this is the first one.
_TRANSLITERATIONS: Final = {
    **{"Ä": "AE", "Å": "AA", "Æ": "AE", "Ö": "OE", "Ø": "OE", "Œ": "OE", "Ü": "UE"},
    **{"ẞ": "SS", "Þ": "TH", "Ð": "D", "Đ": "D", "Ħ": "H", "Ĳ": "IJ", "Ł": "L"},
    **{"Ŋ": "N", "Ŧ": "T", "ĸ": "Q"},
    **{"ß": "SS", "ı": "I", "İ": "I", "ŉ": "N"},  # upper() would make two of these
}
# Quotation marks, the modifier letter, accents that stand alone, and the prime.
_APOSTROPHES: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4\u2032", "'")
)


def normalize_latin_name(text: str) -> str:
    """Return a name with the apostrophe and hyphen of ASCII, and one letter for each.

    Full-width letters become plain ones; accents stay.
    """
    plain = normalize_text(text.translate(_APOSTROPHES))
    folded = (
        unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c
        for c in plain
    )
    return "".join("-" if unicodedata.category(c) == "Pd" else c for c in folded)


def transliterate(name: str) -> str | None:
    """Return a name in capitals without accents; None where the table has no letter.

    Hangul, Cyrillic or Greek names are spelled by their holder's passport, not here.
    """
    letters = [_transliterate_letter(c) for c in normalize_latin_name(name)]
    return None if None in letters else "".join(filter(None, letters))


def _transliterate_letter(letter: str) -> str | None:
    given = _TRANSLITERATIONS.get(letter) or _TRANSLITERATIONS.get(letter.upper())
    if given:
        return given
    base = unicodedata.normalize("NFD", letter)[0].upper()
    return base if base.isascii() else None
