"""Manage operators: add, change the role, close, give a new first password.

No administrator makes an operator, or gives one more rights, alone: a second one
confirms. Who runs commands on the centre's machine needs nobody.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, Operator, Role
from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.factors import FACTORS, all_enrolled_factors
from webapp.db import lock
from webapp.ra.approvals.acts import Justification
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.customers.forms import LOGIN_ID
from webapp.ra.errors import (
    ConcurrentChangeError,
    FactorReasonError,
    ImporterChangedError,
    InvalidChoiceError,
    LastAdministratorError,
    LoginTakenError,
    NoChangeError,
    NotFoundError,
    OwnAccountError,
    OwnChangeError,
)
from webapp.ra.locks import IS_ADMINISTRATOR, lock_administrators
from webapp.ra.models import CustomerImport, ImportState, OperatorPasswordMaker
from webapp.ra.permissions import CAN_MANAGE, CAN_SERVE, require_role

MAX_REASON = 200  # of a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """What is known of somebody who begins at the counter."""

    login_id: str
    name: str
    role: Role
    password_hash: str = field(repr=False)
    customer_login_id: str | None = None  # who is also a customer
    must_change_password: bool = True


def parse_role(name: str) -> Role:
    """Return the role of that name.

    Raises:
        InvalidChoiceError
    """
    if name not in tuple(Role):
        raise InvalidChoiceError
    return Role(name)


def add(
    session: Session, actor: Operator | None, new: NewOperator, now: datetime
) -> Operator:
    """Store somebody who begins at the counter; `actor` is None from the command line.

    Added by an administrator, they can sign in once another one has confirmed.

    Raises:
        LoginTakenError, InvalidChoiceError: the ID is taken, or cannot be one.
        NotFoundError: there is no such customer.
    """
    lock_administrators(session, *([actor] if actor else []))
    _require_manager(actor)
    if not LOGIN_ID.fullmatch(new.login_id) or not 0 < len(new.name) <= 40:
        raise InvalidChoiceError
    operator = Operator(
        login_id=new.login_id,
        password_hash=new.password_hash,
        session_key=secrets.token_hex(16),
        name=new.name,
        role=new.role,
        customer_id=_customer_id(session, new.customer_login_id),
        must_change_password=new.must_change_password,
        awaits_confirmation=actor is not None,
        pending_by=actor.id if actor else None,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(operator)
    except IntegrityError:
        if not _is_taken(session, new.login_id):
            raise
        raise LoginTakenError from None
    _note_maker(session, actor, operator, now)
    _record(session, AuditEvent.OPERATOR_ADDED, actor, operator, now)
    return operator


def change_role(
    session: Session,
    actor: Operator,
    operator: Operator,
    role: Role,
    *,
    justification: Justification,
    now: datetime,
) -> None:
    """Give somebody else another role; where it has more rights, ask for it.

    To ask for the role that somebody has withdraws what is asked for.

    Raises:
        OwnAccountError, NoChangeError, LastAdministratorError
    """
    _lock_other(session, actor, operator)
    if role == (operator.pending_role or operator.role):
        raise NoChangeError
    if has_more_rights(role, operator.role):
        values: dict[str, object] = {"pending_role": role, "pending_by": actor.id}
    else:
        require_administrator_left(session, operator)
        values = {"role": role, "pending_role": None}
    changed = session.execute(
        update(Operator)
        .where(
            Operator.id == operator.id,
            Operator.role == operator.role,
            Operator.pending_role.is_not_distinct_from(operator.pending_role),
            Operator.closed_at.is_(None),
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise NoChangeError
    session.refresh(operator)
    is_asked = operator.pending_role is not None
    event = (
        AuditEvent.OPERATOR_ROLE_ASKED if is_asked else AuditEvent.OPERATOR_ROLE_CHANGED
    )
    _record(session, event, actor, operator, now, justification)


def has_more_rights(new: Role, old: Role) -> bool:
    """Tell whether a role may change anything that the other one may not."""
    return any(
        new in rights and old not in rights for rights in (CAN_SERVE, CAN_MANAGE)
    )


def confirm(
    session: Session,
    actor: Operator | None,
    operator: Operator,
    *,
    role: Role | None,
    now: datetime,
) -> None:
    """Let a new operator in, or give one the rights that were asked for.

    `actor` is None from the command line; `role` is what was looked at, None for
    whatever waits. An operator who is confirmed by command is a person of their own
    again, also where an administrator knows their first password.

    Raises:
        OwnAccountError: nobody confirms themselves.
        OwnChangeError: the second person is another than the first.
        NoChangeError: nothing waits, or something else does by now.
    """
    lock_administrators(session, operator, *([actor] if actor else []))
    _require_manager(actor)
    if actor is not None:
        _require_second(session, actor, operator)
    requested = operator.pending_role or operator.role
    waits = operator.awaits_confirmation or operator.pending_role is not None
    if actor is None and _forget_makers(session, operator):
        waits = True
    if not waits or operator.closed_at is not None or role not in (None, requested):
        raise NoChangeError
    confirmed = session.execute(
        update(Operator)
        .where(
            Operator.id == operator.id,
            Operator.awaits_confirmation == operator.awaits_confirmation,
            Operator.pending_role.is_not_distinct_from(operator.pending_role),
            Operator.pending_by.is_not_distinct_from(operator.pending_by),
            Operator.closed_at.is_(None),
        )
        .values(
            role=requested,
            awaits_confirmation=False,
            pending_role=None,
            pending_by=None,
        )
        .execution_options(synchronize_session=False)
    )
    if confirmed.rowcount != 1:  # type: ignore[attr-defined]
        raise NoChangeError
    session.refresh(operator)
    _record(session, AuditEvent.OPERATOR_CONFIRMED, actor, operator, now)


def link_customer(
    session: Session, actor: Operator, operator: Operator, login_id: str, now: datetime
) -> None:
    """Store which customer an operator is; an empty ID: none.

    Raises:
        OwnAccountError: nobody says about themselves that they are no customer.
        NoChangeError, NotFoundError
    """
    lock_administrators(session, actor, operator)
    require_role(actor, CAN_MANAGE)
    if operator.closed_at is not None:
        raise NoChangeError
    if operator.id == actor.id and (not login_id or operator.customer_id is not None):
        raise OwnAccountError
    customer_id = _customer_id(session, login_id)
    if operator.customer_id == customer_id:
        raise NoChangeError
    operator.customer_id = customer_id
    session.flush()
    _record(session, AuditEvent.OPERATOR_LINKED, actor, operator, now)


def close(
    session: Session,
    actor: Operator,
    operator: Operator,
    *,
    justification: Justification,
    now: datetime,
) -> None:
    """End somebody's work here; their sessions end at once.

    Raises:
        OwnAccountError, NoChangeError, LastAdministratorError
    """
    _lock_other(session, actor, operator)
    require_administrator_left(session, operator)
    operator.closed_at = now
    operator.session_key = secrets.token_hex(16)
    _end_imports(session, operator)
    session.flush()
    _record(session, AuditEvent.OPERATOR_CLOSED, actor, operator, now, justification)


def reset_password(
    session: Session,
    actor: Operator | None,
    operator: Operator,
    password_hash: str,
    *,
    justification: Justification | None,
    now: datetime,
) -> None:
    """Store the hash of a new first password; older sessions end.

    `actor` and `why` are None from the command line. The operator's imports end too:
    whoever signs in next reads no first password that was made for the one before.

    Raises:
        OwnAccountError: one's own password is changed on one's own page.
        ConcurrentChangeError: somebody else set another one just now.
    """
    was = operator.password_hash
    if actor is not None:
        _lock_other(session, actor, operator)
    else:
        lock(session, operator)
    if operator.password_hash != was:
        raise ConcurrentChangeError
    operator.password_hash = password_hash
    operator.session_key = secrets.token_hex(16)
    operator.must_change_password = True
    _note_maker(session, actor, operator, now)
    _end_imports(session, operator)
    session.flush()
    _record(
        session, AuditEvent.OPERATOR_PASSWORD_RESET, actor, operator, now, justification
    )


def remove_factor(
    session: Session,
    actor: Operator | None,
    operator: Operator,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Forget the second factor of a colleague, who sets up another; sessions end.

    Whoever does so is no second person to the colleague any more, as with a first
    password: the two could have been made one by it.

    Raises:
        OwnAccountError: one's own is removed on one's own page.
        FactorReasonError: no reason is given, or too long a one.
        NoChangeError: there is none, or the operator has left.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise FactorReasonError
    if actor is not None:
        _lock_other(session, actor, operator)
    else:
        lock(session, operator)
    if not _forget_factors(
        session, operator, actor.audit_actor if actor else SYSTEM, now
    ):
        raise NoChangeError
    operator.session_key = secrets.token_hex(16)
    operator.second_factor_postponed_at = None  # it is offered again at once
    _note_maker(session, actor, operator, now)
    session.flush()
    _record(
        session, AuditEvent.OPERATOR_FACTOR_REMOVED, actor, operator, now, reason=reason
    )


def require_administrator_left(session: Session, without: Operator) -> None:
    """Refuse what would leave the centre without an administrator.

    Raises:
        LastAdministratorError: `without` is the last one.
    """
    others = select(func.count(Operator.id)).where(
        IS_ADMINISTRATOR,
        Operator.id != without.id,
    )
    if without.role == Role.ADMINISTRATOR and not session.scalar(others):
        raise LastAdministratorError


def _forget_factors(
    session: Session, operator: Operator, actor: Actor, now: datetime
) -> bool:
    """Forget all of them, also what was only begun; tell whether one was enrolled."""
    is_enrolled = bool(all_enrolled_factors(session, operator, now))
    for factor in FACTORS.values():
        if factor.is_for_operators:
            factor.remove(session, operator, actor=actor, now=now)
    return is_enrolled


def _note_maker(
    session: Session, actor: Operator | None, operator: Operator, now: datetime
) -> None:
    """Store who knows an operator's first password; the operator is locked or new."""
    maker = actor and session.get(OperatorPasswordMaker, (operator.id, actor.id))
    if actor is not None and maker is None:
        session.add(
            OperatorPasswordMaker(operator_id=operator.id, by_id=actor.id, at=now)
        )


def _end_imports(session: Session, operator: Operator) -> None:
    """Forget the first passwords of an operator's imports; what waits is refused."""
    own = update(CustomerImport).where(CustomerImport.operator_id == operator.id)
    for state, values in (
        (ImportState.DONE, {"state": ImportState.CLOSED, "passwords": None}),
        (
            ImportState.WAITING,
            {
                "state": ImportState.REFUSED,
                "refused": ImporterChangedError.code,
                "sheet": None,
                "claimed_by": None,
                "claimed_until": None,
            },
        ),
    ):
        session.execute(
            own.where(CustomerImport.state == state)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _forget_makers(session: Session, operator: Operator) -> bool:
    """Make an operator a person of their own again; tell whether they were not."""
    forgotten = session.execute(
        delete(OperatorPasswordMaker).where(
            OperatorPasswordMaker.operator_id == operator.id
        )
    )
    return bool(forgotten.rowcount)  # type: ignore[attr-defined]


def _require_manager(actor: Operator | None) -> None:
    if actor is not None:  # None is whoever runs commands on the centre's machine
        require_role(actor, CAN_MANAGE)


def require_other(actor: Operator, operator: Operator) -> None:
    """Refuse whoever does not manage, oneself, and who has left.

    Raises:
        ForbiddenRoleError, OwnAccountError, NoChangeError
    """
    require_role(actor, CAN_MANAGE)
    if operator.id == actor.id:
        raise OwnAccountError
    if operator.closed_at is not None:
        raise NoChangeError


def _lock_other(session: Session, actor: Operator, operator: Operator) -> None:
    lock_administrators(session, actor, operator)
    require_other(actor, operator)


def _require_second(session: Session, actor: Operator, operator: Operator) -> None:
    if operator.id == actor.id:
        raise OwnAccountError
    if operator.pending_by in same_person_ids(session, actor):
        raise OwnChangeError


def _is_taken(session: Session, login_id: str) -> bool:
    stmt = select(Operator.id).where(Operator.login_id == login_id)
    return session.scalar(stmt) is not None


def _customer_id(session: Session, login_id: str | None) -> int | None:
    if not login_id:
        return None
    customer_id: int | None = session.scalar(
        select(Customer.id).where(Customer.login_id == login_id)
    )
    if customer_id is None:
        raise NotFoundError
    return customer_id


def _record(
    session: Session,
    event: AuditEvent,
    actor: Operator | None,
    about: Operator,
    now: datetime,
    justification: Justification | None = None,
    *,
    reason: str = "",
) -> None:
    record(
        session,
        event,
        actor=actor.audit_actor if actor else SYSTEM,
        at=now,
        detail={
            "operator": about.id,
            "role": about.pending_role or about.role,
            # Which customer they are; 0 is none.
            **(
                {"customer": about.customer_id or 0}
                if event == AuditEvent.OPERATOR_LINKED
                else {}
            ),
            **({"reason": reason} if reason else {}),
            **(justification.for_log() if justification else {}),
        },
    )
