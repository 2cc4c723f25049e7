"""What account holders do with their factors: pass a step, step up, remove."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.holders import AccountHolder, record_for
from webapp.accounts.models import Customer
from webapp.accounts.service import lock_holder
from webapp.authenticators.factor import Factor, LastFactorError
from webapp.authenticators.factors import enrolled_factors
from webapp.enrolment.guards import hold, move_on, require_alive, require_step
from webapp.enrolment.models import Application
from webapp.enrolment.steps import Step
from webapp.exceptions import AppError


def complete_step(
    session: Session,
    application: Application,
    verify: Callable[[], None],
    *,
    factor: Factor,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Pass the second check of an application if `verify` raises nothing; commit.

    Sent twice, as by a double press, it is passed once and nothing is refused.
    """
    hold(session, application)
    require_alive(session, application, now)
    require_step(application, Step.SECURITY_CARD, steps)
    if application.card_checked_at is not None:
        return
    try:
        verify()
    except AppError:
        session.refresh(application)  # another answer was faster, and right
        if application.card_checked_at is not None:
            return
        raise
    hold(session, application)  # an answer that is used up ended the transaction
    if application.card_checked_at is not None:
        session.commit()
        return
    application.card_checked_at = now
    customer = session.get_one(Customer, application.customer_id)
    record_use(session, customer, factor, now)
    move_on(session, application, now)
    session.commit()


def step_up(
    session: Session,
    holder: AccountHolder,
    verify: Callable[[], None],
    *,
    factor: Factor,
    now: datetime,
) -> None:
    """Show once more who one is, before an act or another enrolment; commit."""
    lock_holder(session, holder)
    verify()
    record_use(session, holder, factor, now)
    session.commit()


def record_use(
    session: Session, holder: AccountHolder, factor: Factor, now: datetime
) -> None:
    """Note that somebody showed who they are; the caller commits."""
    record_for(session, factor.used_event, holder, at=now)


def remove_own(
    session: Session,
    holder: AccountHolder,
    factor: Factor,
    authenticator_id: int | None = None,
    *,
    keep_one: Collection[str] = (),
    now: datetime,
) -> None:
    """Forget a factor of one's own; commit.

    Raises:
        LastFactorError: nothing of the ids in `keep_one` would be left.
        RefusedError: there is none, the factor's own error.
    """
    lock_holder(session, holder)
    if not factor.remove(
        session, holder, authenticator_id=authenticator_id, actor=None, now=now
    ):
        raise factor.not_enrolled
    if keep_one and not enrolled_factors(session, holder, keep_one, now):
        session.rollback()
        raise LastFactorError
    session.commit()
