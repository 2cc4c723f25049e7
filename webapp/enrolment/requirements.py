"""What this centre will ask for, cost and take, from its settings and its types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.authenticators.phone_call.rules import masked
from webapp.authenticators.security_card.service import find_card
from webapp.ca.certificate_types import CertificateType
from webapp.ca.context import current_ca
from webapp.config import Config
from webapp.enrolment.eligibility import eligible_types

_LEAST_MINUTES = 2  # reading, choosing, a password, the key
_CARD = "card"


@dataclass(frozen=True, slots=True)
class Requirements:
    """What somebody has at hand, pays and waits before a certificate is theirs."""

    types: Sequence[CertificateType]
    things: Sequence[str]
    minutes: int


def general_requirements() -> Requirements:
    """Return what the first page tells those who have not signed in."""
    config = current_ca().config
    types = [each for each in current_ca().types.values() if each.offered]
    return Requirements(types, _things(config, phone="", card=""), _minutes(config))


def requirements_for(
    session: Session, customer: Customer, now: datetime
) -> Requirements:
    """Return what a customer needs: their own phone, masked, and their own card."""
    config, card = current_ca().config, find_card(session, customer)
    types = eligible_types(session, customer, current_ca().types, now)
    things = _things(
        config,
        phone=masked(customer.phone) if customer.phone else "",
        card=card.number[-4:] if card else "",
    )
    return Requirements(types, things, _minutes(config))


def _things(config: Config, *, phone: str, card: str) -> list[str]:
    things = [
        (True, _("your date of birth")),
        (config.ask_account, _("your account number and its PIN")),
        (config.require_phone_check, _phone(phone)),
        (config.require_security_card, _second_check(config, card)),
        (True, _("a new password for the certificate")),
    ]
    return [thing for is_needed, thing in things if is_needed]


def _phone(number: str) -> str:
    if not number:
        return str(_("your phone"))
    return str(_("your phone, number %(number)s", number=number))


def _second_check(config: Config, card: str) -> str:
    if _CARD not in config.second_checks:
        return str(_("your authenticator app or passkey"))
    if not card:
        return str(_("your security card"))
    return str(_("your security card that ends in %(digits)s", digits=card))


def _minutes(config: Config) -> int:
    return _LEAST_MINUTES + config.require_phone_check + config.require_security_card
