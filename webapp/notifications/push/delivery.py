"""Post the notices that wait to the push services, by the loop of all notices."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.db import unit_of_work_on
from webapp.notifications.delivery import (
    BATCH,
    LATER,
    SendFailure,
    SendResult,
    claim_notice,
    deliver,
)
from webapp.notifications.models import PushKey, PushNotice, PushSubscription
from webapp.notifications.push import service
from webapp.notifications.push.keys import open_key
from webapp.notifications.push.web_push import MAX_LIFE, PushMessage, build_message

log = structlog.get_logger()
RETRY_DELAY: Final = timedelta(seconds=20)  # of a claim, doubled each time
MAX_ATTEMPTS: Final = 6
KEPT: Final = timedelta(days=1)
_GONE: Final = (404, 410)  # RFC 8030 7.3: nobody is there any more
_ACCEPTED: Final = range(200, 300)
# Posts a body with headers to an address; the status, 0 where there is no answer.
Post = Callable[[str, bytes, Mapping[str, str]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSender:
    """What pushes are made and posted with."""

    seal: bytes = field(repr=False)  # CERTFERRY_IDENTITY_KEY
    contact: str
    post: Post
    is_demo: bool = False  # a push service on the same machine is one too
    random: Callable[[int], bytes] = secrets.token_bytes


def send_pushes(
    session: Session,
    sender: PushSender,
    now: datetime,
    *,
    should_continue: Callable[[], bool] = lambda: True,
) -> SendResult:
    """Queue what is new of uses, and post every notice that waits at `now`."""
    session.rollback()
    with unit_of_work_on(session):
        service.queue_use_pushes(session, now)
        _forget_old(session, now)
    return deliver(session, _PushQueue(sender), now, should_continue=should_continue)


@dataclass(frozen=True, slots=True)
class _PushQueue:
    """A key is the notice's id."""

    sender: PushSender

    def list_due(self, session: Session, now: datetime) -> Sequence[int]:
        """Return a batch of what waits, the longest waiting first."""
        return session.scalars(
            select(PushNotice.id)
            .where(PushNotice.try_at <= now, PushNotice.sent_at.is_(None))
            .order_by(PushNotice.try_at)
            .limit(BATCH)
        ).all()

    def claim(self, session: Session, key: int, now: datetime) -> PushNotice | None:
        """Claim a stored notice; its device may be gone by now."""
        notice = session.get(PushNotice, key, populate_existing=True)
        if notice is None:
            return None
        try_at = now + RETRY_DELAY * 2**notice.attempts
        return claim_notice(session, notice, now, try_at=try_at)

    def prepare(
        self, session: Session, notice: PushNotice, now: datetime
    ) -> Callable[[], SendFailure | None] | None:
        """Return what posts; None where the notice came too late or nobody listens."""
        stored = session.get(PushSubscription, notice.device_id)
        if stored is None or notice.expires_at <= now:
            with unit_of_work_on(session):
                _end(session, notice, "too_late", None)
            return None
        message = self._message(session, notice, stored, now)
        return lambda: _judge(
            self.sender.post(message.address, message.body, message.headers)
        )

    def finish(
        self,
        session: Session,
        notice: PushNotice,
        failure: SendFailure | None,
        now: datetime,
    ) -> None:
        """Store what came of it; a subscription that is gone is forgotten."""
        code = failure.code if failure else None
        if code == "gone":
            service.unsubscribe(session, notice.device_id)
            log.info("push_subscription_gone")
        elif code != LATER:
            _end(session, notice, code, None if code else now)
        elif notice.attempts >= MAX_ATTEMPTS:
            _end(session, notice, "gave_up", None)

    def _message(
        self,
        session: Session,
        notice: PushNotice,
        stored: PushSubscription,
        now: datetime,
    ) -> PushMessage:
        sender = self.sender
        key = open_key(session.get_one(PushKey, stored.key_id), sender.seal)
        return build_message(
            service.open_subscription(stored, sender.seal, allow_plain=sender.is_demo),
            notice.kind,
            key=key,
            contact=sender.contact,
            expires_at=min(notice.expires_at, now + MAX_LIFE),
            now=now,
            random=sender.random,
        )


def _judge(status: int) -> SendFailure | None:
    if status in _ACCEPTED:
        return None
    if status in _GONE:
        return SendFailure("gone")
    is_lasting = 400 <= status < 500 and status != 429
    return SendFailure("refused" if is_lasting else LATER)


def _end(
    session: Session, notice: PushNotice, code: str | None, sent_at: datetime | None
) -> None:
    session.execute(
        update(PushNotice)
        .where(PushNotice.id == notice.id)
        .values(try_at=None, failed=code, sent_at=sent_at)
        .execution_options(synchronize_session=False)
    )


def _forget_old(session: Session, now: datetime) -> None:
    session.execute(
        delete(PushNotice)
        .where(PushNotice.try_at.is_(None), PushNotice.expires_at < now - KEPT)
        .execution_options(synchronize_session=False)
    )
