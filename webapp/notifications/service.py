"""Send what is due, each letter once, also when several workers do it at the same time.

A letter is claimed by a committed row before it is sent; `sent_at` is set after. Where
a worker dies in between, or the mail server is away, the claim is taken over later; the
letter then has the same Message-ID.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Exists, and_, exists, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, aliased

from mobile_bridge.languages import SOURCE_LANGUAGE
from mobile_bridge.pki.short_number import short_number
from webapp.accounts.models import Customer
from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.ca.certificate_types import Types
from webapp.certificates.lifecycle import Purpose, State, Status, status
from webapp.certificates.models import Certificate
from webapp.notifications.addresses import note_refused
from webapp.notifications.expiry_email import Letter, write
from webapp.notifications.mailer import (
    LetterDeferredError,
    LetterRefusedError,
    Post,
    PostAwayError,
)
from webapp.notifications.models import Notice
from webapp.notifications.schedule import DAYS, due, window
from webapp.values.brand import Brand

log = structlog.get_logger()
WAIT: Final = timedelta(minutes=15)  # until a claim that was not sent is taken over,
MOST_ATTEMPTS: Final = 6  # doubled each time: the last one is eight hours after
BATCH: Final = 50
NOTE_TRIES: Final = 10  # each waits a second for the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes: through which post, under which name, about which types."""

    post: Post
    mail_from: str
    public_url: str
    types: Types
    demo: bool = False
    brand: Brand = field(default_factory=Brand)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one round."""

    sent: int = 0
    failed: int = 0
    away: bool = False


def send_due(
    session: Session,
    sender: Sender,
    now: datetime,
    *,
    go_on: Callable[[], bool] = lambda: True,
) -> Sent:
    """Send every letter that is due at `now`, until `go_on` says no."""
    sent = failed = 0
    for days, certificate_id in _all_waiting(session, now):
        if not go_on():
            break
        notice = _claim(session, certificate_id, days, now)
        if notice is None:
            continue  # another worker has it
        try:
            left = _send(session, sender, notice, now)
        except PostAwayError as error:
            log.warning("post_away", kind=str(error))
            _give_back(session, notice, now)
            return Sent(sent, failed + 1, away=True)
        sent, failed = sent + left, failed + (not left)
    return Sent(sent, failed)


def is_wanted(session: Session, certificate: Certificate, now: datetime) -> bool:
    """Tell whether its holder wants to hear that a certificate ends.

    Not where it is over, nor where the next one is there already.
    """
    if status(certificate.life, now) not in (Status.VALID, Status.SUSPENDED):
        return False
    return not session.scalar(select(_is_renewed(certificate.id)))


def _is_renewed(certificate_id: str | ColumnElement[str]) -> Exists:
    fresh = aliased(Certificate)
    return exists().where(
        fresh.replaces_id == certificate_id,
        fresh.purpose == Purpose.RENEW,
        fresh.state.in_((State.RESERVED, State.VALID, State.SUSPENDED)),
    )


def _all_waiting(session: Session, now: datetime) -> Iterator[tuple[int, str]]:
    """Yield what waits, a batch at a time; what is claimed waits no longer."""
    for days in DAYS:
        while batch := _waiting(session, days, now):
            yield from ((days, each) for each in batch)


def _waiting(session: Session, days: int, now: datetime) -> list[str]:
    """Return the certificates whose letter of `days` is to be sent, nearest first."""
    first, beyond = window(days, now)
    open_again = and_(Notice.sent_at.is_(None), Notice.try_at <= now)
    found = session.scalars(
        select(Certificate.id)
        .join(Customer, Customer.id == Certificate.customer_id)
        .outerjoin(
            Notice,
            and_(Notice.certificate_id == Certificate.id, Notice.days == days),
        )
        .where(
            Certificate.state.in_((State.VALID, State.SUSPENDED)),
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
    session.rollback()
    return list(found)


def _claim(
    session: Session, certificate_id: str, days: int, now: datetime
) -> Notice | None:
    """Commit that this worker sends a letter now; None where another one does."""
    found = session.scalar(
        select(Notice).where(
            Notice.certificate_id == certificate_id, Notice.days == days
        )
    )
    if found is not None:
        return _take_over(session, found, now)
    fresh = Notice(
        certificate_id=certificate_id,
        days=days,
        claimed_at=now,
        attempts=1,
        try_at=now + WAIT,
    )
    session.add(fresh)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        return None
    return fresh


def _take_over(session: Session, found: Notice, now: datetime) -> Notice | None:
    attempts = found.attempts + 1
    last = attempts >= MOST_ATTEMPTS
    done = session.execute(
        update(Notice)
        .where(
            Notice.id == found.id,
            Notice.attempts == found.attempts,
            Notice.sent_at.is_(None),
            Notice.try_at <= now,
        )
        .values(
            claimed_at=now,
            attempts=attempts,
            try_at=None if last else now + WAIT * 2 ** (attempts - 1),
        )
        .execution_options(synchronize_session=False)
    )
    session.commit()
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return None
    session.refresh(found)
    return found


def _send(session: Session, sender: Sender, notice: Notice, now: datetime) -> bool:
    """Send a claimed letter; tell whether it left.

    Raises:
        PostAwayError: the mail server cannot be used; the claim is tried again later.
    """
    certificate = session.get_one(Certificate, notice.certificate_id)
    customer = session.get_one(Customer, certificate.customer_id)
    session.refresh(certificate)
    session.refresh(customer)
    if due(certificate.not_after, now) != notice.days or not customer.email:
        return False
    if not is_wanted(session, certificate, now):
        return False
    letter = _letter(sender, certificate, customer, customer.email, days=notice.days)
    customer_id = customer.id
    session.rollback()  # nothing is held while the mail server thinks
    try:
        sender.post.send(write(letter, sender=sender.mail_from, now=now))
    except (LetterRefusedError, ValueError) as error:
        log.warning("letter_refused", kind=type(error).__name__)
        if isinstance(error, LetterRefusedError):
            note_refused(session, customer_id, letter.address, str(error), now)
        _give_up(session, notice)
        return False
    except LetterDeferredError:
        return False
    _note_sent(session, notice, certificate, now)
    return True


def _letter(
    sender: Sender,
    certificate: Certificate,
    customer: Customer,
    address: str,
    *,
    days: int,
) -> Letter:
    known = sender.types.get(certificate.type_id)
    return Letter(
        certificate_id=certificate.id,
        days=days,
        name=customer.name,
        address=address,
        type_name=known.name if known else {SOURCE_LANGUAGE: certificate.type_id},
        number=short_number(certificate.serial),
        not_after=certificate.not_after,
        suspended=certificate.state == State.SUSPENDED,
        public_url=sender.public_url,
        demo=sender.demo,
        brand=sender.brand,
    )


def _give_back(session: Session, notice: Notice, now: datetime) -> None:
    """Uncount an attempt for which the letter was not at fault."""
    session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.sent_at.is_(None))
        .values(attempts=Notice.attempts - 1, try_at=now + WAIT)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def _give_up(session: Session, notice: Notice) -> None:
    session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.sent_at.is_(None))
        .values(try_at=None)
    )
    session.commit()


def _note_sent(
    session: Session, notice: Notice, certificate: Certificate, now: datetime
) -> None:
    """Commit that a letter left; try hard, since else it would leave once more."""
    notice_id, days = notice.id, notice.days
    facts = (certificate.customer_id, certificate.id)
    for tries_left in reversed(range(NOTE_TRIES)):
        try:
            noted = session.execute(
                update(Notice)
                .where(Notice.id == notice_id, Notice.sent_at.is_(None))
                .values(sent_at=now, try_at=None)
                .execution_options(synchronize_session=False)
            )
            if noted.rowcount != 1:  # type: ignore[attr-defined]
                session.rollback()  # noted before, by whoever took the claim over
                return
            record(
                session,
                AuditEvent.NOTICE_SENT,
                actor=SYSTEM,
                customer_id=facts[0],
                certificate_id=facts[1],
                at=now,
                detail={"days": days},
            )
            session.commit()
        except OperationalError:  # another process writes, and has for a while
            session.rollback()
            if not tries_left:
                raise
        else:
            return
