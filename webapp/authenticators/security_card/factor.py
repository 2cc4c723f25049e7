"""The security card as a factor: the row of the table."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from mobile_bridge.core.pairing_number import without_separators
from webapp.accounts.change_kinds import ChangeKind
from webapp.accounts.holders import AccountHolder
from webapp.accounts.models import Customer
from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.authenticators.factor import (
    AT_COUNTER,
    EnrolledFactor,
    Factor,
    FactorContext,
    Response,
    response_text,
)
from webapp.authenticators.models import SecurityCard
from webapp.authenticators.security_card.rules import (
    MAX_ERRORS,
    CardChallenge,
    CardResponse,
)
from webapp.authenticators.security_card.service import (
    CardError,
    NoCardError,
    challenge_of,
    find_card,
    unlock_card,
    verify_card,
)
from webapp.exceptions import ErrorMessage


class SecurityCardFactor(Factor):
    """The security card that the counter hands out (a look-up secret, 5.1.2)."""

    id = "card"
    path = "card"
    template = "authenticators/factors/card.html"
    label = _("Security card")
    at_hand = _("your security card")
    is_enrolled_by_holder = False
    always_sets_up_others = True
    needs_key = True
    max_errors = MAX_ERRORS
    used_event = AuditEvent.CARD_ANSWERED
    messages: ClassVar[Mapping[str, LazyString]] = {
        "unlock-card": _("The security card can be used again.")
    }
    answer_error = CardError
    not_enrolled = NoCardError
    unlocked_change = ChangeKind.CARD_UNLOCKED
    error_messages: ClassVar[Mapping[str, ErrorMessage]] = {
        "no_card": ErrorMessage(
            409, _("There is no security card in your name."), AT_COUNTER
        ),
        "card_locked": ErrorMessage(
            409,
            _("Your security card is locked, because five answers were wrong."),
            AT_COUNTER,
        ),
        "card_incomplete": ErrorMessage(
            422,
            _("Type two digits into each of the two boxes."),
            _("Look for both numbers on your card. This did not count as a try."),
        ),
        "card_asks_other": ErrorMessage(
            409,
            _("The card asks for other numbers by now."),
            _("Look at the numbers below. This did not count as a try."),
        ),
        "card_wrong": ErrorMessage(
            422,
            _("These are not the digits on your card."),
            _("Compare the two numbers with your card and type the digits again."),
        ),
    }

    def thing(self, enrolled: EnrolledFactor | None) -> str:
        """Return the card by its last digits, if it is known."""
        if enrolled is None:
            return str(self.at_hand)
        card: SecurityCard = enrolled.record
        digits = card.number[-4:]
        return str(_("your security card that ends in %(digits)s", digits=digits))

    def find(
        self, session: Session, holder: AccountHolder, now: datetime
    ) -> EnrolledFactor | None:
        """Return the card that is not closed; an operator has none."""
        card = find_card(session, holder) if isinstance(holder, Customer) else None
        if card is None:
            return None
        return EnrolledFactor(self, card.locked_at is not None, card.errors, card)

    def is_listed(self, context: FactorContext) -> bool:
        """Every customer reads how to get one, or that theirs is locked."""
        return True

    def view(self, enrolled: EnrolledFactor, context: FactorContext) -> Response:
        """Return which two codes are asked for, and of which card."""
        card: SecurityCard = enrolled.record
        return {"question": challenge_of(card), "card_number": card.number}

    def verify(
        self,
        session: Session,
        holder: AccountHolder,
        response: Response,
        context: FactorContext,
    ) -> None:
        """Compare the two halves that were typed."""
        if not isinstance(holder, Customer):
            raise NoCardError
        verify_card(
            session,
            holder,
            context.encryption_key(),
            CardResponse(_half(response, "first"), _half(response, "second")),
            challenge=CardChallenge(
                _index(response, "ask_first"), _index(response, "ask_second")
            ),
            random=secrets.SystemRandom(),
            now=context.now,
        )

    def unlock(
        self, session: Session, holder: AccountHolder, *, actor: Actor, now: datetime
    ) -> None:
        """Let the card be used again, with no errors."""
        if not isinstance(holder, Customer):
            raise NoCardError
        unlock_card(session, holder, actor=actor, now=now)


def _half(response: Response, name: str) -> str:
    return without_separators(response_text(response, name, 16))


def _index(response: Response, name: str) -> int:
    typed = response_text(response, name, 3)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
