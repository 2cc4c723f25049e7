"""Passkeys as a factor: the row of the table."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.holders import (
    AccountHolder,
    device_name,
    holder_label,
)
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.authenticators.factor import (
    EnrolledFactor,
    Factor,
    FactorContext,
    Removal,
    Response,
    response_text,
)
from webapp.authenticators.models import Passkey
from webapp.authenticators.passkey.rules import (
    PasskeyError,
    UnknownPasskeyError,
    local_address,
    user_handle,
)
from webapp.authenticators.passkey.service import (
    begin_check,
    begin_enrolment,
    check_passkey,
    enrol,
    find_relying_party,
    list_passkeys,
    remove_passkey,
    remove_passkeys,
    require_relying_party,
)
from webapp.exceptions import ErrorMessage

_AGAIN = _("Try again. If it happens again, choose another way or come to the counter.")


class PasskeyFactor(Factor):
    """Passkeys (a multi-factor cryptographic authenticator, 5.1.9)."""

    id = "passkey"
    path = "passkey"
    template = "authenticators/factors/passkey.html"
    label = _("Passkeys")
    at_hand = _("your passkey")
    is_scripted = True
    signs_in = True
    is_for_operators = True
    used_event = AuditEvent.PASSKEY_USED
    removed_event = AuditEvent.PASSKEY_REMOVED
    messages: ClassVar[Mapping[str, LazyString]] = {
        "passkey": _("The passkey is registered."),
        "passkey-removed": _("The passkey is removed."),
    }
    answer_error = PasskeyError
    not_enrolled = UnknownPasskeyError
    removed_change = ChangeKind.PASSKEYS_REMOVED
    removal = Removal(
        act="remove-passkeys",
        title=_("Forget all passkeys"),
        button=_("Forget all of them"),
        ends=(
            _("Signing in and identifying oneself with these passkeys"),
            _("All open sign-ins of this customer, on every device"),
        ),
        begins=(_("The customer signs in with the password and can set up new ones"),),
        done=_("The passkeys are forgotten; open sign-ins have ended."),
        reasons=("lost_device", "compromised", "by_request", "other"),
    )
    error_messages: ClassVar[Mapping[str, ErrorMessage]] = {
        "passkey_refused": ErrorMessage(
            422,
            _("The passkey was not accepted."),
            _AGAIN,
        ),
        "passkey_too_late": ErrorMessage(
            409,
            _("Too much time passed since the passkey was asked for."),
            _("Press the button again."),
        ),
        "unknown_passkey": ErrorMessage(
            404,
            _("There is no such passkey among yours."),
            _("Choose another one, or another way."),
        ),
        "passkey_nameless": ErrorMessage(
            422,
            _("A passkey needs a name of 1 to 40 characters."),
            _("Type a name by which you recognise the device, such as My phone."),
        ),
        "passkey_known": ErrorMessage(
            409,
            _("This passkey is registered already."),
            _("Choose another device, or leave it as it is."),
        ),
        "enough_passkeys": ErrorMessage(
            409,
            _("You have ten passkeys, which is the most you can have."),
            _("Remove one that you no longer use."),
        ),
        "no_passkeys_here": ErrorMessage(
            409,
            _("This centre is opened by a number, and passkeys need a name."),
            _("Choose another way, or open the centre by its name."),
        ),
    }

    def find(
        self, session: Session, holder: AccountHolder, now: datetime
    ) -> EnrolledFactor | None:
        """Return all passkeys of the holder; none is ever locked."""
        passkeys = list_passkeys(session, holder)
        return EnrolledFactor(self, record=passkeys) if passkeys else None

    def is_usable(self, context: FactorContext) -> bool:
        """Tell whether browsers make passkeys for this address."""
        return find_relying_party(context) is not None

    def view(self, enrolled: EnrolledFactor, context: FactorContext) -> Response:
        """Return whether there can be any at this address."""
        return {"no_passkeys_here": find_relying_party(context) is None}

    def settings_view(self, context: FactorContext) -> Response:
        """Return where passkeys are made, or the address where they could be."""
        relying_party = find_relying_party(context)
        return {
            "site": relying_party,
            "local": local_address(context.config.public_url),
        }

    def challenge(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Return what the browser needs to sign with a passkey of the holder."""
        relying_party, now = require_relying_party(context), context.now
        return begin_check(session, holder, relying_party, secrets.token_bytes, now)

    def verify(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
    ) -> None:
        """Verify what a passkey signed."""
        check_passkey(
            session,
            holder,
            require_relying_party(context),
            response.get("answer"),
            challenge_id=response_text(response, "id", 64),
            now=context.now,
        )

    def enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Return where passkeys are made."""
        return self.settings_view(context)

    def begin_enrolment(
        self, session: Session, holder: AccountHolder, context: FactorContext
    ) -> Response:
        """Return what the browser needs to make a passkey."""
        return begin_enrolment(
            session,
            holder,
            require_relying_party(context),
            secrets.token_bytes,
            handle=user_handle(holder_label(holder), context.config.secret_key),
            account_name=device_name(holder),
            now=context.now,
        )

    def finish_enrolment(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
        *,
        allow: Callable[[], None],
    ) -> None:
        """Keep the passkey that was made."""
        enrol(
            session,
            holder,
            require_relying_party(context),
            response.get("answer"),
            challenge_id=response_text(response, "id", 64),
            name=response_text(response, "name", 32 * 1024),
            allow=allow,
            now=context.now,
        )

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
        """Forget one passkey, or all of them and what they were asked."""
        if authenticator_id is None:
            return remove_passkeys(session, holder, actor=actor, now=now, detail=detail)
        remove_passkey(session, holder, authenticator_id, actor=actor, now=now)
        return 1

    def operator_ids(self, session: Session) -> frozenset[int]:
        """Return the operators who have a passkey."""
        stmt = select(Passkey.operator_id).where(Passkey.operator_id.is_not(None))
        return frozenset(filter(None, session.scalars(stmt)))
