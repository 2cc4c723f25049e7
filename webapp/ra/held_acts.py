"""Acts that wait until a second operator agrees, decided once by one of them.

What is not secret is done in the transaction in which it is agreed to, in the name of
whoever asked. A password or a card is made afterwards, by the one who asked and hands
it over, and shown to nobody else.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, Operator
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.factors import find_removal
from webapp.authenticators.security_card.service import IssuedCard
from webapp.db import lock
from webapp.ra.approvals import applications, four_eyes
from webapp.ra.approvals.acts import Act, Justification
from webapp.ra.approvals.second_person import same_person_ids
from webapp.ra.certificates import certificate_actions
from webapp.ra.customers import customer_actions
from webapp.ra.errors import (
    ActDecidedError,
    AlreadyRequestedError,
    ForbiddenRoleError,
    NotFoundError,
    OwnChangeError,
    RequesterGoneError,
)
from webapp.ra.locks import lock_for_approval, lock_for_service
from webapp.ra.models import HeldAct, HeldState
from webapp.ra.permissions import CAN_SERVE, require_role

MAX_SHOWN = 100
_ID = re.compile(r"[\w-]{1,32}", re.ASCII)
OPEN = (HeldState.WAITING, HeldState.AGREED)


@dataclass(frozen=True, slots=True)
class PendingAct:
    """An act that waits, whose it is, and whether this operator may agree to it."""

    held: HeldAct
    customer: Customer
    by_others: bool


@dataclass(frozen=True, slots=True)
class AgreedAct:
    """An act to be done: who asked for it, who agreed, and whom it is about."""

    held: HeldAct
    asker: Operator
    second: Operator
    customer: Customer
    now: datetime


def ask(
    session: Session,
    operator: Operator,
    customer: Customer,
    act: str,
    *,
    justification: Justification,
    target: str = "",
    detail: Mapping[str, str | None] | None = None,
    now: datetime,
) -> HeldAct:
    """Have an act wait for a second operator. Nothing else changes.

    `target` is the certificate, charge or application; `detail` is what was typed.

    Raises:
        ForbiddenRoleError, SelfServiceError
        AlreadyRequestedError: the same waits already.
    """
    lock_for_service(session, operator, customer)
    same = (HeldAct.act == act, HeldAct.target == target)
    mine = HeldAct.customer_id == customer.id
    if session.scalar(select(HeldAct.id).where(mine, *same, *_is_open(now)).limit(1)):
        raise AlreadyRequestedError
    held = HeldAct(
        id=secrets.token_urlsafe(16),
        act=act,
        customer_id=customer.id,
        target=target,
        detail=json.dumps(dict(detail or {}), ensure_ascii=False),
        reason=justification.reason,
        note=justification.note,
        state=HeldState.WAITING,
        asked_by=operator.id,
        asked_at=now,
        expires_at=now + four_eyes.APPROVAL_TTL,
    )
    session.add(held)
    session.flush()
    _record(session, AuditEvent.ACT_ASKED, operator, held, now, justification.for_log())
    return held


def find(session: Session, held_id: str) -> HeldAct:
    """Return an act that waits or waited.

    Raises:
        NotFoundError
    """
    held_act = session.get(HeldAct, held_id) if _ID.fullmatch(held_id) else None
    if held_act is None:
        raise NotFoundError
    return held_act


def entered_detail(held: HeldAct) -> dict[str, str | None]:
    """Return what was typed for an act."""
    entered: dict[str, str | None] = json.loads(held.detail)
    return entered


def list_pending(
    session: Session,
    operator: Operator,
    now: datetime,
    *,
    customer: Customer | None = None,
) -> list[PendingAct]:
    """Return the acts that wait or can be handed over, the longest waiting first."""
    stmt = (
        select(HeldAct, Customer)
        .join(Customer, Customer.id == HeldAct.customer_id)
        .where(*_is_open(now))
        .order_by(HeldAct.asked_at, HeldAct.id)
        .limit(MAX_SHOWN)
    )
    if customer is not None:
        stmt = stmt.where(HeldAct.customer_id == customer.id)
    own = same_person_ids(session, operator)
    return [
        PendingAct(held, owner, held.asked_by not in own)
        for held, owner in session.execute(stmt)
    ]


def count(session: Session, now: datetime) -> int:
    """Return how many acts wait for a second operator."""
    is_waiting = HeldAct.state == HeldState.WAITING
    stmt = select(func.count(HeldAct.id)).where(is_waiting, *_is_open(now))
    return session.scalar(stmt) or 0


def agree(session: Session, operator: Operator, held_id: str, now: datetime) -> HeldAct:
    """Agree to an act; what is not secret is done at once.

    Raises:
        ForbiddenRoleError, SelfServiceError
        OwnChangeError: the operator asked for it, or is no second person.
        ActDecidedError, ActExpiredError, LockedSinceError
        RequesterGoneError: whoever asked serves nobody any more.
        AppError: as the act itself says; then it still waits.
    """
    held, customer, asker = _lock(session, operator, held_id)
    four_eyes.require_state(held, HeldState.WAITING, now)
    if asker.id in same_person_ids(session, operator):
        raise OwnChangeError
    _require_asker(asker)
    four_eyes.require_unlocked(held, customer.locked_at)
    is_secret = held.act in four_eyes.SECRET
    state = HeldState.AGREED if is_secret else HeldState.DONE
    until = now + four_eyes.APPROVAL_TTL if is_secret else held.expires_at
    values = {"decided_by": operator.id, "decided_at": now, "expires_at": until}
    _move(session, held, HeldState.WAITING, state=state, **values)
    _record(session, AuditEvent.ACT_AGREED, operator, held, now, {"asked_by": asker.id})
    if not is_secret:
        do = _remove_factor if find_removal(held.act) else _ACTS[held.act]
        do(session, AgreedAct(held, asker, operator, customer, now))
    session.refresh(held)
    return held


def decline(session: Session, operator: Operator, held_id: str, now: datetime) -> None:
    """Refuse an act that waits, or take back what one asked for oneself.

    Raises:
        ForbiddenRoleError, SelfServiceError, ActDecidedError, ActExpiredError
    """
    held, _customer, asker = _lock(session, operator, held_id)
    was = HeldState.AGREED if held.state == HeldState.AGREED else HeldState.WAITING
    four_eyes.require_state(held, was, now)
    values = {"decided_by": operator.id, "decided_at": now}
    _move(session, held, was, state=HeldState.DECLINED, **values)
    is_own = operator.id == asker.id
    event = AuditEvent.ACT_WITHDRAWN if is_own else AuditEvent.ACT_DECLINED
    _record(session, event, operator, held, now, {})


def hand_over_password(
    session: Session,
    operator: Operator,
    held_id: str,
    password_hash: str,
    now: datetime,
) -> Customer:
    """Store the first password to which a second operator agreed.

    Raises:
        ActDecidedError, ActExpiredError, LockedSinceError
        OwnChangeError: somebody else asked for it.
    """
    held, customer = _take(session, operator, held_id, Act.PASSWORD, now)
    customer_actions.reset_password(
        session,
        operator,
        customer,
        password_hash=password_hash,
        justification=_why(held),
        now=now,
        agreed_by=held.decided_by,
    )
    return customer


def hand_over_card(
    session: Session,
    operator: Operator,
    held_id: str,
    *,
    key: bytes,
    random: Random,
    now: datetime,
) -> tuple[Customer, IssuedCard]:
    """Issue the card to which a second operator agreed.

    Raises:
        ActDecidedError, ActExpiredError, LockedSinceError
        OwnChangeError: somebody else asked for it.
    """
    held, customer = _take(session, operator, held_id, Act.CARD, now)
    issued = customer_actions.issue_card(
        session,
        operator,
        customer,
        key=key,
        random=random,
        justification=_why(held),
        now=now,
        agreed_by=held.decided_by,
    )
    return customer, issued


def _take(
    session: Session, operator: Operator, held_id: str, act: Act, now: datetime
) -> tuple[HeldAct, Customer]:
    """Mark an agreed act as done, in the transaction that does it."""
    held, customer, asker = _lock(session, operator, held_id)
    if held.act != act:
        raise NotFoundError
    if asker.id != operator.id:
        raise OwnChangeError
    four_eyes.require_state(held, HeldState.AGREED, now)
    four_eyes.require_unlocked(held, customer.locked_at)
    _move(session, held, HeldState.AGREED, state=HeldState.DONE)
    return held, customer


def _lock(
    session: Session, operator: Operator, held_id: str
) -> tuple[HeldAct, Customer, Operator]:
    held = find(session, held_id)
    customer = session.get_one(Customer, held.customer_id)
    asker = session.get_one(Operator, held.asked_by)
    lock_for_approval(session, operator, asker, customer)
    lock(session, held)
    return held, customer, asker


def _require_asker(asker: Operator) -> None:
    try:
        require_role(asker, CAN_SERVE)
    except ForbiddenRoleError:
        raise RequesterGoneError from None


def _move(session: Session, held: HeldAct, was: HeldState, **values: Any) -> None:
    moved = session.execute(
        update(HeldAct)
        .where(HeldAct.id == held.id, HeldAct.state == was)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise ActDecidedError


def _why(held: HeldAct) -> Justification:
    return Justification(held.reason, held.note)


def _is_open(now: datetime) -> tuple[Any, ...]:
    return (HeldAct.state.in_(OPEN), HeldAct.expires_at > now)


def _record(
    session: Session,
    event: AuditEvent,
    operator: Operator,
    held: HeldAct,
    now: datetime,
    detail: Mapping[str, str | int],
) -> None:
    record(
        session,
        event,
        actor=operator.audit_actor,
        customer_id=held.customer_id,
        certificate_id=held.target if held.act == Act.REVOKE else None,
        at=now,
        detail={"act": held.act, **detail},
    )


def _seen(held: HeldAct) -> applications.ReviewedVersion:
    detail = entered_detail(held)
    return applications.ReviewedVersion(
        detail["type_id"] or "", detail["asked_at"] or ""
    )


Do = Callable[[Session, AgreedAct], object]


def _contact(session: Session, act: AgreedAct) -> None:
    customer_actions.edit_contact(
        session,
        act.asker,
        act.customer,
        **entered_detail(act.held),
        justification=_why(act.held),
        now=act.now,
        agreed_by=act.second.id,
    )


def _remove_factor(session: Session, act: AgreedAct) -> None:
    customer_actions.remove_factor(
        session,
        act.asker,
        act.customer,
        act.held.act,
        justification=_why(act.held),
        now=act.now,
        agreed_by=act.second.id,
    )


def _revoke(session: Session, act: AgreedAct) -> None:
    certificate_actions.revoke(
        session,
        act.asker,
        certificate_actions.find(session, act.held.target),
        justification=_why(act.held),
        whole_line=entered_detail(act.held)["extent"] == "line",
        now=act.now,
    )


def _waive(session: Session, act: AgreedAct) -> None:
    why = _why(act.held)
    certificate_actions.waive(
        session, act.asker, act.held.target, justification=why, now=act.now
    )


def _approve(session: Session, act: AgreedAct) -> None:
    applications.approve(
        session,
        act.second,
        act.held.target,
        seen=_seen(act.held),
        justification=_why(act.held),
        now=act.now,
        other_hands=True,
    )


_ACTS: Mapping[str, Do] = {
    Act.CONTACT: _contact,
    Act.REVOKE: _revoke,
    Act.WAIVE: _waive,
    Act.APPROVE: _approve,
}
