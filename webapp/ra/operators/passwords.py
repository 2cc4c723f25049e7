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

LEAST = 10
MOST = 256


def require_fresh(
    fresh: str, again: str, old: str | None, *, login_id: str = "", name: str = ""
) -> None:
    """Refuse a new password that is short, or the old one, or typed in two ways.

    Raises:
        WeakPasswordError, PasswordCommonError, PasswordsDifferError
    """
    if not LEAST <= len(fresh) <= MOST or fresh == old or len(set(fresh)) < LEAST // 2:
        raise WeakPasswordError
    found = weakness(fresh, known_facts(login_id, None, (name,)))
    if is_common(fresh) or found is Weakness.COMMON:
        raise PasswordCommonError
    if found is not None:
        raise WeakPasswordError
    if fresh != again:
        raise PasswordsDifferError
