"""Tell people of changes at the counter, by e-mail and by a phone call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, Customer
from webapp.accounts.second_operator import TOLD, UNTOLD
from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.phone_call.voice_gateway import GatewayError
from webapp.notifications.change_email import (
    ChangeEmail,
    compose_change_email,
    spoken_notice,
)
from webapp.notifications.delivery import (
    BATCH,
    LATER,
    Messenger,
    SendFailure,
    SendResult,
    claim_notice,
    deliver,
    log,
    send_email,
    store_result,
)
from webapp.notifications.mailer import MailServerDownError
from webapp.notifications.models import ChangeNotice, Channel


def send_change_notices(
    session: Session,
    messenger: Messenger,
    now: datetime,
    *,
    should_continue: Callable[[], bool] = lambda: True,
) -> SendResult:
    """Send every notice that waits at `now`, until `should_continue` says no."""
    queue = _ChangeQueue(messenger)
    return deliver(session, queue, now, should_continue=should_continue)


@dataclass(frozen=True, slots=True)
class _ChangeQueue:
    """A key is the notice's id."""

    messenger: Messenger

    def list_due(self, session: Session, now: datetime) -> Sequence[int]:
        """Return a batch of what waits, the longest waiting first."""
        return session.scalars(
            select(ChangeNotice.id)
            .where(ChangeNotice.try_at <= now, ChangeNotice.sent_at.is_(None))
            .order_by(ChangeNotice.try_at)
            .limit(BATCH)
        ).all()

    def claim(self, session: Session, key: int, now: datetime) -> ChangeNotice | None:
        """Claim a notice, which was stored with its change."""
        notice = session.get_one(ChangeNotice, key, populate_existing=True)
        return claim_notice(session, notice, now)

    def prepare(
        self, session: Session, notice: ChangeNotice, now: datetime
    ) -> Callable[[], SendFailure | None]:
        """Return what writes, or calls."""
        change = session.get_one(AccountChange, notice.change_id)
        customer = session.get_one(Customer, change.customer_id)
        email = ChangeEmail(
            change_id=change.id,
            kind=change.kind,
            made_at=change.made_at,
            name=customer.name,
            address=notice.address,
            public_url=self.messenger.public_url,
            demo=self.messenger.demo,
            brand=self.messenger.brand,
        )
        send = {Channel.EMAIL: _mail, Channel.PHONE: _call}[Channel(notice.channel)]
        return lambda: send(self.messenger, email, now)

    def finish(
        self,
        session: Session,
        notice: ChangeNotice,
        failure: SendFailure | None,
        now: datetime,
    ) -> None:
        """Store that a notice left, or why it never will."""
        change = session.get_one(AccountChange, notice.change_id)
        has_left = store_result(
            session, notice, failure, now, customer_id=change.customer_id
        )
        if has_left is None:
            return
        _record_told(session, notice, failed=not has_left)
        record(
            session,
            AuditEvent.NOTICE_CHANGE_SENT
            if has_left
            else AuditEvent.NOTICE_CHANGE_FAILED,
            actor=SYSTEM,
            customer_id=change.customer_id,
            at=now,
            detail={"change": change.kind, "channel": notice.channel},
        )


def _mail(
    messenger: Messenger, email: ChangeEmail, now: datetime
) -> SendFailure | None:
    if messenger.mailer is None:
        return SendFailure("no_mail_server")
    try:
        return send_email(
            messenger.mailer,
            email.address,
            lambda: compose_change_email(email, sender=messenger.mail_from, now=now),
        )
    except MailServerDownError as error:  # the calls go on
        log.warning("post_away", kind=str(error))
        return SendFailure(LATER)


def _call(
    messenger: Messenger, email: ChangeEmail, _now: datetime
) -> SendFailure | None:
    if messenger.voice is None:
        return SendFailure("no_voice_gateway")
    try:
        messenger.voice.announce(
            email.address, spoken_notice(email.kind, email.made_at, email.brand)
        )
    except GatewayError:
        return SendFailure(LATER)
    return None


def _record_told(session: Session, notice: ChangeNotice, *, failed: bool) -> None:
    """Store on the change that its person was told, or that no notice is left."""
    of_change = update(AccountChange).where(AccountChange.id == notice.change_id)
    other = select(ChangeNotice.id).where(
        ChangeNotice.change_id == notice.change_id,
        ChangeNotice.id != notice.id,
        or_(ChangeNotice.try_at.is_not(None), ChangeNotice.sent_at.is_not(None)),
    )
    if failed:
        of_change = of_change.where(~other.exists()).values(told=UNTOLD)
    else:
        of_change = of_change.values(told=TOLD)
    session.execute(of_change.execution_options(synchronize_session=False))
