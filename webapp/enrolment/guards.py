"""Who may go on in an application, and going on: what every step asks and does."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import lock_customer
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.db import lock
from webapp.enrolment.errors import (
    ApplicationDeclinedError,
    ApplicationExpiredError,
    ApplicationOvertakenError,
    ApplicationReplacedError,
    StepOutOfOrderError,
)
from webapp.enrolment.models import Application, CloseReason
from webapp.enrolment.steps import Step, may_open, next_step

STEP_TIMEOUT = timedelta(minutes=15)


def lock_application(session: Session, application: Application) -> None:
    """Lock an application and whose it is, and read both again.

    What a step asks and does is true until it is committed: nobody else changes the
    application, the customer's checks or certificates meanwhile.

    Raises:
        SignInEndedError: the customer's sign-ins ended since the request began.
        StepOutOfOrderError: another sign-in of the customer took over.
    """
    login_session_id = application.login_session_id
    lock_customer(session, session.get_one(Customer, application.customer_id))
    lock(session, application)
    if application.login_session_id != login_session_id:
        session.rollback()
        raise StepOutOfOrderError


def require_issuable(
    application: Application, steps: tuple[Step, ...], now: datetime
) -> str:
    """Return the chosen type of an application whose certificate may be issued.

    Raises:
        ApplicationError: it is closed, or too long passed since the last step.
        StepOutOfOrderError: a step before issuing is still open.
    """
    require_not_closed(application, now)
    if application.type_id is None:
        raise StepOutOfOrderError
    if next_step(steps, application.passed) is not Step.KEEP:
        raise StepOutOfOrderError
    return application.type_id


def require_step(application: Application, step: Step, steps: tuple[Step, ...]) -> None:
    """Refuse a step that is not yet open.

    Raises:
        StepOutOfOrderError: an earlier step is still open.
    """
    if not may_open(step, steps, application.passed):
        raise StepOutOfOrderError


def require_active(session: Session, application: Application, now: datetime) -> None:
    """Refuse a step of an application that is over, or has its certificate.

    Raises:
        ApplicationExpiredError, ApplicationReplacedError, ApplicationDeclinedError
        StepOutOfOrderError: the certificate is issued.
    """
    require_not_closed(application, now)
    if has_certificate(session, application):
        raise StepOutOfOrderError


def advance(session: Session, application: Application, now: datetime) -> None:
    """Note a passed step; the time for the next one begins.

    Raises:
        StepOutOfOrderError: another sign-in took over meanwhile.
    """
    login_session_id = application.login_session_id
    application.expires_at = max(application.expires_at, now + STEP_TIMEOUT)
    session.flush()  # from here on nobody else writes to this row
    now_walked_by = session.scalar(
        select(Application.login_session_id).where(Application.id == application.id)
    )
    if now_walked_by != login_session_id:
        session.rollback()
        raise StepOutOfOrderError


def has_certificate(session: Session, application: Application) -> bool:
    """Tell whether a certificate came out of an application, signed or reserved."""
    certificate_id = session.scalar(
        select(Certificate.id).where(
            Certificate.application_id == application.id,
            Certificate.state != StoredState.VOID,
        )
    )
    return certificate_id is not None


_WHY = {
    CloseReason.REPLACED: ApplicationReplacedError,
    CloseReason.DECLINED: ApplicationDeclinedError,
    CloseReason.OVERTAKEN: ApplicationOvertakenError,
}


def require_not_closed(application: Application, now: datetime) -> None:
    """Refuse what is closed or has run out, with a certificate or without.

    Raises:
        ApplicationError: it says why.
    """
    if application.closed_at is not None:
        raise _WHY.get(
            CloseReason(application.closed_because or CloseReason.EXPIRED),
            ApplicationExpiredError,
        )
    if application.expires_at <= now:
        raise ApplicationExpiredError
