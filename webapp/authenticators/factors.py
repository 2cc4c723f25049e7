"""The one table of authentication factors, and the questions that are asked of it.

A new factor is a subclass of `Factor` in a module of its own, a template and a row
here. The table is read when it is asked, so that a row may be added while nothing runs.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from babel.lists import format_list
from flask_babel import LazyString, get_locale
from sqlalchemy.orm import Session

from webapp.accounts.holders import AccountHolder
from webapp.audit.labels import LabelledCode
from webapp.authenticators.factor import (
    EnrolledFactor,
    Factor,
    FactorContext,
    FactorKind,
    Removal,
)
from webapp.authenticators.passkey.factor import PasskeyFactor
from webapp.authenticators.phone_call.factor import PhoneCallFactor
from webapp.authenticators.security_card.factor import SecurityCardFactor
from webapp.authenticators.totp.factor import TotpFactor
from webapp.config import Config
from webapp.config.second_factors import FactorOption
from webapp.exceptions import AppError, ErrorMessage

# In the order in which they are shown.
FACTORS: dict[str, Factor] = {
    factor.id: factor
    for factor in (
        SecurityCardFactor(),
        PhoneCallFactor(),
        TotpFactor(),
        PasskeyFactor(),
    )
}


class UnknownFactorError(AppError):
    """There is no factor at this address."""

    code = "unknown_page"


def find_factor(name: str) -> Factor:
    """Return the factor of an id, or of the path of its pages.

    Raises:
        UnknownFactorError
    """
    for factor in FACTORS.values():
        if name in (factor.id, factor.path):
            return factor
    raise UnknownFactorError


def default_factor() -> Factor:
    """Return the first row: its answers are sent to the address of the check itself."""
    return next(iter(FACTORS.values()))


def second_factors() -> tuple[Factor, ...]:
    """Return what can be used in the step of the second check."""
    return tuple(
        factor for factor in FACTORS.values() if factor.kind is FactorKind.SECOND_FACTOR
    )


def factor_options() -> tuple[FactorOption, ...]:
    """Return what the settings may name as second factor, in the table's order."""
    return tuple(FactorOption(row.id, row.needs_key) for row in second_factors())


def enrollable_factors() -> tuple[Factor, ...]:
    """Return what holders enrol and remove themselves."""
    return tuple(factor for factor in FACTORS.values() if factor.is_enrolled_by_holder)


def factors_for_operators() -> tuple[Factor, ...]:
    """Return what operators may have beside their password."""
    return tuple(factor for factor in FACTORS.values() if factor.is_for_operators)


def operator_factors(context: FactorContext) -> tuple[Factor, ...]:
    """Return operators' factors, the strongest first that is usable at this address."""
    strongest_first = reversed(factors_for_operators())
    return tuple(sorted(strongest_first, key=lambda row: not row.is_usable(context)))


def named_factors(ids: Iterable[str]) -> tuple[Factor, ...]:
    """Return the factors of these ids, in that order; what is unknown is left out."""
    return tuple(FACTORS[id_] for id_ in ids if id_ in FACTORS)


def describe_factors(
    ids: Iterable[str], enrolled: Iterable[EnrolledFactor] = ()
) -> str:
    """Return what a customer has at hand for any of these: "your … or your …"."""
    records = {owned.id: owned for owned in enrolled}
    things = [factor.thing(records.get(factor.id)) for factor in named_factors(ids)]
    return format_list(things, style="or", locale=get_locale())


def step_up_factors(config: Config) -> tuple[str, ...]:
    """Return the ids of what may show who a customer is before an act, in order."""
    always = [factor.id for factor in FACTORS.values() if factor.always_sets_up_others]
    return tuple(dict.fromkeys((*always, *config.second_checks)))


def enrolled_factors(
    session: Session, holder: AccountHolder, allowed: Iterable[str], now: datetime
) -> tuple[EnrolledFactor, ...]:
    """Return what the holder has of the allowed ids, in that order."""
    enrolled = (factor.find(session, holder, now) for factor in named_factors(allowed))
    return tuple(owned for owned in enrolled if owned is not None)


def all_enrolled_factors(
    session: Session, holder: AccountHolder, now: datetime
) -> tuple[EnrolledFactor, ...]:
    """Return all that the holder has, whatever is allowed."""
    return enrolled_factors(session, holder, tuple(FACTORS), now)


def select_factor(
    enrolled: tuple[EnrolledFactor, ...], requested: str | None
) -> EnrolledFactor | None:
    """Return the requested one, else the first that is not locked, else any."""
    usable = [factor for factor in enrolled if not factor.locked]
    asked = [factor for factor in enrolled if factor.id == requested]
    return next(iter([*asked, *usable, *enrolled]), None)


def require_enrolled(enrolled: Iterable[EnrolledFactor], factor: Factor) -> None:
    """Refuse a factor that somebody does not have, or that is not allowed here.

    Raises:
        AppError: the factor's own.
    """
    if all(enrolled_factor.id != factor.id for enrolled_factor in enrolled):
        raise factor.not_enrolled


def removed_events() -> tuple[LabelledCode, ...]:
    """Return the events of a factor that was taken away."""
    return tuple(
        factor.removed_event for factor in FACTORS.values() if factor.removed_event
    )


def find_removal(act: str) -> tuple[Factor, Removal] | None:
    """Return the factor that an act of the counter takes away; None: another act."""
    for factor in FACTORS.values():
        if factor.removal is not None and factor.removal.act == act:
            return factor, factor.removal
    return None


def factor_events() -> tuple[LabelledCode, ...]:
    """Return the events of factors that have their own, beside AuditEvent."""
    return tuple(event for factor in FACTORS.values() for event in factor.events)


def messages() -> Mapping[str, LazyString]:
    """Return what pages say after something was done with a factor, by its name."""
    sentences: dict[str, LazyString] = {}
    for factor in FACTORS.values():
        sentences |= factor.messages
        if factor.removal is not None:
            sentences[factor.removal.act] = factor.removal.done
    return sentences


def error_messages() -> Mapping[str, ErrorMessage]:
    """Return what people read for the refusals of all factors."""
    return {
        code: message
        for factor in FACTORS.values()
        for code, message in factor.error_messages.items()
    }
