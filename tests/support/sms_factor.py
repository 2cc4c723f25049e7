"""A fifth factor, as somebody would add it: a code by SMS, through a port.

This module, its template `templates/sms.html` and one row of the table are all of it.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import ClassVar, Protocol

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from webapp.accounts.holders import AccountHolder, record_for
from webapp.accounts.models import Customer
from webapp.accounts.service import lock_holder
from webapp.audit.actors import Actor
from webapp.audit.labels import LabelledCode
from webapp.authenticators.factor import (
    NOTHING,
    EnrolledFactor,
    Factor,
    FactorContext,
    Removal,
    Response,
    response_text,
)
from webapp.db import UtcDateTime
from webapp.exceptions import AppError, ErrorMessage

LASTS = timedelta(minutes=3)
MAX_ERRORS = 5


class SmsGateway(Protocol):
    """Sends a text to a phone."""

    def send(self, number: str, text: str) -> None:
        """Send `text` to `number`, E.164."""


class SmsError(AppError):
    """A code was refused."""

    code = "sms_refused"
    keeps_changes = True


class NoSmsError(SmsError):
    """The customer has no such factor."""

    code = "no_sms"


class SmsLockedError(SmsError):
    """There were too many wrong codes."""

    code = "sms_locked"


class SmsBase(DeclarativeBase):
    """The tables of this factor: here a real one would write a migration."""


class SmsPhone(SmsBase):
    """A phone that codes go to; `digits` are of the code that waits, used once."""

    __tablename__ = "sms_phone"

    customer_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    digits: Mapped[str | None]
    digits_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    errors: Mapped[int] = mapped_column(default=0)


class SmsEvent(LabelledCode):
    """What the log tells of it."""

    USED = "sms.used", _("SMS code used"), _("A code by SMS was used")
    REMOVED = "sms.removed", _("SMS forgotten"), _("Codes by SMS ended")
    UNLOCKED = "sms.unlocked", _("SMS unlocked"), _("SMS was unlocked")


class SmsFactor(Factor):
    """A code of six digits that is sent to the registered phone."""

    id = "sms"
    path = "sms"
    template = "sms.html"
    label = _("Code by SMS")
    at_hand = _("your phone for codes")
    used_event = SmsEvent.USED
    removed_event = SmsEvent.REMOVED
    events = SmsEvent
    messages: ClassVar[Mapping[str, LazyString]] = {
        "sms": _("Codes by SMS are set up."),
        "sms-removed": _("Codes by SMS are removed."),
        "unlock-sms": _("Codes by SMS can be used again."),
    }
    error_messages: ClassVar[Mapping[str, ErrorMessage]] = {
        "sms_refused": ErrorMessage(
            422, _("This is not the code."), _("Type it again.")
        ),
        "sms_locked": ErrorMessage(409, _("Codes by SMS are locked."), _("Ask us.")),
        "no_sms": ErrorMessage(
            409, _("Codes by SMS are not set up."), _("Set them up.")
        ),
    }
    answer_error = SmsError
    not_enrolled = NoSmsError
    retry_errors = (SmsError,)
    removal = Removal(
        act="remove-sms",
        title=_("Forget the phone for codes"),
        button=_("Forget the phone"),
        ends=(_("Codes by SMS, at once"),),
        begins=(_("The customer can set it up again"),),
        done=_("The phone for codes is forgotten."),
    )

    def __init__(self, gateway: SmsGateway) -> None:
        self.gateway = gateway

    def find(
        self, session: Session, holder: AccountHolder, now: datetime
    ) -> EnrolledFactor | None:
        phone = _phone_of(session, holder)
        if phone is None or phone.confirmed_at is None:
            return None
        return EnrolledFactor(self, phone.locked_at is not None, phone.errors, phone)

    def view(self, enrolled: EnrolledFactor, context: FactorContext) -> Response:
        return {"is_sent": enrolled.record.digits is not None}

    def challenge(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        lock_holder(session, holder)
        self._send(session, _required(session, holder), context.now)
        return NOTHING

    def verify(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
    ) -> None:
        _compare(session, _required(session, holder), response, context.now)

    def enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        return {"is_sent": _phone_of(session, holder) is not None}

    def begin_enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        lock_holder(session, holder)
        if not isinstance(holder, Customer) or not holder.phone:
            raise NoSmsError
        phone = SmsPhone(customer_id=holder.id, number=holder.phone, errors=0)
        self._send(session, session.merge(phone), context.now)
        return NOTHING

    def finish_enrolment(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
        *,
        allow: Callable[[], None],
    ) -> None:
        lock_holder(session, holder)
        allow()
        phone = _required(session, holder)
        _compare(session, phone, response, context.now)
        phone.confirmed_at = context.now

    def unlock(
        self, session: Session, holder: AccountHolder, *, actor: Actor, now: datetime
    ) -> None:
        phone = _required(session, holder)
        phone.errors, phone.locked_at = 0, None
        record_for(session, SmsEvent.UNLOCKED, holder, actor=actor, at=now)

    def remove(
        self,
        session: Session,
        holder: AccountHolder,
        *,
        authenticator_id: int | None = None,
        actor: Actor | None,
        now: datetime,
        detail: Mapping[str, str] | None = None,
    ) -> int:
        phone = _phone_of(session, holder)
        if phone is None:
            return 0
        session.delete(phone)
        record_for(
            session, SmsEvent.REMOVED, holder, actor=actor, at=now, detail=detail
        )
        return 1

    def _send(self, session: Session, phone: SmsPhone, now: datetime) -> None:
        digits = f"{secrets.randbelow(10**6):06}"
        phone.digits, phone.digits_end_at = digits, now + LASTS
        self.gateway.send(phone.number, digits)


def _phone_of(session: Session, holder: AccountHolder) -> SmsPhone | None:
    if not isinstance(holder, Customer):
        return None
    return session.get(SmsPhone, holder.id, populate_existing=True)


def _required(session: Session, holder: AccountHolder) -> SmsPhone:
    phone = _phone_of(session, holder)
    if phone is None:
        raise NoSmsError
    return phone


def _compare(
    session: Session, phone: SmsPhone, response: Response, now: datetime
) -> None:
    """Compare the code under the holder's lock; a wrong one is counted."""
    if phone.locked_at is not None:
        raise SmsLockedError
    waiting = phone.digits_end_at is not None and now < phone.digits_end_at
    expected = (phone.digits or "") if waiting else ""
    typed = response_text(response, "code", 6)
    if not expected or not compare_digest(expected.encode(), typed.encode()):
        phone.errors += 1
        phone.locked_at = now if phone.errors >= MAX_ERRORS else None
        raise SmsLockedError if phone.locked_at is not None else SmsError
    phone.digits, phone.errors = None, 0
