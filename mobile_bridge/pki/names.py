"""What is shown of a name in a certificate: one rule for the CA and for the bridge.

Pure. What the CA certifies has to pass through here unchanged; a foreign name is shown
with a sign in place of all that hides, reorders or shows nothing, and so it can travel
too. JavaScript twin: frontend/pki/sanitize.js; both read tests/vectors/names.json.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

MAX_TEXT: Final = 200
MAX_MARKS: Final = 4  # more than any script piles on a letter
NO_NAME: Final = "?"
REPLACEMENT: Final = "\ufffd"

# As ranges, because Python and browsers know different versions of Unicode (these are
# of 17): controls, format characters, default-ignorable ones, separators of lines,
# surrogates, private use, noncharacters, and letters and symbols that show nothing.
HIDDEN: Final[Sequence[tuple[int, int]]] = (
    *((0x0000, 0x001F), (0x007F, 0x009F), (0x00AD, 0x00AD), (0x034F, 0x034F)),
    *((0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F)),
    *((0x0890, 0x0891), (0x08E2, 0x08E2), (0x115F, 0x1160), (0x17B4, 0x17B5)),
    *((0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F)),
    *((0x2800, 0x2800), (0x3164, 0x3164), (0xD800, 0xF8FF), (0xFDD0, 0xFDEF)),
    *((0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB)),
    *((0xFFFE, 0xFFFF), (0x110BD, 0x110BD), (0x110CD, 0x110CD)),
    *((0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159)),
    *((0x1D173, 0x1D17A), (0xDFFFE, 0xE0FFF), (0xEFFFE, 0x10FFFF)),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0x10000, 0xD0000, 0x10000)),
)
_HIDDEN: Final = re.compile(
    "".join(("[", *(f"{chr(first)}-{chr(last)}" for first, last in HIDDEN), "]"))
)
_NUMBER: Final = re.compile(r"[0-9][0-9A-Za-z-]*")


def shown(text: str) -> str:
    """Return what can be shown of a text; empty where nothing can."""
    visible = _pile(_HIDDEN.sub(REPLACEMENT, text)).strip()
    if len(visible) > MAX_TEXT:
        visible = f"{visible[: MAX_TEXT - 1].rstrip()}…"
    return visible if _is_seen(visible) else ""


def without_hidden(text: str) -> str:
    """Return a text without what is hidden, for what people type and paste."""
    return _pile(_HIDDEN.sub("", text), in_place="")


def is_shown_as_it_is(text: str) -> bool:
    """Say whether a text shows as what it is, and shows at all."""
    return (
        0 < len(text) <= MAX_TEXT
        and not _HIDDEN.search(text)
        and _pile(text) == text
        and _is_seen(text)
    )


def person_in(common_name: str) -> str:
    """Return the part of a shown common name that people say.

    Holders are written `name(LATIN)number`, and the name of a company may have brackets
    of its own. It is never empty where the common name is not.
    """
    opens = common_name.rfind("(")
    closes = common_name.find(")", opens)
    if opens > 0 and closes > 0 and _NUMBER.fullmatch(common_name, closes + 1):
        person = common_name[:opens].strip()
    else:
        person = common_name.partition("(")[0].strip()
    return person if _is_seen(person) else common_name


def last_shown(texts: Iterable[str]) -> str:
    """Return the last text of which something can be shown.

    The last part of a name is the most particular one (RFC 4514 2.1).
    """
    return next(filter(None, map(shown, reversed(list(texts)))), "")


def _pile(text: str, *, in_place: str = REPLACEMENT) -> str:
    """Return a text without more marks on one letter than a script has."""
    signs, marks = [], 0
    for sign in text:
        marks = marks + 1 if _is_mark(sign) else 0
        if marks <= MAX_MARKS:
            signs.append(sign)
        elif marks == MAX_MARKS + 1:
            signs.append(in_place)
    return "".join(signs)


def _is_seen(text: str) -> bool:
    return any(not (_is_mark(sign) or sign.isspace()) for sign in text)


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M"
