"""The security-card step of an application, by whichever way it is passed."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts.holders import AccountHolder, record_for
from webapp.accounts.models import Customer
from webapp.applications.going_on import hold, move_on, require_alive, require_step
from webapp.applications.models import Application
from webapp.applications.steps import Step
from webapp.identity.ways import Way
from webapp.refusals import RefusedError

FACTS = {
    Way.CARD: "card.answered",
    Way.ONE_TIME: "one_time.used",
    Way.PASSKEY: "passkey.used",
}


def pass_step(
    session: Session,
    application: Application,
    check: Callable[[], None],
    *,
    way: Way,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Pass the step if `check` refuses nothing; commit.

    Sent twice, as by a double press, it is passed once and nothing is refused.
    """
    hold(session, application)
    require_alive(session, application, now)
    require_step(application, Step.SECURITY_CARD, steps)
    if application.card_checked_at is not None:
        return
    try:
        check()
    except RefusedError:
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
    record_use(session, customer, way, now)
    move_on(session, application, now)


def record_use(
    session: Session, holder: AccountHolder, way: Way, now: datetime
) -> None:
    """Note that somebody showed who they are; the caller commits."""
    record_for(session, FACTS[way], holder, at=now)
