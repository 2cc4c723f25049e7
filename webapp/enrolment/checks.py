"""The checks of an application: the phone call and the second factor.

They are answered in `authenticators`, which knows no application: it tells of a call
that ended right, and asks what a sign-in passed, through what is registered here. The
caller commits.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.authenticators.factor import Factor
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.phone_call import calls, service
from webapp.authenticators.second_factor import record_use
from webapp.authenticators.step_up.rules import Check, Kind
from webapp.authenticators.step_up.service import register_source
from webapp.db import lock
from webapp.enrolment.errors import ApplicationError
from webapp.enrolment.guards import (
    advance,
    lock_application,
    require_active,
    require_step,
)
from webapp.enrolment.models import Application
from webapp.enrolment.service import LOOKED_BACK
from webapp.enrolment.steps import Step


class ApplicationCalls:
    """What happens to an application by a call that it asked for."""

    def lock(self, session: Session, application_id: str) -> None:
        """Lock an application whose customer is locked."""
        lock(session, session.get_one(Application, application_id))

    def complete_check(
        self, session: Session, application_id: str, now: datetime
    ) -> bool:
        """Pass the phone check of an application; False where it is over."""
        application = session.get_one(Application, application_id)
        try:
            require_active(session, application, now)
        except ApplicationError:
            return False
        if application.phone_checked_at is None:
            application.phone_checked_at = now
        advance(session, application, now)
        return True


def register() -> None:
    """Have authenticators tell of calls, and ask for what a sign-in passed."""
    calls.register_requester(ApplicationCalls())
    register_source(passed_checks)


def request_call(
    session: Session,
    application: Application,
    customer: Customer,
    *,
    steps: tuple[Step, ...],
    random_below: Callable[[int], int],
    now: datetime,
) -> PhoneCall | None:
    """Store a call that is to be placed now, and return it.

    `None` where there is nothing to place: a call is open, or the step is passed.

    Raises:
        ApplicationError: the application is over, or an earlier step is open.
        PhoneCheckError: no number, or too many calls, or too soon.
    """
    lock_application(session, application)
    require_active(session, application, now)
    require_step(application, Step.PHONE_CHECK, steps)
    if application.phone_checked_at is not None:
        return None
    origin = service.CallOrigin(application_id=application.id)
    call = service.request_call(
        session, customer, origin, random_below=random_below, now=now
    )
    if call is not None:
        # A call that is answered in time must not find the application over.
        application.expires_at = max(application.expires_at, call.ends_at)
    return call


def complete_second_factor(
    session: Session,
    application: Application,
    verify: Callable[[], None],
    *,
    factor: Factor,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Pass the second check of an application if `verify` raises nothing.

    Sent twice, as by a double press, it is passed once and nothing is refused.

    Raises:
        ApplicationError: the application is over, or an earlier step is open.
        AppError: what `verify` raises.
    """
    lock_application(session, application)
    require_active(session, application, now)
    require_step(application, Step.SECURITY_CARD, steps)
    if application.card_checked_at is not None:
        return
    verify()
    application.card_checked_at = now
    customer = session.get_one(Customer, application.customer_id)
    record_use(session, customer, factor, now)
    advance(session, application, now)


def passed_checks(
    session: Session, customer: Customer, login_session_id: str, now: datetime
) -> list[Check]:
    """Return what one sign-in passed for applications."""
    rows = session.execute(
        select(Application.card_checked_at, Application.phone_checked_at).where(
            Application.customer_id == customer.id,
            Application.login_session_id == login_session_id,
            Application.started_at > now - LOOKED_BACK,
        )
    )
    return [
        Check(kind, at)
        for row in rows
        for kind, at in zip((Kind.FACTOR, Kind.PHONE), row, strict=True)
        if at is not None
    ]
