"""What all pages share that ask somebody for a factor.

The address of a check takes the answers of the factor that answers there, those of the
others below it by their ids; what a check begins with is asked for at `<id>/options`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from flask import request
from flask_login import current_user

from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.authenticators.factor import EnrolledFactor, Factor, FactorContext
from webapp.authenticators.factors import (
    default_factor,
    enrolled_factors,
    find_factor,
    require_enrolled,
    select_factor,
    step_up_factors,
)
from webapp.ca.context import current_ca
from webapp.clock import utc_now
from webapp.db import session, unit_of_work
from webapp.exceptions import AppError
from webapp.values.remaining_attempts import AfterLastTry, tries_to_tell
from webapp.web.branding import spoken_brand
from webapp.web.json_body import read_json

MAX_RESPONSE: Final = 32 * 1024  # bytes; a long public key and an attestation


def customer() -> Customer:
    """Return the customer who is signed in; the view has asked whether one is."""
    signed_in: Customer = current_user._get_current_object()
    return signed_in


def factor_context() -> FactorContext:
    """Return what factors need of the centre and of this request."""
    name = spoken_brand().name
    return FactorContext(current_ca().config, request.host_url, name, utc_now())


def factor_of(factor_id: str | None) -> Factor:
    """Return the factor that an answer is from.

    Raises:
        UnknownFactorError: there is none of that id.
    """
    return default_factor() if factor_id is None else find_factor(factor_id)


def step_up_enrolled() -> tuple[EnrolledFactor, ...]:
    """Return what a customer can set up another factor with."""
    allowed = step_up_factors(current_ca().config)
    return enrolled_factors(session(), customer(), allowed, utc_now())


def verifier(
    holder: AccountHolder, factor: Factor, enrolled: tuple[EnrolledFactor, ...]
) -> Callable[[], None]:
    """Return what verifies the answer in this request, under a lock of the caller.

    Raises:
        AppError: the factor is not among `enrolled`.
    """
    require_enrolled(enrolled, factor)
    response = read_response(factor)
    return partial(factor.verify, session(), holder, response, factor_context())


def read_response(factor: Factor) -> Mapping[str, Any]:
    """Return what a form or a script sent."""
    return read_json(max_bytes=MAX_RESPONSE) if factor.is_scripted else request.form


def begin_check(
    holder: AccountHolder, factor: Factor, enrolled: tuple[EnrolledFactor, ...]
) -> dict[str, Any]:
    """Begin the check of a factor, and return what its script needs.

    Raises:
        AppError: the factor is not among `enrolled`, or refuses.
    """
    require_enrolled(enrolled, factor)
    with unit_of_work() as work:
        return dict(factor.challenge(work, holder, factor_context()))


def is_said_by_page(refused: AppError, factor: Factor) -> bool:
    """Tell whether the page that asks says why an answer was refused."""
    return not factor.is_scripted and isinstance(refused, factor.answer_error)


def check_view(
    enrolled: tuple[EnrolledFactor, ...],
    requested: str | None,
    then: AfterLastTry = AfterLastTry.COUNTER,
) -> dict[str, Any]:
    """Return what `authenticators/check.html` shows: one factor, and links to the rest.

    `then` says who helps after the last try.
    """
    chosen = select_factor(enrolled, requested)
    view: dict[str, Any] = {"enrolled": enrolled, "chosen": chosen, "then": then}
    if chosen is None:
        return view
    view["address"] = "" if chosen.factor is default_factor() else f"/{chosen.id}"
    view["tries"] = tries_to_tell(chosen.errors, chosen.factor.max_errors, then)
    return view | dict(chosen.factor.view(chosen, factor_context()))
