"""Approve or decline an application whose type is approved at the counter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, Customer, Operator
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.db import lock
from webapp.enrolment.approval import APPROVAL_TTL
from webapp.enrolment.models import Application, CloseReason
from webapp.ra.approvals import four_eyes
from webapp.ra.approvals.acts import Justification
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.errors import (
    ApprovalChangedError,
    ApprovalClosedError,
    ApprovalDecidedError,
    ApprovalNotRequestedError,
    DeclineReasonError,
    NotFoundError,
)
from webapp.ra.locks import lock_for_service

MAX_SHOWN = 100
MAX_REASON = 200
_ID = re.compile(r"[\w-]{1,32}", re.ASCII)
_IS_WAITING = (
    Application.approval_asked_at.is_not(None),
    Application.approved_at.is_(None),
    Application.declined_at.is_(None),
    Application.closed_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class ReviewedVersion:
    """What an operator looked at when the button was pressed, as it was sent."""

    type_id: str
    asked_at: str  # ISO 8601


def list_pending(
    session: Session, now: datetime, *, limit: int = MAX_SHOWN
) -> list[tuple[Application, Customer]]:
    """Return the applications that wait for a decision, the oldest first."""
    rows = session.execute(
        select(Application, Customer)
        .join(Customer, Customer.id == Application.customer_id)
        .where(*_IS_WAITING, Application.expires_at > now)
        .order_by(Application.approval_asked_at)
        .limit(limit)
    )
    return [(application, customer) for application, customer in rows]


def find_waiting(
    session: Session, application_id: str, now: datetime
) -> tuple[Application, Customer]:
    """Return an application that waits for a decision, and its owner.

    Raises:
        NotFoundError, ApprovalNotRequestedError
        ApprovalDecidedError, ApprovalClosedError
    """
    application = _find(session, application_id)
    _require_undecided(application, now)
    return application, session.get_one(Customer, application.customer_id)


def approve(
    session: Session,
    operator: Operator,
    application_id: str,
    *,
    seen: ReviewedVersion,
    justification: Justification,
    now: datetime,
    other_hands: bool = False,
) -> Application:
    """Let an application go on; its owner has a week to do so.

    With `other_hands` nobody approves who registered its owner, or made the password,
    card or phone number with which they identify themselves.

    Raises:
        SelfServiceError, ForbiddenRoleError, ApprovalNotRequestedError
        ApprovalDecidedError, ApprovalClosedError, ApprovalChangedError,
        CredentialIssuerError
    """
    application = _require_waiting(session, operator, application_id, now)
    _require_seen(application, seen)
    if other_hands:
        require_other_hands(session, operator, application.customer_id)
    values: dict[str, object] = {"approved_at": now, "expires_at": now + APPROVAL_TTL}
    _decide(session, operator, application, values)
    _record(
        session,
        AuditEvent.APPLICATION_APPROVED,
        operator,
        application,
        now,
        justification.for_log(),
    )
    return application


def require_other_hands(session: Session, operator: Operator, owner: int) -> None:
    """Refuse whoever holds in hand what a customer identifies themselves with.

    Raises:
        CredentialIssuerError
    """
    changes = session.scalars(
        select(AccountChange)
        .where(AccountChange.customer_id == owner)
        .order_by(AccountChange.id)
    )
    four_eyes.require_other_hands(same_person_ids(session, operator), changes)


def decline(
    session: Session,
    operator: Operator,
    application_id: str,
    *,
    because: str,
    seen: ReviewedVersion,
    now: datetime,
) -> Application:
    """Close an application; its owner reads why.

    Raises:
        DeclineReasonError: without a reason nobody is declined.
        SelfServiceError, ForbiddenRoleError, ApprovalNotRequestedError
        ApprovalDecidedError, ApprovalClosedError, ApprovalChangedError
    """
    application = _require_waiting(session, operator, application_id, now)
    _require_seen(application, seen)
    if not 0 < len(because) <= MAX_REASON:
        raise DeclineReasonError
    values = {
        "declined_at": now,
        "declined_because": because,
        "closed_at": now,
        "closed_because": CloseReason.DECLINED,
    }
    _decide(session, operator, application, values)
    _record(session, AuditEvent.APPLICATION_DECLINED, operator, application, now)
    return application


def _require_waiting(
    session: Session, operator: Operator, application_id: str, now: datetime
) -> Application:
    application = _find(session, application_id)
    lock_for_service(
        session, operator, session.get_one(Customer, application.customer_id)
    )
    lock(session, application)
    _require_undecided(application, now)
    return application


def _find(session: Session, application_id: str) -> Application:
    is_id = _ID.fullmatch(application_id)
    application = session.get(Application, application_id) if is_id else None
    if application is None:
        raise NotFoundError
    return application


def _require_undecided(application: Application, now: datetime) -> None:
    if application.approved_at is not None or application.declined_at is not None:
        raise ApprovalDecidedError
    if application.closed_at is not None or application.expires_at <= now:
        raise ApprovalClosedError
    if application.approval_asked_at is None:
        raise ApprovalNotRequestedError


def _require_seen(application: Application, seen: ReviewedVersion) -> None:
    asked_at = application.approval_asked_at
    now_there = ReviewedVersion(
        application.type_id or "", asked_at.isoformat() if asked_at else ""
    )
    if now_there != seen:
        raise ApprovalChangedError


def _decide(
    session: Session,
    operator: Operator,
    application: Application,
    values: dict[str, object],
) -> None:
    """Store a decision about what was looked at, if there is none yet.

    Two operators may press at once, and the customer may choose another type.
    """
    type_id, asked_at = application.type_id, application.approval_asked_at
    done = session.execute(
        update(Application)
        .where(
            Application.id == application.id,
            Application.type_id == type_id,
            Application.approval_asked_at == asked_at,
            *_IS_WAITING,
        )
        .values(decided_by=operator.id, **values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(application)
        raise ApprovalDecidedError if application.decided_by else ApprovalChangedError
    session.expire(application)


def _record(
    session: Session,
    event: AuditEvent,
    operator: Operator,
    application: Application,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    record(
        session,
        event,
        actor=operator.audit_actor,
        customer_id=application.customer_id,
        at=now,
        detail={"type": application.type_id or "", **(detail or {})},
    )


__all__ = [
    "MAX_SHOWN",
    "ReviewedVersion",
    "approve",
    "decline",
    "list_pending",
]
