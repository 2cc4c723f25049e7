"""Operators sign in, sign out and choose their password."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Operator
from webapp.accounts.service import (
    SignInEndedError,
    SignInRefusedError,
    lock_for_login,
    lock_holder,
)
from webapp.audit.attempts import FailedAttempt, record_failed_attempt
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.factor import Factor
from webapp.authenticators.second_factor import record_use
from webapp.ra.operators.pending_sign_in import PendingSignIn, session_mark

_BY_SESSION_KEY = select(Operator).where(
    Operator.session_key == bindparam("key"),
    Operator.closed_at.is_(None),
    Operator.awaits_confirmation.is_(False),
)
_BY_LOGIN_ID = select(Operator).where(
    Operator.login_id == bindparam("login_id"), Operator.closed_at.is_(None)
)


class OperatorUnconfirmedError(SignInRefusedError):
    """A second administrator has not confirmed this operator; told after a password."""

    code = "operator_unconfirmed"


def find_operator(session: Session, key: str) -> Operator | None:
    """Return the operator whose sessions carry `key`; none who has left."""
    return session.scalar(_BY_SESSION_KEY, {"key": key})


def password_hash_of(session: Session, login_id: str) -> str | None:
    """Return the stored hash of an operator who works here, or None."""
    operator = session.scalar(_BY_LOGIN_ID, {"login_id": login_id})
    password_hash = operator.password_hash if operator else None
    session.rollback()  # others use the connection while the password is compared
    return password_hash


def operator_for_password(
    session: Session, login_id: str, password_hash: str | None
) -> Operator:
    """Return who signs in, locked; their password fitted `password_hash`.

    Raises:
        SignInRefusedError: the password changed, or the operator left, meanwhile.
        OperatorUnconfirmedError
    """
    operator: Operator | None = session.scalar(_BY_LOGIN_ID, {"login_id": login_id})
    if operator is None:
        raise SignInRefusedError
    lock_for_login(session, operator, password_hash)
    if operator.closed_at is not None:
        raise SignInRefusedError
    if operator.awaits_confirmation:
        raise OperatorUnconfirmedError
    return operator


def record_sign_in(
    session: Session,
    operator: Operator,
    now: datetime,
    client: Mapping[str, str] | None = None,
) -> None:
    """Record the sign-in of an operator who showed all that is asked for."""
    record(
        session,
        AuditEvent.OPERATOR_SIGNED_IN,
        actor=operator.audit_actor,
        at=now,
        detail=client,
    )


def find_pending_operator(session: Session, pending: PendingSignIn) -> Operator:
    """Return the operator whose password was right a moment ago.

    Raises:
        SignInEndedError: they left, or their sign-ins ended, since.
    """
    operator: Operator | None = session.get(Operator, pending.operator_id)
    if operator is None or not _goes_on(operator, pending):
        raise SignInEndedError
    return operator


def record_failed_sign_in(
    session: Session,
    login_id: str,
    tries: tuple[int, int],
    *,
    client: Mapping[str, str],
    now: datetime,
) -> None:
    """Record that a wrong password was typed for an operator; nothing of unknown ones.

    `tries` are how many were wrong, and how many may be.
    """
    operator = session.scalar(_BY_LOGIN_ID, {"login_id": login_id})
    if operator is None:
        return
    number, of = tries
    attempt = FailedAttempt(
        event=AuditEvent.OPERATOR_SIGN_IN_FAILED,
        at=now,
        number=number,
        of=of,
        client=client,
        operator_id=operator.id,
    )
    record_failed_attempt(session, attempt)


def complete_sign_in(
    session: Session,
    operator: Operator,
    pending: PendingSignIn,
    check: Callable[[], None],
    *,
    factor: Factor,
    now: datetime,
    client: Mapping[str, str] | None = None,
) -> None:
    """Record the sign-in of an operator whose second factor `check` accepts.

    Raises:
        SignInEndedError: they left, or their sign-ins ended, meanwhile.
        AppError: what `check` raises.
    """
    lock_holder(session, operator)
    check()
    if not _goes_on(operator, pending):
        raise SignInEndedError
    record_use(session, operator, factor, now)
    record_sign_in(session, operator, now, client)


def postpone_factor(session: Session, operator: Operator, now: datetime) -> None:
    """Store that the offer of a second factor was answered with "later"."""
    lock_holder(session, operator)
    operator.second_factor_postponed_at = now


def _goes_on(operator: Operator, pending: PendingSignIn) -> bool:
    is_here = operator.closed_at is None and not operator.awaits_confirmation
    return is_here and session_mark(operator.session_key) == pending.mark


def choose_password(
    session: Session, operator: Operator, *, was: str, new: str, now: datetime
) -> None:
    """Store the hash of an operator's own new password; older sessions end.

    Raises:
        SignInRefusedError: the password changed, or the operator left, while the
            one until now was compared.
    """
    done = session.execute(
        update(Operator)
        .where(
            Operator.id == operator.id,
            Operator.password_hash == was,
            Operator.closed_at.is_(None),
        )
        .values(
            password_hash=new,
            session_key=secrets.token_hex(16),
            must_change_password=False,
        )
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise SignInRefusedError
    session.refresh(operator)
    record(
        session, AuditEvent.OPERATOR_PASSWORD_CHOSEN, actor=operator.audit_actor, at=now
    )
