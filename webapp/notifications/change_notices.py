"""Tell people of changes at the counter: each notice once, whoever sends it.

A notice is claimed by a committed row before it leaves; where a worker dies in between
it is tried again later. A letter then has the same Message-ID; a call may come twice,
which is better than none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import AccountChange, Customer
from webapp.accounts.second_operator import TOLD, UNTOLD
from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.phone_call.voice_gateway import GatewayError, VoiceGateway
from webapp.notifications.addresses import note_refused
from webapp.notifications.change_email import (
    ChangeLetter,
    spoken_notice,
    write_change_letter,
)
from webapp.notifications.mailer import (
    LetterRefusedError,
    Post,
    PostAwayError,
    PostError,
)
from webapp.notifications.models import ChangeNotice, Channel
from webapp.values.brand import Brand

log = structlog.get_logger()
WAIT: Final = timedelta(minutes=15)  # until it is tried again, doubled each time
MAX_ATTEMPTS: Final = 6
BATCH: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Messenger:
    """How people are told."""

    post: Post | None
    voice: VoiceGateway | None
    mail_from: str
    public_url: str
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one round."""

    sent: int = 0
    failed: int = 0


def send_change_notices(
    session: Session,
    messenger: Messenger,
    now: datetime,
    *,
    go_on: Callable[[], bool] = lambda: True,
) -> Told:
    """Send every notice that waits at `now`, until `go_on` says no."""
    sent = failed = 0
    while waiting := _waiting(session, now):
        for notice_id in waiting:
            if not go_on():
                return Told(sent, failed)
            notice = _claim(session, notice_id, now)
            if notice is None:
                continue  # another worker has it
            left = _send(session, messenger, notice, now)
            sent, failed = sent + left, failed + (not left)
    return Told(sent, failed)


def _waiting(session: Session, now: datetime) -> list[int]:
    found = session.scalars(
        select(ChangeNotice.id)
        .where(ChangeNotice.try_at <= now, ChangeNotice.sent_at.is_(None))
        .order_by(ChangeNotice.try_at)
        .limit(BATCH)
    ).all()
    session.rollback()
    return list(found)


def _claim(session: Session, notice_id: int, now: datetime) -> ChangeNotice | None:
    """Commit that this worker sends a notice now; None where another one does."""
    notice = session.get_one(ChangeNotice, notice_id, populate_existing=True)
    attempts = notice.attempts
    claimed = session.execute(
        update(ChangeNotice)
        .where(
            ChangeNotice.id == notice_id,
            ChangeNotice.attempts == attempts,
            ChangeNotice.sent_at.is_(None),
            ChangeNotice.try_at <= now,
        )
        .values(attempts=attempts + 1, try_at=now + WAIT * 2**attempts)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    session.refresh(notice)
    return notice


def _send(
    session: Session, messenger: Messenger, notice: ChangeNotice, now: datetime
) -> bool:
    """Send a claimed notice; tell whether it left."""
    change = session.get_one(AccountChange, notice.change_id)
    customer = session.get_one(Customer, change.customer_id)
    give = {Channel.EMAIL: _mail, Channel.PHONE: _call}[Channel(notice.channel)]
    letter = ChangeLetter(
        change_id=change.id,
        kind=change.kind,
        made_at=change.made_at,
        name=customer.name,
        address=notice.address,
        public_url=messenger.public_url,
        demo=messenger.demo,
        brand=messenger.brand,
    )
    session.rollback()  # nothing is held while a server thinks
    failed = give(messenger, letter, now)
    if failed == _LATER:
        if notice.attempts < MAX_ATTEMPTS:
            return False
        failed = "gave_up"
    if failed and failed.startswith("refused"):
        note_refused(session, change.customer_id, notice.address, failed[8:], now)
    _finish(session, notice, change, failed.partition(":")[0], now)
    return not failed


def _mail(messenger: Messenger, letter: ChangeLetter, now: datetime) -> str:
    """Post a letter; return why it never leaves, `_LATER`, or nothing."""
    if messenger.post is None:
        return "no_mail_server"
    try:
        message = write_change_letter(letter, sender=messenger.mail_from, now=now)
    except ValueError:
        return "bad_address"
    try:
        messenger.post.send(message)
    except LetterRefusedError as error:
        log.warning("letter_refused", kind=type(error).__name__)
        return f"refused:{error}"
    except PostError as error:
        if isinstance(error, PostAwayError):
            log.warning("post_away", kind=str(error))
        return _LATER
    return ""


def _call(messenger: Messenger, letter: ChangeLetter, _now: datetime) -> str:
    if messenger.voice is None:
        return "no_voice_gateway"
    try:
        messenger.voice.announce(
            letter.address, spoken_notice(letter.kind, letter.made_at, letter.brand)
        )
    except GatewayError:
        return _LATER
    return ""


def _finish(
    session: Session,
    notice: ChangeNotice,
    change: AccountChange,
    failed: str,
    now: datetime,
) -> None:
    session.execute(
        update(ChangeNotice)
        .where(ChangeNotice.id == notice.id)
        .values(try_at=None, failed=failed or None, sent_at=None if failed else now)
        .execution_options(synchronize_session=False)
    )
    _note_told(session, notice, failed=bool(failed))
    record(
        session,
        AuditEvent.NOTICE_CHANGE_FAILED if failed else AuditEvent.NOTICE_CHANGE_SENT,
        actor=SYSTEM,
        customer_id=change.customer_id,
        at=now,
        detail={"change": change.kind, "channel": notice.channel},
    )
    session.commit()


def _note_told(session: Session, notice: ChangeNotice, *, failed: bool) -> None:
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


_LATER: Final = "later"
