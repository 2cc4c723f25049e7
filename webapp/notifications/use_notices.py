"""Tell people by e-mail what was done in their name.

The log is read on from where the last look ended, so that no part of the centre has to
think of telling anybody. What the counter does is told by `change_notices`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from mobile_bridge.pki.short_number import short_number
from webapp.accounts.models import Customer
from webapp.accounts.service import lock_customer
from webapp.audit.actors import SYSTEM, ActorKind
from webapp.audit.events import AuditEvent
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.certificates.models import Certificate
from webapp.db import unit_of_work_on
from webapp.notifications.delivery import (
    BATCH,
    Messenger,
    SendFailure,
    SendResult,
    claim_notice,
    deliver,
    send_email,
    store_result,
)
from webapp.notifications.mailer import Mailer
from webapp.notifications.models import UseNotice, UseNoticeMark
from webapp.notifications.use_email import TOLD, Use, UseEmail, compose_use_email

NEWS_FOR: Final = timedelta(days=1)  # what is older alarms nobody
_LOOK: Final = 5000  # entries of the log
_MARK: Final = 1
# By push or else by e-mail, and whether it is on now.
_CHOICES: Final[Mapping[tuple[bool, bool], AuditEvent]] = MappingProxyType(
    {
        (False, True): AuditEvent.CUSTOMER_NOTICES_ON,
        (False, False): AuditEvent.CUSTOMER_NOTICES_OFF,
        (True, True): AuditEvent.CUSTOMER_PUSHES_ON,
        (True, False): AuditEvent.CUSTOMER_PUSHES_OFF,
    }
)
_TOLD_BY_CODE: Final = {event.value: event for event in TOLD}
NOT_BY_COUNTER: Final = AuditEntry.actor.not_like(f"{ActorKind.OPERATOR.value}:%")


def choose_notices(
    session: Session,
    customer: Customer,
    *,
    is_told: bool,
    now: datetime,
    by_push: bool = False,
) -> None:
    """Store whether a customer is told by e-mail, or by push.

    That it was switched off is told once more.

    Raises:
        SignInEndedError: the customer's sign-ins ended meanwhile.
    """
    column = "is_pushed_of_use" if by_push else "is_told_of_use"
    lock_customer(session, customer)
    if getattr(customer, column) == is_told:
        return
    setattr(customer, column, is_told)
    event = _CHOICES[by_push, is_told]
    record(session, event, customer_id=customer.id, at=now)


def send_use_notices(
    session: Session,
    messenger: Messenger,
    mailer: Mailer,
    now: datetime,
    *,
    should_continue: Callable[[], bool] = lambda: True,
) -> SendResult:
    """Queue what is new, and send every notice that waits at `now`.

    It ends early where `should_continue` says no.
    """
    session.rollback()
    with unit_of_work_on(session):
        queue_use_notices(session, now)
    queue = _UseQueue(messenger, mailer)
    return deliver(session, queue, now, should_continue=should_continue)


def queue_use_notices(session: Session, now: datetime) -> int:
    """Read the log on, and store a notice for each person; return how many.

    At most _LOOK entries at once, and at the first look none that are there already.
    The caller commits.
    """
    newest = session.scalar(select(func.max(AuditEntry.id))) or 0
    mark = session.get(UseNoticeMark, _MARK, with_for_update=True)
    if mark is None:
        session.add(UseNoticeMark(id=_MARK, entry_id=newest))
        return 0
    first, last = mark.entry_id + 1, min(newest, mark.entry_id + _LOOK)
    rows = session.execute(
        select(
            Customer.id,
            Customer.email,
            func.min(AuditEntry.id),
            func.max(AuditEntry.id),
        )
        .join(Customer, Customer.id == AuditEntry.customer_id)
        .where(
            AuditEntry.id.between(first, last),
            AuditEntry.at > now - NEWS_FOR,
            AuditEntry.event.in_(TOLD),
            NOT_BY_COUNTER,
            Customer.email.is_not(None),
            Customer.email_refused_at.is_(None),
            or_(
                Customer.is_told_of_use,
                AuditEntry.event == AuditEvent.CUSTOMER_NOTICES_OFF,
            ),
        )
        .group_by(Customer.id, Customer.email)
    ).all()
    for customer_id, address, first_entry, last_entry in rows:
        session.add(
            UseNotice(
                customer_id=customer_id,
                first_entry=first_entry,
                last_entry=last_entry,
                address=address,
                try_at=now,
            )
        )
    mark.entry_id = max(last, mark.entry_id)
    return len(rows)


def list_uses(session: Session, notice: UseNotice) -> list[Use]:
    """Return what a notice tells of, the earliest first."""
    rows = session.execute(
        select(AuditEntry.at, AuditEntry.event, Certificate.serial)
        .outerjoin(Certificate, Certificate.id == AuditEntry.certificate_id)
        .where(
            AuditEntry.customer_id == notice.customer_id,
            AuditEntry.id.between(notice.first_entry, notice.last_entry),
            AuditEntry.event.in_(TOLD),
            NOT_BY_COUNTER,
        )
        .order_by(AuditEntry.id)
    )
    return [
        Use(at, _TOLD_BY_CODE[event], short_number(serial) if serial else "")
        for at, event, serial in rows
    ]


@dataclass(frozen=True, slots=True)
class _UseQueue:
    """A key is the notice's id."""

    messenger: Messenger
    mailer: Mailer

    def list_due(self, session: Session, now: datetime) -> Sequence[int]:
        """Return a batch of what waits, the longest waiting first."""
        return session.scalars(
            select(UseNotice.id)
            .where(UseNotice.try_at <= now, UseNotice.sent_at.is_(None))
            .order_by(UseNotice.try_at)
            .limit(BATCH)
        ).all()

    def claim(self, session: Session, key: int, now: datetime) -> UseNotice | None:
        """Claim a stored notice."""
        notice = session.get_one(UseNotice, key, populate_existing=True)
        return claim_notice(session, notice, now)

    def prepare(
        self, session: Session, notice: UseNotice, now: datetime
    ) -> Callable[[], SendFailure | None]:
        """Return what writes."""
        customer = session.get_one(Customer, notice.customer_id)
        email = UseEmail(
            notice_id=notice.id,
            name=customer.name,
            address=notice.address,
            uses=list_uses(session, notice),
            public_url=self.messenger.public_url,
            demo=self.messenger.demo,
            brand=self.messenger.brand,
        )
        mail_from = self.messenger.mail_from
        return lambda: send_email(
            self.mailer,
            email.address,
            lambda: compose_use_email(email, sender=mail_from, now=now),
        )

    def finish(
        self,
        session: Session,
        notice: UseNotice,
        failure: SendFailure | None,
        now: datetime,
    ) -> None:
        """Store that a notice left, or why it never will."""
        has_left = store_result(
            session, notice, failure, now, customer_id=notice.customer_id
        )
        if has_left is None:
            return
        record(
            session,
            AuditEvent.NOTICE_USE_SENT if has_left else AuditEvent.NOTICE_USE_FAILED,
            actor=SYSTEM,
            customer_id=notice.customer_id,
            at=now,
        )
