"""What a password that somebody chooses for signing in must be. Pure."""

import re
from datetime import date

from webapp.accounts.common_passwords import is_common
from webapp.refusals import RefusedError

LEAST = 10  # characters
MOST = 256


class PasswordRuleError(RefusedError):
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


def require_acceptable(
    password: str, again: str, *, login_id: str, birth_date: date
) -> None:
    """Refuse a password that is short, or that anybody would try first.

    Raises:
        PasswordTooShortError, PasswordCommonError, PasswordTooEasyError,
        PasswordsDifferError
    """
    if not LEAST <= len(password) <= MOST:
        raise PasswordTooShortError
    if is_common(password):
        raise PasswordCommonError
    if _is_easy(password, login_id, birth_date):
        raise PasswordTooEasyError
    if password != again:
        raise PasswordsDifferError


def _is_easy(password: str, login_id: str, birth_date: date) -> bool:
    # Without what people put between, so that "1990-01-31" is the date it is.
    plain = re.sub(r"[\W_]", "", password.lower())
    known = re.sub(r"[\W_]", "", login_id.lower())
    rest = plain
    for each in (f"{birth_date:%Y%m%d}", f"{birth_date:%y%m%d}", known):
        rest = rest.replace(each, "") if each else rest
    rest = rest.replace(f"{birth_date:%Y}", "")
    return len(rest) < LEAST // 3 or len(set(plain)) < LEAST // 3
