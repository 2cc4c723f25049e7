"""Lead an application through its steps. No commits here."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, Customer
from webapp.accounts.service import lock_customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.factors import enrolled_factors, second_factors
from webapp.authenticators.models import PhoneCall
from webapp.authenticators.recent_checks import still_counts
from webapp.ca.certificate_types import Types
from webapp.certificates.errors import PhoneOnlyError, UnknownPlaceError
from webapp.certificates.lifecycle import Purpose
from webapp.certificates.models import Certificate
from webapp.certificates.records.copies import CopyEvent, StorageKind, record_copy
from webapp.db import lock
from webapp.enrolment.eligibility import require_eligible
from webapp.enrolment.errors import (
    PrivacyNotAcceptedError,
    TermsNotAcceptedError,
    UnknownApplicationError,
)
from webapp.enrolment.guards import (
    STEP_TIMEOUT,
    advance,
    has_certificate,
    lock_application,
    require_active,
    require_step,
)
from webapp.enrolment.models import Application, CloseReason
from webapp.enrolment.steps import CHECKS, RequiredChecks, Step, steps_of

LOOKED_BACK = timedelta(hours=2)  # longer than a check can last and a walk takes
MOST_LOOKED_AT = 20
OVER = "over"  # a call that is no longer waited for
PLACES = ("browser", "phone", "hard-disk", "removable-disk", "file")
TERMS_VERSION = "2026-11-3"
PRIVACY_VERSION = "2026-11-1"


def open_application(
    session: Session,
    customer: Customer,
    now: datetime,
    *,
    purpose: Purpose = Purpose.ISSUE,
    replaced: Certificate | None = None,
    login_session_id: str | None = None,
    checks_last: timedelta = timedelta(0),
) -> str:
    """Return the id of the customer's open application for this; else start one.

    One that is for something else, or has expired, makes room; one whose certificate is
    issued and not yet kept has to be finished first. Two tabs get the same one. Whether
    `replaced` may be re-issued or renewed was asked before.
    """
    lock_customer(session, customer)
    request = (purpose, replaced.id if replaced else None)
    application = find_active(session, customer)
    if application is not None and has_certificate(session, application):
        return application.id
    if application is not None:
        is_same = (application.purpose, application.replaces_id) == request
        if is_same and application.expires_at > now:
            if application.login_session_id not in (None, login_session_id):
                take_over_session(session, application, login_session_id, now)
            return application.id
        _close(
            session,
            application,
            now,
            CloseReason.REPLACED if not is_same else CloseReason.EXPIRED,
        )
    new = Application(
        id=secrets.token_urlsafe(16),
        customer_id=customer.id,
        started_at=now,
        expires_at=now + STEP_TIMEOUT,
        purpose=purpose,
        login_session_id=login_session_id,
        replaces_id=replaced.id if replaced else None,
        type_id=replaced.type_id if replaced else None,
        proof_challenge=secrets.token_bytes(32) if purpose == Purpose.RENEW else None,
    )
    for column, passed_at in _earlier(session, new, customer, checks_last).items():
        setattr(new, column, passed_at)
    try:
        with session.begin_nested():
            session.add(new)
    except IntegrityError:  # the other tab was first
        return open_application(
            session,
            customer,
            now,
            purpose=purpose,
            replaced=replaced,
            login_session_id=login_session_id,
            checks_last=checks_last,
        )
    return new.id


def _earlier(
    session: Session, new: Application, customer: Customer, lasts: timedelta
) -> dict[str, datetime]:
    """Return which checks the same sign-in passed, and when, that still count."""
    if not lasts or new.login_session_id is None or new.purpose == Purpose.RENEW:
        return {}
    now = new.started_at
    before = session.scalars(
        select(Application)
        .where(
            Application.customer_id == customer.id,
            Application.login_session_id == new.login_session_id,
            Application.started_at > now - LOOKED_BACK,
        )
        .order_by(Application.started_at.desc(), Application.id)
        .limit(MOST_LOOKED_AT)
    ).all()
    changed_at = session.scalar(
        select(func.max(AccountChange.made_at)).where(
            AccountChange.customer_id == customer.id
        )
    )
    # What wrong answers locked since helps nobody before the counter unlocks it.
    ids = [factor.id for factor in second_factors()]
    enrolled = enrolled_factors(session, customer, ids, now)
    is_locked = any(factor.locked for factor in enrolled)
    still_valid: dict[str, datetime] = {}
    for step, column in CHECKS.items():
        passed = [getattr(application, column) for application in before]
        counts = [
            passed_at
            for passed_at in passed
            if still_counts(passed_at, now, lasts, changed_at)
        ]
        if counts and not (step is Step.SECURITY_CARD and is_locked):
            still_valid[column] = max(counts)
    return still_valid


def take_over_session(
    session: Session,
    application: Application,
    login_session_id: str | None,
    now: datetime,
) -> None:
    """Let another sign-in of the customer go on, which passes every check itself.

    Whoever knows the password only must not walk on where the holder stood. A call that
    is open ends: its digits stand on the other screen.
    """
    lock_application(session, application)
    # Every column is written, whatever this session believes stands in them.
    session.execute(
        update(Application)
        .where(Application.id == application.id)
        .values(
            login_session_id=login_session_id,
            identity_confirmed_at=None,
            phone_checked_at=None,
            card_checked_at=None,
            proved_at=None,
            proof_challenge=(
                secrets.token_bytes(32)
                if application.purpose == Purpose.RENEW
                else None
            ),
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(PhoneCall)
        .where(PhoneCall.application_id == application.id, PhoneCall.ended_at.is_(None))
        .values(state=OVER, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    session.refresh(application)


def clear_checks(application: Application) -> None:
    """Take the passed checks back in this copy; terms, type and approval stay."""
    application.identity_confirmed_at = None
    application.phone_checked_at = None
    application.card_checked_at = None
    application.proved_at = None


def find_active(session: Session, customer: Customer) -> Application | None:
    """Return the customer's application that is not closed, expired or not."""
    return session.scalar(
        select(Application)
        .where(Application.customer_id == customer.id, Application.closed_at.is_(None))
        .execution_options(populate_existing=True)
    )


def find_resumable(
    session: Session, customer: Customer, now: datetime
) -> Application | None:
    """Return what the customer can go on with: neither closed nor run out.

    One whose certificate is issued and not yet kept never runs out.
    """
    application = find_active(session, customer)
    if application is None:
        return None
    goes_on = application.expires_at > now or has_certificate(session, application)
    return application if goes_on else None


def find_declined(session: Session, customer: Customer) -> Application | None:
    """Return the customer's latest application, if the counter declined it."""
    latest = session.scalar(
        select(Application)
        .where(Application.customer_id == customer.id)
        .order_by(Application.started_at.desc(), Application.id)
        .limit(1)
    )
    declined = latest is not None and latest.closed_because == CloseReason.DECLINED
    return latest if declined else None


def steps_for(
    application: Application, checks: RequiredChecks, types: Types
) -> tuple[Step, ...]:
    """Return the steps of an application as it stands."""
    chosen = types.get(application.type_id or "")
    approval = chosen is not None and chosen.approval
    return steps_of(application.purpose, checks, approval=approval)


def find(session: Session, customer: Customer, application_id: str) -> Application:
    """Return the customer's own application.

    Raises:
        UnknownApplicationError: there is none, or it is somebody else's.
    """
    application = session.scalar(
        select(Application).where(
            Application.id == application_id, Application.customer_id == customer.id
        )
    )
    if application is None:
        raise UnknownApplicationError
    return application


def restart(session: Session, application: Application, now: datetime) -> None:
    """Close an application, so that the next start makes a new one."""
    lock_application(session, application)
    _close(session, application, now, CloseReason.BEGUN_AGAIN)


def accept_terms(
    session: Session,
    application: Application,
    *,
    terms: str,
    privacy: str,
    now: datetime,
) -> None:
    """Keep which terms and which use of personal data were accepted, and when.

    `terms` and `privacy` are the versions that were ticked; empty where none was. They
    are two consents: nobody gives one by giving the other.

    Raises:
        TermsNotAcceptedError, PrivacyNotAcceptedError: one is missing, or its text
            changed meanwhile.
        ApplicationError: the application is over, or has its certificate.
    """
    lock_application(session, application)
    require_active(session, application, now)
    if terms != TERMS_VERSION:
        raise TermsNotAcceptedError
    if privacy != PRIVACY_VERSION:
        raise PrivacyNotAcceptedError
    customer_id = application.customer_id
    if application.terms_accepted_at is None:
        application.terms_version = terms
        application.terms_accepted_at = now
        record(session, AuditEvent.TERMS_ACCEPTED, customer_id=customer_id, at=now)
    if application.privacy_accepted_at is None:
        application.privacy_version = privacy
        application.privacy_accepted_at = now
        record(session, AuditEvent.PRIVACY_ACCEPTED, customer_id=customer_id, at=now)
    advance(session, application, now)


def choose_type(
    session: Session,
    application: Application,
    customer: Customer,
    *,
    type_id: str,
    types: Types,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Keep the type; it can be changed until something rests on it.

    Raises:
        UnknownTypeError: there is none of that name for this customer.
        TypeLimitError: the customer has as many as may be.
    """
    lock_application(session, application)
    require_active(session, application, now)
    require_step(application, Step.TYPE, steps)
    require_eligible(session, customer, types, type_id, now)
    # An approval was for the other type.
    session.execute(
        update(Application)
        .where(
            Application.id == application.id,
            Application.type_id.is_distinct_from(type_id),
        )
        .values(type_id=type_id, approval_asked_at=None, approved_at=None)
        .execution_options(synchronize_session=False)
    )
    session.refresh(application, ["type_id", "approval_asked_at", "approved_at"])
    advance(session, application, now)


def confirm_stored(
    session: Session,
    certificate: Certificate,
    *,
    place: str,
    now: datetime,
    device: str = "",
    is_phone_only: bool = False,
) -> None:
    """Note that the browser stored the certificate and read it back (step 10).

    Raises:
        UnknownPlaceError: a new certificate is not stored there.
        PhoneOnlyError: one of this type is stored on a phone and nowhere else.
    """
    if place not in PLACES:
        raise UnknownPlaceError
    if is_phone_only and place != StorageKind.PHONE:
        raise PhoneOnlyError
    lock_customer(session, session.get_one(Customer, certificate.customer_id))
    application = session.get_one(Application, certificate.application_id)
    lock(session, application, certificate)
    if certificate.delivered_at is None:
        certificate.delivered_at = now
        mark_stored(session, certificate.application_id, place, now)
        record_copy(
            session,
            certificate,
            place=place,
            event=CopyEvent.MADE,
            device=device,
            now=now,
        )
        record(
            session,
            AuditEvent.CERTIFICATE_DELIVERED,
            customer_id=certificate.customer_id,
            certificate_id=certificate.id,
            at=now,
        )


def mark_stored(
    session: Session, application_id: str, place: str, now: datetime
) -> None:
    """Note that the certificate stands where its holder wants it; no commit."""
    session.execute(
        update(Application)
        .where(Application.id == application_id, Application.delivered_at.is_(None))
        .values(
            delivered_at=now,
            place=place,
            closed_at=now,
            closed_because=CloseReason.DONE,
        )
    )


def close_superseded(session: Session, application_id: str, now: datetime) -> None:
    """Close an application whose certificate will never be signed; no commit."""
    session.execute(
        update(Application)
        .where(Application.id == application_id)
        .values(closed_at=now, closed_because=CloseReason.OVERTAKEN)
    )


def _close(
    session: Session, application: Application, now: datetime, why: CloseReason
) -> None:
    session.execute(
        update(Application)
        .where(Application.id == application.id, Application.closed_at.is_(None))
        .values(closed_at=now, closed_because=why)
    )
