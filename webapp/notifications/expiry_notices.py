"""Write to those whose certificate ends soon: which e-mail is due, and what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Exists, and_, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from mobile_bridge.languages import SOURCE_LANGUAGE
from mobile_bridge.pki.short_number import short_number
from webapp.accounts.models import Customer
from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.lifecycle import (
    CertificateStatus,
    Purpose,
    StoredState,
    status_at,
)
from webapp.certificates.models import Certificate
from webapp.db import lock
from webapp.notifications.addresses import record_refused_address
from webapp.notifications.delivery import (
    BATCH,
    LATER,
    MAX_ATTEMPTS,
    RETRY_DELAY,
    Messenger,
    SendFailure,
    SendResult,
    claim_notice,
    deliver,
    send_email,
)
from webapp.notifications.expiry_email import ExpiryEmail, compose_expiry_email
from webapp.notifications.mailer import Mailer
from webapp.notifications.models import Notice
from webapp.notifications.schedule import DAYS, due, window


def send_expiry_notices(
    session: Session,
    messenger: Messenger,
    now: datetime,
    *,
    should_continue: Callable[[], bool] = lambda: True,
) -> SendResult:
    """Send every e-mail that is due at `now`, until `should_continue` says no."""
    if messenger.mailer is None:
        return SendResult()
    queue = _ExpiryQueue(messenger, messenger.mailer)
    return deliver(session, queue, now, should_continue=should_continue)


def should_send(session: Session, certificate: Certificate, now: datetime) -> bool:
    """Tell whether its holder wants to hear that a certificate ends.

    Not where it is over, nor where the next one is there already.
    """
    if status_at(certificate.life, now) not in (
        CertificateStatus.VALID,
        CertificateStatus.SUSPENDED,
    ):
        return False
    return not session.scalar(select(_is_renewed(certificate.id)))


@dataclass(frozen=True, slots=True)
class _ExpiryQueue:
    """A key is how many days before the end, and the certificate's id."""

    messenger: Messenger
    mailer: Mailer

    def list_due(self, session: Session, now: datetime) -> Sequence[tuple[int, str]]:
        """Return a batch of what waits, the first notice of a certificate first."""
        for days in DAYS:
            if batch := _list_due(session, days, now):
                return [(days, certificate_id) for certificate_id in batch]
        return []

    def claim(
        self, session: Session, key: tuple[int, str], now: datetime
    ) -> Notice | None:
        """Claim a notice; its row is made by the first attempt."""
        days, certificate_id = key
        lock(session)
        notice = session.scalar(
            select(Notice).where(
                Notice.certificate_id == certificate_id, Notice.days == days
            )
        )
        if notice is not None:
            values: dict[str, datetime | None] = {"claimed_at": now}
            if notice.attempts + 1 >= MAX_ATTEMPTS:
                values["try_at"] = None
            return claim_notice(session, notice, now, **values)
        notice = Notice(
            certificate_id=certificate_id,
            days=days,
            claimed_at=now,
            attempts=1,
            try_at=now + RETRY_DELAY,
        )
        try:
            with session.begin_nested():
                session.add(notice)
        except IntegrityError:
            return None
        return notice

    def prepare(
        self, session: Session, notice: Notice, now: datetime
    ) -> Callable[[], SendFailure | None] | None:
        """Return what sends the e-mail; None where it is not due any more."""
        certificate = session.get_one(Certificate, notice.certificate_id)
        customer = session.get_one(Customer, certificate.customer_id)
        session.refresh(certificate)
        session.refresh(customer)
        if due(certificate.not_after, now) != notice.days or not customer.email:
            return None
        if not should_send(session, certificate, now):
            return None
        type_ = self.messenger.types.get(certificate.type_id)
        email = ExpiryEmail(
            certificate_id=certificate.id,
            days=notice.days,
            name=customer.name,
            address=customer.email,
            type_name=type_.name if type_ else {SOURCE_LANGUAGE: certificate.type_id},
            number=short_number(certificate.serial),
            not_after=certificate.not_after,
            suspended=certificate.state == StoredState.SUSPENDED,
            public_url=self.messenger.public_url,
            demo=self.messenger.demo,
            brand=self.messenger.brand,
        )
        mail_from = self.messenger.mail_from
        return lambda: send_email(
            self.mailer,
            email.address,
            lambda: compose_expiry_email(email, sender=mail_from, now=now),
        )

    def finish(
        self,
        session: Session,
        notice: Notice,
        failure: SendFailure | None,
        now: datetime,
    ) -> None:
        """Store that the e-mail left, or never will."""
        certificate = session.get_one(Certificate, notice.certificate_id)
        if failure is not None:
            if failure.code == "refused":
                record_refused_address(
                    session,
                    certificate.customer_id,
                    failure.address,
                    failure.smtp_code,
                    now,
                )
            if failure.code != LATER:
                _update_unsent(session, notice, try_at=None)
            return
        if not _update_unsent(session, notice, sent_at=now, try_at=None):
            return  # recorded before, by whoever took the claim over
        record(
            session,
            AuditEvent.NOTICE_SENT,
            actor=SYSTEM,
            customer_id=certificate.customer_id,
            certificate_id=certificate.id,
            at=now,
            detail={"days": notice.days},
        )


def _is_renewed(certificate_id: str | ColumnElement[str]) -> Exists:
    successor = aliased(Certificate)
    return exists().where(
        successor.replaces_id == certificate_id,
        successor.purpose == Purpose.RENEW,
        successor.state.in_(
            (StoredState.RESERVED, StoredState.VALID, StoredState.SUSPENDED)
        ),
    )


def _list_due(session: Session, days: int, now: datetime) -> Sequence[str]:
    """Return the certificates whose notice of `days` is to be sent, nearest first."""
    first, beyond = window(days, now)
    open_again = and_(Notice.sent_at.is_(None), Notice.try_at <= now)
    return session.scalars(
        select(Certificate.id)
        .join(Customer, Customer.id == Certificate.customer_id)
        .outerjoin(
            Notice,
            and_(Notice.certificate_id == Certificate.id, Notice.days == days),
        )
        .where(
            Certificate.state.in_((StoredState.VALID, StoredState.SUSPENDED)),
            Certificate.not_after >= first,
            Certificate.not_after < beyond,
            Customer.email.is_not(None),
            Customer.email != "",
            or_(Notice.id.is_(None), open_again),
            ~_is_renewed(Certificate.id.expression),
        )
        .order_by(Certificate.not_after)
        .limit(BATCH)
    ).all()


def _update_unsent(session: Session, notice: Notice, **values: object) -> bool:
    """Change a notice that was not sent; tell whether there was one."""
    updated = session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.sent_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(updated.rowcount == 1)  # type: ignore[attr-defined]
