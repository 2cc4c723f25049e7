"""One-time codes as a factor: the row of the table."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobile_bridge.formats.qr_code import qr_svg
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.holders import (
    AccountHolder,
    device_name,
)
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.authenticators.factor import (
    AT_COUNTER,
    NOTHING,
    EnrolledFactor,
    Factor,
    FactorContext,
    Removal,
    Response,
    response_text,
)
from webapp.authenticators.models import TotpSecret
from webapp.authenticators.totp.rules import (
    MAX_ERRORS,
    in_groups,
    provisioning_uri,
)
from webapp.authenticators.totp.service import (
    NoTotpError,
    TotpError,
    TotpIncompleteError,
    TotpNotBegunError,
    TotpWrongError,
    begin_totp,
    confirm_totp,
    find_totp,
    pending_secret,
    remove_totp,
    unlock_totp,
    verify_totp,
)
from webapp.exceptions import ErrorMessage


class TotpFactor(Factor):
    """The one-time codes of an authenticator app (a single-factor OTP, 5.1.4)."""

    id = "one-time-code"
    path = "one-time"
    template = "authenticators/factors/one_time.html"
    label = _("Authenticator app")
    at_hand = _("your authenticator app")
    is_for_operators = True
    needs_key = True
    max_errors = MAX_ERRORS
    used_event = AuditEvent.ONE_TIME_USED
    removed_event = AuditEvent.ONE_TIME_REMOVED
    messages: ClassVar[Mapping[str, LazyString]] = {
        "one-time": _("The authenticator app is set up."),
        "one-time-removed": _("The authenticator app is removed."),
        "unlock-one-time": _("The authenticator app can be used again."),
    }
    answer_error = TotpError
    not_enrolled = NoTotpError
    retry_errors = (TotpWrongError, TotpIncompleteError)
    unlocked_change = ChangeKind.APP_UNLOCKED
    removed_change = ChangeKind.APP_REMOVED
    removal = Removal(
        act="remove-one-time",
        title=_("Forget the authenticator app"),
        button=_("Forget the app"),
        ends=(_("The codes of the app, at once"),),
        begins=(_("The customer can set up another app on their own page"),),
        done=_("The authenticator app is forgotten."),
    )
    error_messages: ClassVar[Mapping[str, ErrorMessage]] = {
        "no_one_time": ErrorMessage(
            409, _("No authenticator app is set up for you."), AT_COUNTER
        ),
        "one_time_exists": ErrorMessage(
            409,
            _("An authenticator app is set up already."),
            _("Remove it first, if you want to use another one."),
        ),
        "one_time_not_begun": ErrorMessage(
            409,
            _("Setting up the app took longer than ten minutes."),
            _("Go back to your ways to identify yourself and begin again."),
        ),
        "one_time_locked": ErrorMessage(
            409,
            _("The authenticator app is locked, because five codes were wrong."),
            AT_COUNTER,
        ),
        "one_time_incomplete": ErrorMessage(
            422,
            _("The code has six digits."),
            _("Type it as the app shows it. This did not count as a try."),
        ),
        "one_time_wrong": ErrorMessage(
            422,
            _("This is not the code that the app shows now."),
            _("Wait for the next code, and see that the clock of your phone is right."),
        ),
        "one_time_used": ErrorMessage(
            422,
            _("This code was used before."),
            _("Wait until the app shows the next one. That takes 30 seconds at most."),
        ),
    }

    def find(
        self, session: Session, holder: AccountHolder, now: datetime
    ) -> EnrolledFactor | None:
        """Return the app that was confirmed; one that was only begun is none."""
        app = find_totp(session, holder)
        if app is None or app.confirmed_at is None:
            return None
        return EnrolledFactor(self, app.locked_at is not None, app.errors, app)

    def is_listed(self, context: FactorContext) -> bool:
        """Not where the centre has no key to encrypt secrets with."""
        return self.is_allowed(context.config) and self.is_usable(context)

    def is_usable(self, context: FactorContext) -> bool:
        """Tell whether the centre has a key to encrypt secrets with."""
        return context.config.identity_key is not None

    def verify(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
    ) -> None:
        """Compare the code that was typed."""
        key, code_text = context.encryption_key(), response_text(response, "code", 32)
        verify_totp(session, holder, key, code_text, context.now)

    def enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Return what the app scans, once an enrolment was begun."""
        key = context.encryption_key()
        try:
            secret = pending_secret(session, holder, key, context.now)
        except TotpNotBegunError:
            return {"secret": None}
        name, issuer = device_name(holder), context.centre_name
        address = provisioning_uri(secret, name, issuer=issuer)
        side, path = qr_svg(address)
        return {"secret": in_groups(secret), "side": side, "path": path}

    def begin_enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Make a secret for an app."""
        key, now = context.encryption_key(), context.now
        begin_totp(session, holder, key, secrets.token_bytes, now=now)
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
        """Use the app from now on, if it shows the right code."""
        key, code_text = context.encryption_key(), response_text(response, "code", 32)
        confirm_totp(session, holder, key, code_text, context.now, allow=allow)

    def unlock(
        self, session: Session, holder: AccountHolder, *, actor: Actor, now: datetime
    ) -> None:
        """Let the app be used again, with no errors."""
        unlock_totp(session, holder, actor=actor, now=now)

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
        """Forget the app, also one that was only begun."""
        if find_totp(session, holder) is None:
            return 0
        remove_totp(session, holder, actor=actor, now=now, detail=detail)
        return 1

    def operator_ids(self, session: Session) -> frozenset[int]:
        """Return the operators whose app was confirmed."""
        stmt = select(TotpSecret.operator_id).where(
            TotpSecret.operator_id.is_not(None),
            TotpSecret.confirmed_at.is_not(None),
        )
        return frozenset(filter(None, session.scalars(stmt)))
