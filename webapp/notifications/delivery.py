"""Deliver queued notices, each once, also when several workers do so at the same time.

A notice is claimed by a committed row before it leaves; `sent_at` is set after. Where a
worker dies in between, or nobody takes the notice, the claim is taken over later; an
e-mail then has the same Message-ID, and a call may come twice, which is better than
none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final, Protocol, TypeVar

import structlog
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from webapp.authenticators.phone_call.voice_gateway import VoiceGateway
from webapp.ca.certificate_types import Types
from webapp.db import unit_of_work_on
from webapp.notifications.addresses import record_refused_address
from webapp.notifications.mailer import (
    Mailer,
    MailError,
    MailRefusedError,
    MailServerDownError,
)
from webapp.notifications.models import (
    ChangeNotice,
    Notice,
    PushNotice,
    UseNotice,
)
from webapp.values.brand import Brand

log = structlog.get_logger()
RETRY_DELAY: Final = timedelta(minutes=15)  # of a claim, doubled each time:
MAX_ATTEMPTS: Final = 6  # the last one is eight hours after
BATCH: Final = 50
RECORD_TRIES: Final = 10  # each waits a second for the database
KeyT = TypeVar("KeyT")
NoticeT = TypeVar("NoticeT", Notice, ChangeNotice, UseNotice, PushNotice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messenger:
    """How people are reached, under which name, about which types."""

    mailer: Mailer | None
    voice: VoiceGateway | None = None
    mail_from: str
    public_url: str
    types: Types = field(default_factory=dict)
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


@dataclass(frozen=True, slots=True)
class SendResult:
    """What came of one round; `unreachable`: the mail server ended it."""

    sent: int = 0
    failed: int = 0
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class SendFailure:
    """Why a notice did not leave: a stable code.

    Where a mail server refused for good, also the address and its code (RFC 5321).
    """

    code: str
    address: str = ""
    smtp_code: str = ""


LATER: Final = "later"  # the only code that is tried again


class NoticeQueue(Protocol[KeyT, NoticeT]):
    """One kind of notice."""

    def list_due(self, session: Session, now: datetime) -> Sequence[KeyT]:
        """Return a batch of what waits at `now`; what is claimed waits no longer."""

    def claim(self, session: Session, key: KeyT, now: datetime) -> NoticeT | None:
        """Claim a notice for this worker; None where another one has it."""

    def prepare(
        self, session: Session, notice: NoticeT, now: datetime
    ) -> Callable[[], SendFailure | None] | None:
        """Return what sends a claimed notice without the database.

        None where nobody needs to hear it any more. What is returned raises
        MailServerDownError where the round is to end.
        """

    def finish(
        self,
        session: Session,
        notice: NoticeT,
        failure: SendFailure | None,
        now: datetime,
    ) -> None:
        """Store that a notice left, or why it did not."""


def deliver(
    session: Session,
    queue: NoticeQueue[KeyT, NoticeT],
    now: datetime,
    *,
    should_continue: Callable[[], bool] = lambda: True,
) -> SendResult:
    """Send every notice that waits at `now`, until `should_continue` says no."""
    sent = failed = 0
    while due := queue.list_due(session, now):
        session.rollback()
        for key in due:
            if not should_continue():
                return SendResult(sent, failed)
            with unit_of_work_on(session):
                notice = queue.claim(session, key, now)
            if notice is None:
                continue
            send = queue.prepare(session, notice, now)
            session.rollback()  # nothing is held while a server thinks
            if send is None:
                failed += 1
                continue
            try:
                failure = send()
            except MailServerDownError as error:
                log.warning("post_away", kind=str(error))
                with unit_of_work_on(session):
                    _release(session, notice, now)
                return SendResult(sent, failed + 1, unreachable=True)
            _finish(session, queue, notice, failure, now)
            sent, failed = sent + (not failure), failed + bool(failure)
    session.rollback()
    return SendResult(sent, failed)


def claim_notice(
    session: Session, notice: NoticeT, now: datetime, **values: Any
) -> NoticeT | None:
    """Count an attempt at a stored notice; None where another worker was faster."""
    model: Any = type(notice)
    attempts = notice.attempts
    claimed = session.execute(
        update(model)
        .where(
            model.id == notice.id,
            model.attempts == attempts,
            model.sent_at.is_(None),
            model.try_at <= now,
        )
        .values(
            **{
                "attempts": attempts + 1,
                "try_at": now + RETRY_DELAY * 2**attempts,
                **values,
            }
        )
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    session.refresh(notice)
    return notice


def send_email(
    mailer: Mailer, address: str, compose: Callable[[], EmailMessage]
) -> SendFailure | None:
    """Compose and send an e-mail; return why it did not leave.

    Raises:
        MailServerDownError: no e-mail leaves now, this one or another.
    """
    try:
        mailer.send(compose())
    except ValueError:
        return SendFailure("bad_address")
    except MailRefusedError as error:
        log.warning("letter_refused", kind=type(error).__name__)
        return SendFailure("refused", address, str(error))
    except MailServerDownError:
        raise
    except MailError:
        return SendFailure(LATER)
    return None


def store_result(
    session: Session,
    notice: ChangeNotice | UseNotice,
    failure: SendFailure | None,
    now: datetime,
    *,
    customer_id: int,
) -> bool | None:
    """Store what came of a notice that has a row of its own.

    Return whether it left, or None where it is tried again.
    """
    code = failure.code if failure else None
    if code == LATER:
        if notice.attempts < MAX_ATTEMPTS:
            return None
        code = "gave_up"
    if failure and code == "refused":
        record_refused_address(
            session, customer_id, failure.address, failure.smtp_code, now
        )
    model: Any = type(notice)
    session.execute(
        update(model)
        .where(model.id == notice.id)
        .values(try_at=None, failed=code, sent_at=None if code else now)
        .execution_options(synchronize_session=False)
    )
    return code is None


def _release(session: Session, notice: NoticeT, now: datetime) -> None:
    """Uncount an attempt for which the notice was not at fault."""
    model: Any = type(notice)
    session.execute(
        update(model)
        .where(model.id == notice.id, model.sent_at.is_(None))
        .values(attempts=model.attempts - 1, try_at=now + RETRY_DELAY)
        .execution_options(synchronize_session=False)
    )


def _finish(
    session: Session,
    queue: NoticeQueue[KeyT, NoticeT],
    notice: NoticeT,
    failure: SendFailure | None,
    now: datetime,
) -> None:
    """Store what came of a notice; try hard, since else it would leave once more."""
    for tries_left in reversed(range(RECORD_TRIES)):
        try:
            with unit_of_work_on(session):
                queue.finish(session, notice, failure, now)
        except OperationalError:  # another process writes, and has for a while
            if not tries_left:
                raise
        else:
            return
