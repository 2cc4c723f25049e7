"""The number a person types when there is no camera: twelve digits, the last a check.

Ten digits are random, so a stranger who types a number hits a pairing that stands at
that moment only by great luck (docs/threats.md, guessing). The first one says the
direction, as the head of a QR code does: odd, the responder sends; 8, the responder
makes the key; another even one, the initiator sends.
It counts for who types it only, from the screen to the fingers; the relay draws it, and
m1 has to agree with it. The last digit is Damm's
check digit: it finds every single wrong digit and every swap of two neighbours
before the relay is asked, so that a slip of the finger costs no try.
"""

import unicodedata
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from mobile_bridge.core.protocol import Direction
from mobile_bridge.pki.names import without_hidden

DIGITS: Final = 12
MAX_TEXT_LENGTH: Final = 64
RANDOM_DIGITS: Final = DIGITS - 1
RANDOM_BYTES: Final = 8
GROUP: Final = 4

# A weakly totally anti-symmetric quasigroup of order ten (H. M. Damm, 2004).
TABLE: Final = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)

# A page of before, which knows two directions, takes an 8 for the first one; m1 says
# another, and it refuses.
FIRST_DIGITS: Final = MappingProxyType(
    {
        Direction.INITIATOR_SENDS: "0246",
        Direction.RESPONDER_SENDS: "13579",
        Direction.RESPONDER_MAKES_KEY: "8",
    }
)

_NUMBERS: Final = 10**RANDOM_DIGITS
_ONE_FIRST: Final = 10 ** (RANDOM_DIGITS - 1)


def check_digit(digits: str) -> str:
    """The Damm digit of ``digits``; of a whole right number it is "0"."""
    interim = 0
    for digit in digits:
        interim = int(TABLE[interim][int(digit)])
    return str(interim)


def new_number(direction: Direction, random: Callable[[int], bytes]) -> str:
    """Draw a number for a direction; every one of these is as likely as any other."""
    first_digits = FIRST_DIGITS[direction]
    fair = 2 ** (8 * RANDOM_BYTES) // _NUMBERS * _NUMBERS
    draw = fair
    # Draws from `fair` on would make small numbers likelier, and first digits that are
    # no multiple of how many there are would make some of them likelier.
    even = 10 // len(first_digits) * len(first_digits)
    while draw >= fair or draw % _NUMBERS // _ONE_FIRST >= even:
        draw = int.from_bytes(random(RANDOM_BYTES))
    first, rest = divmod(draw % _NUMBERS, _ONE_FIRST)
    head = first_digits[first % len(first_digits)]
    digits = f"{head}{rest:0{RANDOM_DIGITS - 1}d}"
    return digits + check_digit(digits)


def direction_for_number(number: str) -> Direction:
    """Return the direction that a number says."""
    return next(way for way, digits in FIRST_DIGITS.items() if number[0] in digits)


def fold_width(text: str) -> str:
    """Return a text in ASCII digits, letters and hyphens for others of one meaning.

    For codes, numbers and dates only: it would change a name.
    """
    plain = unicodedata.normalize("NFKC", without_hidden(text))
    return "".join(_fold(sign) for sign in plain)


def without_separators(text: str) -> str:
    """Return a code or number without the blanks and dashes that people write in it.

    The wide digits of a Korean keyboard are digits too.
    """
    plain = fold_width(" ".join(text.split()))
    return "".join(sign for sign in plain if not (sign.isspace() or sign == "-"))


def check_number(text: str) -> str | None:
    """Read what a person typed: the digits alone, or None if it is no number."""
    if len(text) > MAX_TEXT_LENGTH:
        return None
    # Digits of another script are none of ours (brg1_numbers.json): wide ones alone.
    narrow = unicodedata.normalize("NFKC", text)
    if any(sign.isdecimal() and not sign.isascii() for sign in narrow):
        return None
    digits = without_separators(text)
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    return digits if check_digit(digits) == "0" else None


def grouped(digits: str) -> str:
    """The number as it is shown: ``1234 5678 9012``."""
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def _fold(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    # Pd has the hyphens and dashes; the minus sign and the long vowel look like one.
    return "-" if category == "Pd" or sign in "\u2212\u30fc" else sign
