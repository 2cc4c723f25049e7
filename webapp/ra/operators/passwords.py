"""What an operator's own password has to be. Pure."""

from webapp.accounts.common_passwords import is_common
from webapp.accounts.password_policy import (
    PasswordCommonError,
    PasswordsDifferError,
    Weakness,
    known_facts,
    weakness,
)
from webapp.ra.errors import WeakPasswordError

MIN_LENGTH = 10
MAX_LENGTH = 256


def require_fresh(
    new: str, again: str, old: str | None, *, login_id: str = "", name: str = ""
) -> None:
    """Refuse a new password that is short, or the old one, or typed in two ways.

    Raises:
        WeakPasswordError, PasswordCommonError, PasswordsDifferError
    """
    if (
        not MIN_LENGTH <= len(new) <= MAX_LENGTH
        or new == old
        or len(set(new)) < MIN_LENGTH // 2
    ):
        raise WeakPasswordError
    reason = weakness(new, known_facts(login_id, None, (name,)))
    if is_common(new) or reason is Weakness.COMMON:
        raise PasswordCommonError
    if reason is not None:
        raise WeakPasswordError
    if new != again:
        raise PasswordsDifferError
