"""What the database knows of a holder's checks and factors, for step_up's rules."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, Customer
from webapp.audit.actors import Actor
from webapp.audit.models import AuditEntry
from webapp.authenticators.factor import EnrolledFactor
from webapp.authenticators.factors import removed_events
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call.rules import State, callable_number
from webapp.authenticators.step_up.rules import (
    CHECK_VALIDITY,
    REMOVAL_DELAY,
    Check,
    Factors,
    Kind,
)

# Returns what one sign-in passed elsewhere, by its id: for applications, by enrolment.
CheckSource = Callable[[Session, Customer, str, datetime], list[Check]]
_SOURCES: Final[list[CheckSource]] = []


def register_source(source: CheckSource) -> None:
    """Let checks count that were passed for something else than a step-up."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def factors_of(
    session: Session,
    customer: Customer,
    enrolled: tuple[EnrolledFactor, ...],
    now: datetime,
    *,
    calls: bool,
) -> Factors:
    """Return what a customer is checked by; `enrolled` are those that may be used here.

    `calls` says whether this centre checks by phone.
    """
    changed_at = session.scalar(
        select(func.max(AccountChange.made_at)).where(
            AccountChange.customer_id == customer.id
        )
    )
    removed_at = session.scalar(
        select(func.max(AuditEntry.at)).where(
            AuditEntry.customer_id == customer.id,
            AuditEntry.event.in_(removed_events()),
            AuditEntry.actor == str(Actor.customer(customer.id)),
            AuditEntry.at > now - REMOVAL_DELAY,
        )
    )
    return Factors(
        has_any=bool(enrolled),
        is_callable=calls and callable_number(customer.phone) is not None,
        any_locked=any(factor.locked for factor in enrolled),
        changed_at=changed_at,
        removed_at=removed_at,
    )


def checks_of(
    session: Session, customer: Customer, login_session_id: str | None, now: datetime
) -> list[Check]:
    """Return what one sign-in passed, for applications or by a call before an act."""
    if login_session_id is None:
        return []
    ended = session.scalars(
        select(PhoneCall.ended_at).where(
            PhoneCall.customer_id == customer.id,
            PhoneCall.login_session == login_session_id,
            PhoneCall.state == State.RIGHT,
            PhoneCall.ended_at > now - CHECK_VALIDITY,
        )
    )
    checks = [Check(Kind.PHONE, at) for at in ended if at is not None]
    for source in _SOURCES:
        checks += source(session, customer, login_session_id, now)
    return checks
