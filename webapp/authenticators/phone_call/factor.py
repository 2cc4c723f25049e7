"""The call to the registered phone as a factor: the row of the table."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.authenticators.factor import EnrolledFactor, Factor, FactorKind
from webapp.authenticators.phone_call import rules
from webapp.authenticators.phone_call.service import phone_locked, unlock_phone
from webapp.config import Config
from webapp.exceptions import ErrorMessage


class PhoneCallFactor(Factor):
    """The call to the registered phone (an out-of-band device, 5.1.3).

    It is answered by keying digits in on that phone: its pages are those of a call.
    """

    id = "phone-call"
    path = "phone"
    template = "authenticators/factors/phone_call.html"
    label = _("Phone check")
    at_hand = _("your phone")
    kind = FactorKind.PHONE_CHECK
    proof_page = "phone_proof.show"
    is_enrolled_by_holder = False
    used_event = AuditEvent.PHONE_CHECKED
    messages: ClassVar[Mapping[str, LazyString]] = {
        "unlock-phone": _("The centre can call this customer again today.")
    }
    answer_error = rules.PhoneCheckError
    not_enrolled = rules.NoPhoneError
    unlocked_change = ChangeKind.PHONE_UNLOCKED
    error_messages: ClassVar[Mapping[str, ErrorMessage]] = {
        "phone_not_registered": ErrorMessage(
            409,
            _("No phone number that we could call is registered for you."),
            _("Register it at the counter of your centre, then come back."),
        ),
        "phone_locked": ErrorMessage(
            429,
            _("The digits were wrong too often today. We do not call again today."),
            _("Come back tomorrow, or ask the counter of your centre to unlock it."),
        ),
        "phone_day_used_up": ErrorMessage(
            429,
            _("We have called you ten times today, which is the most for one day."),
            _("Come back tomorrow, or ask the counter of your centre to unlock it."),
        ),
        "phone_application_used_up": ErrorMessage(
            429,
            _("We have called you five times for this application."),
            _("Check that the phone is yours and at hand, then begin a new one."),
        ),
        "phone_too_soon": ErrorMessage(
            429,
            _("The last call ended only a moment ago."),
            _("Wait 20 seconds, then ask for a new call."),
        ),
        "call_not_answered": ErrorMessage(
            409,
            _("Digits came before anybody answered this call."),
            _("Answer the call first, then key in the digits."),
        ),
        "unknown_call": ErrorMessage(
            404,
            _("There is no such call here."),
            _("Look in the terminal for the address of the newest call."),
        ),
        "voice_refused": ErrorMessage(
            403,
            _("This address is for the voice gateway only."),
            _("Check the gateway's token and the public address of this centre."),
        ),
    }

    def find(
        self, session: Session, holder: AccountHolder, now: datetime
    ) -> EnrolledFactor | None:
        """Return the registered number that can be called, masked."""
        if not isinstance(holder, Customer):
            return None
        number = rules.callable_number(holder.phone)
        if number is None:
            return None
        is_locked = phone_locked(session, holder, now)
        return EnrolledFactor(self, is_locked, record=rules.masked(number))

    def is_allowed(self, config: Config) -> bool:
        """Tell whether this centre checks by phone."""
        return config.require_phone_check

    def unlock(
        self, session: Session, holder: AccountHolder, *, actor: Actor, now: datetime
    ) -> None:
        """Let what happened today count no longer."""
        if not isinstance(holder, Customer):
            raise rules.NoPhoneError
        unlock_phone(session, holder, actor=actor, now=now)
