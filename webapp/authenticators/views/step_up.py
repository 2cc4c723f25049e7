"""Ask a signed-in holder for one more check, and know which one this sign-in passed.

Both are kept in the session of the sign-in: it is emptied when another one begins, and
worth nothing once it ended. What was chosen before the check is kept there too, so that
one press is left after it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from flask import redirect, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.authenticators.factor import Factor
from webapp.authenticators.phone_call.factor import PhoneCallFactor
from webapp.authenticators.recent_checks import minutes_ago
from webapp.authenticators.step_up import rules, service
from webapp.authenticators.step_up.rules import (
    Check,
    Factors,
    Kind,
    Need,
    StepUpNeededError,
)
from webapp.authenticators.views.second_factor import step_up_enrolled
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session
from webapp.web import error_handlers

_SHOWN: Final = "step_up"
_ACT: Final = "step_up_act"
_PAGES: Final[Mapping[Need, str]] = {
    Need.FACTOR: Factor.proof_page,
    Need.PHONE: PhoneCallFactor.proof_page,
    Need.TYPED: "identity.ask_password",
    Need.COUNTER: "identity.ask_password",
}


def note(kind: Kind) -> None:
    """Remember that this sign-in just passed a check."""
    cookie[_SHOWN] = [kind.value, int(utc_now().timestamp())]


def need_now() -> Need:
    """Return what has to be asked for before an act of the holder."""
    return rules.need(_checks(), factors(), utc_now())


def factors() -> Factors:
    """Return what the holder can be checked by here."""
    calls = PhoneCallFactor().is_allowed(current_ca().config)
    return service.factors_of(
        session(), current_user, step_up_enrolled(), utc_now(), calls=calls
    )


def minutes_since() -> int | None:
    """Return how many minutes ago a check was passed that counts; None: none does."""
    check = rules.newest_counting(_checks(), factors(), utc_now())
    return None if check is None else minutes_ago(check.at, utc_now())


def ask(
    action: str, certificate_id: str, chosen: Mapping[str, str]
) -> ResponseReturnValue:
    """Lead to the check, and keep what was chosen; a script reads a refusal."""
    if not error_handlers.wants_html():
        return error_handlers.error_response(StepUpNeededError.code)
    aim = rules.format_aim(action, certificate_id)
    cookie[_ACT] = {**chosen, "aim": aim}
    return redirect(page_for(need_now(), aim), 303)


def page_for(need: Need, aim: str) -> str:
    """Return the page that asks for what is needed, or to which the aim leads."""
    back = rules.address_of(aim)
    if back is None:
        return url_for("identity.show")
    if need is Need.NOTHING:
        return back
    return url_for(_PAGES[need], aim=aim)


def kept(action: str, certificate_id: str) -> Mapping[str, str]:
    """Return what was chosen for this act before the check, while the check counts."""
    choice = cookie.get(_ACT)
    aim = rules.format_aim(action, certificate_id)
    if not isinstance(choice, dict) or choice.get("aim") != aim:
        return {}
    return choice if minutes_since() is not None else {}


def forget() -> None:
    """Forget what was chosen: it is done."""
    cookie.pop(_ACT, None)


def _checks() -> list[Check]:
    checks = service.checks_of(
        session(), current_user, cookie.get("sitting"), utc_now()
    )
    match cookie.get(_SHOWN):
        case [str(kind), int(at)] if kind in set(Kind):
            return [*checks, Check(Kind(kind), datetime.fromtimestamp(at, UTC))]
    return checks
