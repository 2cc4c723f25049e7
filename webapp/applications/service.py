"""Walk an application through its steps; each passed step is committed at once."""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.applications.models import Application
from webapp.applications.steps import Step, may_open, next_step
from webapp.audit.service import record
from webapp.certificates.models import Certificate
from webapp.pki.profiles import PROFILES

TERMS_VERSION = "2026-11"
LIFE = timedelta(minutes=15)


class ApplicationError(Exception):
    """A step of an application was refused."""

    code = "application_refused"


class UnknownApplicationError(ApplicationError):
    """This person has no such application."""

    code = "unknown_application"


class ApplicationExpiredError(ApplicationError):
    """Too long passed since the last step."""

    code = "application_expired"


class StepOutOfOrderError(ApplicationError):
    """An earlier step is still open."""

    code = "step_out_of_order"


class TermsNotAcceptedError(ApplicationError):
    """The terms were sent on without being accepted, or changed meanwhile."""

    code = "terms_not_accepted"


class IdentityMismatchError(ApplicationError):
    """The date of birth is not the registered one."""

    code = "identity_mismatch"


class UnknownTypeError(ApplicationError):
    """The centre does not offer this type of certificate."""

    code = "unknown_type"


def open_application(session: Session, customer: Customer, now: datetime) -> str:
    """Return the id of the customer's open application; start one if there is none.

    One that expired before anything was issued is closed and replaced. Two tabs get
    the same one.
    """
    found = _open_one(session, customer)
    if found is not None and (found.expires_at > now or _is_issued(session, found)):
        return found.id
    if found is not None:
        _close(session, found, now)
    fresh = Application(
        id=secrets.token_urlsafe(16),
        customer_id=customer.id,
        started_at=now,
        expires_at=now + LIFE,
    )
    session.add(fresh)
    try:
        session.commit()
    except IntegrityError:  # the other tab was first
        session.rollback()
        return open_application(session, customer, now)
    return fresh.id


def find(session: Session, customer: Customer, application_id: str) -> Application:
    """Return the customer's own application.

    Raises:
        UnknownApplicationError: there is none, or it is somebody else's.
    """
    found = session.scalar(
        select(Application).where(
            Application.id == application_id, Application.customer_id == customer.id
        )
    )
    if found is None:
        raise UnknownApplicationError
    return found


def begin_again(session: Session, application: Application, now: datetime) -> None:
    """Close an application, so that the next start makes a new one."""
    _close(session, application, now)
    session.commit()


def accept_terms(
    session: Session,
    application: Application,
    *,
    version: str,
    accepted: bool,
    now: datetime,
) -> None:
    """Keep which terms were accepted, and when."""
    _require_alive(session, application, now)
    if not accepted or version != TERMS_VERSION:
        raise TermsNotAcceptedError
    if application.terms_accepted_at is None:
        application.terms_version = version
        application.terms_accepted_at = now
        record(session, "terms.accepted", customer_id=application.customer_id, at=now)
    _move_on(session, application, now)


def confirm_identity(
    session: Session,
    application: Application,
    customer: Customer,
    *,
    birth_date: date | None,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Compare the date of birth with the registered one."""
    _require_alive(session, application, now)
    require_step(application, Step.YOU, steps)
    if birth_date != customer.birth_date:
        raise IdentityMismatchError
    application.identity_confirmed_at = now
    _move_on(session, application, now)


def choose_type(
    session: Session,
    application: Application,
    *,
    type_id: str,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Keep the type; it can be changed until the certificate is issued."""
    _require_alive(session, application, now)
    require_step(application, Step.TYPE, steps)
    if type_id not in PROFILES:
        raise UnknownTypeError
    application.type_id = type_id
    _move_on(session, application, now)


def require_ready(
    application: Application, steps: tuple[Step, ...], now: datetime
) -> str:
    """Return the chosen type of an application whose certificate may be issued.

    Raises:
        ApplicationExpiredError: too long passed since the last step.
        StepOutOfOrderError: a step before issuing is still open.
    """
    if application.closed_at is not None or application.expires_at <= now:
        raise ApplicationExpiredError
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


def mark_delivered(
    session: Session, application_id: str, place: str, now: datetime
) -> None:
    """Note that the certificate stands where its holder wants it; no commit."""
    session.execute(
        update(Application)
        .where(Application.id == application_id, Application.delivered_at.is_(None))
        .values(delivered_at=now, place=place, closed_at=now)
    )


def _open_one(session: Session, customer: Customer) -> Application | None:
    return session.scalar(
        select(Application).where(
            Application.customer_id == customer.id, Application.closed_at.is_(None)
        )
    )


def _is_issued(session: Session, application: Application) -> bool:
    found = session.scalar(
        select(Certificate.id).where(Certificate.application_id == application.id)
    )
    return found is not None


def _require_alive(session: Session, application: Application, now: datetime) -> None:
    if application.closed_at is not None or application.expires_at <= now:
        raise ApplicationExpiredError
    if _is_issued(session, application):
        raise StepOutOfOrderError


def _close(session: Session, application: Application, now: datetime) -> None:
    session.execute(
        update(Application)
        .where(Application.id == application.id, Application.closed_at.is_(None))
        .values(closed_at=now)
    )


def _move_on(session: Session, application: Application, now: datetime) -> None:
    application.expires_at = now + LIFE
    session.commit()
