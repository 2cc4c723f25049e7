"""What this centre will ask for, cost and take, from its settings and its types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.authenticators.factor import EnrolledFactor
from webapp.authenticators.factors import (
    describe_factors,
    enrolled_factors,
    named_factors,
)
from webapp.authenticators.phone_call.rules import masked
from webapp.ca.certificate_types import CertificateType
from webapp.ca.context import current_ca
from webapp.config import Config
from webapp.enrolment.eligibility import eligible_types

_LEAST_MINUTES = 2  # reading, choosing, a password, the key


@dataclass(frozen=True, slots=True)
class Requirements:
    """What somebody has at hand, pays and waits before a certificate is theirs."""

    types: Sequence[CertificateType]
    things: Sequence[str]
    minutes: int


def general_requirements() -> Requirements:
    """Return what the first page tells those who have not signed in."""
    config = current_ca().config
    types = [type_ for type_ in current_ca().types.values() if type_.offered]
    return Requirements(types, _things(config, phone="", enrolled=()), _minutes(config))


def requirements_for(
    session: Session, customer: Customer, now: datetime
) -> Requirements:
    """Return what a customer needs: their own phone, masked, and their own factors."""
    config = current_ca().config
    enrolled = enrolled_factors(session, customer, config.second_checks, now)
    types = eligible_types(session, customer, current_ca().types, now)
    things = _things(
        config,
        phone=masked(customer.phone) if customer.phone else "",
        enrolled=enrolled,
    )
    return Requirements(types, things, _minutes(config))


def _things(
    config: Config, *, phone: str, enrolled: Sequence[EnrolledFactor]
) -> list[str]:
    things = [
        (True, _("your date of birth")),
        (config.ask_account, _("your account number and its PIN")),
        (config.require_phone_check, _phone(phone)),
        (config.require_security_card, _second_check(config, enrolled)),
        (True, _("a new password for the certificate")),
    ]
    return [thing for is_needed, thing in things if is_needed]


def _phone(number: str) -> str:
    if not number:
        return str(_("your phone"))
    return str(_("your phone, number %(number)s", number=number))


def _second_check(config: Config, enrolled: Sequence[EnrolledFactor]) -> str:
    """Return what the second check asks for: what all have, or any of the others."""
    allowed = named_factors(config.second_checks)
    of_all = [factor.id for factor in allowed if not factor.is_enrolled_by_holder]
    return describe_factors(of_all[:1] or config.second_checks, enrolled)


def _minutes(config: Config) -> int:
    return _LEAST_MINUTES + config.require_phone_check + config.require_security_card
