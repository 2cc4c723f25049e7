"""What a new certificate password has to have (all Korean centres, since 2014). Pure.

Old passwords still open old files: nothing here is asked when a key is opened.
JavaScript twin: frontend/accounts/password_policy.js; both read
tests/vectors/password_rule.json.
"""

import re
from enum import StrEnum
from typing import Final

from mobile_bridge.npki.errors import NpkiError

LENGTH: Final = 10


class Missing(StrEnum):
    """What a password lacks, in the order of the rule."""

    LENGTH = "length"
    DIGIT = "digit"
    LETTER = "letter"
    SPECIAL = "special"
    FORBIDDEN = "forbidden"  # it has a sign that it may not have


class NewPasswordError(NpkiError):
    """A new password does not keep to the rule; `missing` says where."""

    code = "new_password"

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__()
        self.missing = missing


_HAS: Final = {
    Missing.DIGIT: re.compile(r"[0-9]"),
    Missing.LETTER: re.compile(r"[A-Za-z]"),
    Missing.SPECIAL: re.compile(r"[!#-&(-/:-@\[\]^_`{}~]"),
}
# ' " \ | break old programs; readers of key files disagree on what is not ASCII.
_ALLOWED: Final = re.compile(r"(?:(?!['\"\\|])[!-~])*")


def missing_requirements(password: str) -> tuple[Missing, ...]:
    """Return what a password still lacks."""
    holds = {
        Missing.LENGTH: len(password) >= LENGTH,
        **{part: bool(form.search(password)) for part, form in _HAS.items()},
        Missing.FORBIDDEN: bool(_ALLOWED.fullmatch(password)),
    }
    return tuple(part for part, is_kept in holds.items() if not is_kept)


def check_new_password(password: str) -> None:
    """Accept a password that keeps to the rule.

    Raises:
        NewPasswordError: it does not.
    """
    if missing := missing_requirements(password):
        raise NewPasswordError(missing)
