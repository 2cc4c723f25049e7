"""Operators sign in, sign out and choose their password."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from webapp.accounts.service import SignInRefusedError
from webapp.audit.attempts import FailedAttempt, record_failed_attempt
from webapp.audit.service import record
from webapp.counter.models import Operator
from webapp.counter.rights import name_of
from webapp.db import lock

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
    found = session.scalar(_BY_LOGIN_ID, {"login_id": login_id})
    known = found.password_hash if found else None
    session.rollback()  # others use the connection while the password is compared
    return known


def signed_in(
    session: Session,
    login_id: str,
    password_hash: str | None,
    now: datetime,
    client: Mapping[str, str] | None = None,
) -> Operator:
    """Record a sign-in whose password fitted `password_hash`.

    Raises:
        SignInRefusedError: the password changed, or the operator left, meanwhile.
        OperatorUnconfirmedError
    """
    operator: Operator | None = session.scalar(_BY_LOGIN_ID, {"login_id": login_id})
    if operator is None:
        raise SignInRefusedError
    lock(session, operator)
    if operator.password_hash != password_hash or operator.closed_at is not None:
        session.rollback()
        raise SignInRefusedError
    if operator.awaits_confirmation:
        raise OperatorUnconfirmedError
    record(session, "operator.signed_in", by=name_of(operator), at=now, detail=client)
    session.commit()
    return operator


def note_failed_sign_in(
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
        session.rollback()
        return
    number, of = tries
    attempt = FailedAttempt(
        what="operator.sign_in_failed",
        at=now,
        number=number,
        of=of,
        client=client,
        operator_id=operator.id,
    )
    record_failed_attempt(session, attempt)


def end_sessions(session: Session, operator: Operator, now: datetime) -> None:
    """End every session of an operator, on all devices; once, however often sent."""
    key = operator.session_key
    lock(session, operator)
    if operator.session_key != key:  # they ended a moment ago
        session.rollback()
        return
    operator.session_key = secrets.token_hex(16)
    session.flush()
    record(session, "operator.signed_out", by=name_of(operator), at=now)
    session.commit()


def choose_password(
    session: Session, operator: Operator, *, was: str, fresh: str, now: datetime
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
            password_hash=fresh,
            session_key=secrets.token_hex(16),
            must_change_password=False,
        )
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        session.rollback()
        raise SignInRefusedError
    session.refresh(operator)
    record(session, "operator.password_chosen", by=name_of(operator), at=now)
    session.commit()
