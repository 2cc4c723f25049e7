"""What a password that somebody chooses must be. Pure.

What is easy to guess is judged by one rule for the site's passwords, here, and for
certificate passwords, which never leave the browser
(`frontend/accounts/password_policy.js`); both read `tests/vectors/passwords.json`.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from webapp.accounts.common_passwords import WORDS, is_common
from webapp.exceptions import AppError

MIN_LENGTH = 10  # characters
MAX_LENGTH = 256


class PasswordRuleError(AppError):
    """The password cannot be taken."""

    code = "password_refused"


class PasswordTooShortError(PasswordRuleError):
    """It is shorter than the rule wants, or longer than anybody types."""

    code = "password_too_short"


class PasswordTooEasyError(PasswordRuleError):
    """It is made of what others know of the person."""

    code = "password_too_easy"


class PasswordCommonError(PasswordRuleError):
    """It is among the commonest, which everybody who guesses tries first."""

    code = "password_common"


class PasswordsDifferError(PasswordRuleError):
    """The second time it was typed otherwise."""

    code = "passwords_differ"


def validate_password(
    password: str,
    again: str,
    *,
    login_id: str,
    birth_date: date | None = None,
    names: Iterable[str] = (),
) -> None:
    """Refuse a password that is short, or that anybody would try first.

    Raises:
        PasswordTooShortError, PasswordCommonError, PasswordTooEasyError,
        PasswordsDifferError
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise PasswordTooShortError
    if is_common(password):
        raise PasswordCommonError
    reason = weakness(password, known_facts(login_id, birth_date, names))
    if reason is not None:
        raise _ERRORS[reason]
    if password != again:
        raise PasswordsDifferError


def known_facts(
    login_id: str, birth_date: date | None, names: Iterable[str]
) -> list[str]:
    """Return what others know of a person, as `weakness` takes it."""
    born = [f"{birth_date:%Y%m%d}"] if birth_date else []
    return [login_id, *names, *born]


class Weakness(StrEnum):
    """Why a password is easy to guess; the twin says the same words."""

    PERSONAL = "personal"  # made of what others know of the person
    COMMON = "common"  # a word that everybody tries first, and what people add to it
    SIMPLE = "simple"  # a row of keys, a count or a repetition


def weakness(password: str, known_texts: Iterable[str]) -> Weakness | None:
    """Return why a password is easy to guess.

    `known` is what others know of the person: ID, names, date of birth as eight digits.
    """
    text = unicodedata.normalize("NFKC", password).lower()
    facts = [fact for known_text in known_texts for fact in _spellings(known_text)]
    plain = _NO_SIGNS.sub("", text)
    if any(_is_telling(fact) and fact in plain for fact in facts):
        return Weakness.PERSONAL
    rest, words = _COMMON.subn(" ", _NO_SEPARATORS.sub("", text))
    for simple in (_DATES, _REPEATED, _ROWS):
        rest = simple.sub(" ", rest)
    rest = _NO_SIGNS.sub("", rest)
    if len(rest) < FEWEST_LEFT:
        return Weakness.COMMON if words else Weakness.SIMPLE
    for fact in sorted(facts, key=len, reverse=True):
        rest = rest.replace(fact, "")
    return Weakness.PERSONAL if len(rest) < FEWEST_LEFT else None


def _spellings(fact: str) -> list[str]:
    """Return how people write a fact: whole, its parts, a date without the century."""
    text = unicodedata.normalize("NFKC", fact).lower()
    if re.fullmatch(r"[0-9]{8}", text):
        return [text, text[2:]]
    parts = [_NO_SIGNS.sub("", part) for part in text.split()]
    spelled = ["".join(parts), "".join(reversed(parts)), *parts]
    return [
        spelling
        for spelling in spelled
        if len(spelling) >= (3 if spelling.isascii() else 2)
    ]


def _is_telling(fact: str) -> bool:
    # Shorter ones are also parts of other words: "lee" stands in "sleep".
    return len(fact) >= 4 or not fact.isascii()


def _leet(word: str) -> str:
    return "".join(f"[{letter}{_LEET.get(letter, '')}]" for letter in word)


def _runs() -> str:
    """Return the pattern of three or more neighbours of a row, the longest first."""
    runs = {
        row[at : at + length]
        for keys in _KEY_ROWS
        for row in (keys, keys[::-1])
        for length in range(3, len(row) + 1)
        for at in range(len(row) - length + 1)
    }
    return "|".join(sorted(runs, key=lambda run: (-len(run), run)))


FEWEST_LEFT: Final = 4  # letters and digits, beside what anybody tries
_LEET: Final = {
    **{"a": "@4", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1!"},
    **{"o": "0", "s": "$5", "t": "7+"},
}
_KEY_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
)
_NO_SIGNS: Final = re.compile(r"[^a-z0-9\u0080-\U0010ffff]")
_NO_SEPARATORS: Final = re.compile(r"[^a-z0-9@!$+\u0080-\U0010ffff]")
_COMMON: Final = re.compile("|".join(map(_leet, WORDS)))
_DATES: Final = re.compile(
    r"(?:19|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:19|20)[0-9]{2}"
)
_REPEATED: Final = re.compile(r"([^ ]{1,4})\1{2,}")
_ROWS: Final = re.compile(_runs())
_ERRORS: Final = {
    Weakness.PERSONAL: PasswordTooEasyError,
    Weakness.COMMON: PasswordCommonError,
    Weakness.SIMPLE: PasswordTooEasyError,
}
