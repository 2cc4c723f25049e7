"""What the page of an act says before it is done: what ends and what begins with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _

from webapp.authenticators.factors import find_removal
from webapp.ra.approvals.acts import REASONS, Act

SETTLE: Final = "settle"  # asks, and its note says enough
DECLINE: Final = "decline"  # its reason is for the customer
_SIGN_INS: Final = _("All open sign-ins of this customer, on every device")
_HANDED_OVER: Final = _("It is shown once, on the next page, to be handed over")


@dataclass(frozen=True, slots=True)
class ActText:
    """The page of one act; its heading and its button say the same."""

    title: Any
    button: Any
    ends: tuple[Any, ...] = ()
    begins: tuple[Any, ...] = ()


WORDS: Final[Mapping[str, ActText]] = MappingProxyType(
    {
        Act.PASSWORD: ActText(
            _("Make a new first password"),
            _("Make the password"),
            (
                _("The current password, at once"),
                _("All passkeys of this customer"),
                _SIGN_INS,
            ),
            (
                _("A new first password"),
                _HANDED_OVER,
                _("The customer chooses another one at the first sign-in"),
            ),
        ),
        Act.CARD: ActText(
            _("Issue a new card"),
            _("Make the card"),
            (_("The codes of the current card, at once"),),
            (_("A new card with 35 codes"), _HANDED_OVER),
        ),
        Act.CONTACT: ActText(
            _("Change phone or e-mail"),
            _("Store the change"),
            (_("E-mails and calls to what is registered now"),),
            (
                _("Whoever answers the new phone can pass the phone check"),
                _("The customer hears about the change where they were reached before"),
            ),
        ),
        Act.LOCK: ActText(
            _("Lock the sign-in"),
            _("Lock it now"),
            (_("Signing in, with the password and with passkeys"), _SIGN_INS),
            (
                _("The sign-in stays locked until somebody here unlocks it"),
                _("Certificates stay as they are: suspend them if need be"),
            ),
        ),
        Act.SUSPEND: ActText(
            _("Suspend this certificate"),
            _("Suspend it now"),
            (_("From this moment nobody should accept it"),),
            (
                _("The counter can lift that within six months"),
                _("Afterwards it is revoked for good"),
            ),
        ),
        Act.REVOKE: ActText(
            _("Revoke for good"),
            _("Revoke for good"),
            (
                _("Nothing can be signed with it any more"),
                _("Nobody can undo that: not the customer, not the centre"),
            ),
            (
                _("It stands on the revocation list"),
                _("What was signed before stays valid"),
            ),
        ),
        SETTLE: ActText(
            _("Note that it was paid"),
            _("It was paid"),
            (_("The charge is no longer open"),),
            (_("It stands as paid. Nobody can undo that"),),
        ),
        Act.WAIVE: ActText(
            _("Waive the charge"),
            _("Waive it"),
            (_("The customer no longer owes this sum"),),
            (_("It stands as waived. Nobody can undo that"),),
        ),
        Act.APPROVE: ActText(
            _("Approve the application"),
            _("Approve"),
            (),
            (_("The customer can take the certificate, within seven days"),),
        ),
        DECLINE: ActText(
            _("Decline the application"),
            _("Decline"),
            (_("The application, with all that was checked in it"),),
            (_("The customer reads your reason and can apply again"),),
        ),
        Act.CLOSE_IMPORT: ActText(
            _("Forget the passwords of this import"),
            _("Forget the passwords"),
            (_("Nobody can look at, print or save these first passwords any more"),),
            (
                _("The passwords work: who has theirs can sign in"),
                _("Whoever has none gets a new one on the page of the customer"),
            ),
        ),
        Act.OPERATOR_PASSWORD: ActText(
            _("Make a new first password"),
            _("Make the password"),
            (
                _("The current password, and all open sign-ins of this operator"),
                _("The first passwords of this operator's imports"),
            ),
            (
                _("A new first password"),
                _HANDED_OVER,
                _("From now on neither of you two is a second person to the other"),
            ),
        ),
        Act.OPERATOR_ROLE: ActText(
            _("Change the role"),
            _("Change the role"),
            (_("Rights that the new role does not have, at once"),),
            (_("More rights wait until a second administrator confirms them"),),
        ),
        Act.API_KEY_REVOKE: ActText(
            _("End an API key"),
            _("End this key"),
            (_("Every call with this key, at once and for good"),),
            (_("The program gets the answer api_key_refused"),),
        ),
        Act.INSTITUTION_SECRET: ActText(
            _("Make a new secret for an institution"),
            _("Make the secret"),
            (_("The current secret, at once"),),
            (
                _("A new secret"),
                _HANDED_OVER,
                _("Until its program has the new one, nobody can sign in there"),
            ),
        ),
        Act.INSTITUTION_END: ActText(
            _("End an institution"),
            _("End it for good"),
            (
                _("It can ask nobody any more, at once and for good"),
                _("Nobody can sign in there with a certificate"),
            ),
            (_("What it did stays in the log"),),
        ),
        Act.OPERATOR_CLOSE: ActText(
            _("Close an operator for good"),
            _("Close for good"),
            (
                _("Signing in, and all open sign-ins of this operator"),
                _("The first passwords of this operator's imports"),
            ),
            (_("What they did stays in the log. A closed operator stays closed"),),
        ),
    }
)


def act_text(act: str) -> ActText:
    """Return the words of an act; those of a factor's removal stand in its table.

    Raises:
        KeyError: there is none of that name.
    """
    factor_removal = find_removal(act)
    if factor_removal is None:
        return WORDS[act]
    removal = factor_removal[1]
    return ActText(removal.title, removal.button, removal.ends, removal.begins)


def act_reasons(act: str) -> tuple[str, ...]:
    """Return the usual reasons of an act; empty where its note says enough."""
    factor_removal = find_removal(act)
    return REASONS.get(act, ()) if factor_removal is None else factor_removal[1].reasons


# The usual reasons; those of a revocation are in `answers.REASONS`.
REASON_LABELS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "forgotten": _("Forgotten"),
        "compromised": _("Somebody else may know it"),
        "not_received": _("It never arrived, or was lost on paper"),
        "first": _("The first one"),
        "lost": _("Lost"),
        "worn": _("Worn or damaged"),
        "by_request": _("The person asked for it"),
        "mistyped": _("It was typed wrongly here"),
        "unreachable": _("Nobody is reached there any more"),
        "misuse": _("Misuse, or a suspicion of it"),
        "died": _("The person died"),
        "authority": _("An authority asked for it"),
        "lost_device": _("The device is lost or stolen"),
        "new_device": _("There is a new device"),
        "charged_wrongly": _("It was charged wrongly"),
        "goodwill": _("Goodwill"),
        "documents": _("The documents were looked at"),
        "in_person": _("The person was here with an identity card"),
        "handed_over": _("Everything was handed over"),
        "not_needed": _("It is no longer needed"),
        "new_duties": _("Other duties"),
        "stands_in": _("Stands in for somebody"),
        "left": _("No longer works here"),
        "by_turn": _("It is changed from time to time"),
        "other": _("Another reason: write it below"),
    }
)
