"""What at the counter cannot be undone, and why it is done. Pure.

What cannot be undone asks first and wants a reason for the log; what gives back, as an
unlock does, is one press.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.ra.errors import ReasonMissingError
from webapp.values.text_input import normalize_text

MAX_NOTE: Final = 200
OTHER: Final = "other"
REMOVAL: Final = "remove-"  # how the acts begin that take a second factor away
NOTE_NEEDED: Final = frozenset({OTHER, "unspecified"})  # says nothing by itself


class Act(StrEnum):
    """What asks before it is done, beside what takes a second factor away.

    The acts of factors are in their table, "remove-…": text beside these names.
    """

    PASSWORD = "password"  # noqa: S105 - an act, no password
    CARD = "card"
    CONTACT = "contact"
    LOCK = "lock"
    SUSPEND = "suspend"
    REVOKE = "revoke"
    WAIVE = "waive"
    APPROVE = "approve"
    CLOSE_IMPORT = "close-import"
    OPERATOR_PASSWORD = "operator-password"  # noqa: S105
    OPERATOR_ROLE = "operator-role"
    OPERATOR_CLOSE = "operator-close"
    API_KEY_REVOKE = "api-key-revoke"
    INSTITUTION_SECRET = "institution-secret"  # noqa: S105
    INSTITUTION_END = "institution-end"


# The usual reasons of each; those of a revocation are the field's (RFC 5280 5.3.1).
REASONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Act.PASSWORD: ("forgotten", "compromised", "not_received", OTHER),
        Act.CARD: ("first", "lost", "compromised", "worn", OTHER),
        Act.CONTACT: ("by_request", "mistyped", "unreachable", OTHER),
        Act.LOCK: ("by_request", "misuse", "died", "authority", OTHER),
        Act.SUSPEND: ("by_request", "misuse", "authority", OTHER),
        Act.REVOKE: (
            "cessation_of_operation",
            "key_compromise",
            "affiliation_changed",
            "privilege_withdrawn",
            "unspecified",
        ),
        Act.WAIVE: ("charged_wrongly", "goodwill", OTHER),
        Act.APPROVE: ("documents", "in_person", OTHER),
        Act.CLOSE_IMPORT: ("handed_over", "not_needed", OTHER),
        Act.OPERATOR_PASSWORD: ("forgotten", "compromised", "not_received", OTHER),
        Act.OPERATOR_ROLE: ("new_duties", "stands_in", "mistyped", OTHER),
        Act.OPERATOR_CLOSE: ("left", "new_duties", "misuse", OTHER),
        Act.API_KEY_REVOKE: ("not_needed", "compromised", "misuse", OTHER),
        Act.INSTITUTION_SECRET: ("lost", "compromised", "by_turn", OTHER),
        Act.INSTITUTION_END: ("not_needed", "compromised", "misuse", OTHER),
    }
)


@dataclass(frozen=True, slots=True)
class Justification:
    """Why something is done: one of the usual reasons, and what else was written."""

    reason: str
    note: str = ""

    def for_log(self) -> dict[str, str]:
        """Return it as the log keeps it."""
        return {"reason": self.reason, **({"note": self.note} if self.note else {})}


def parse_justification(
    reasons: Collection[str], reason: str, note: str
) -> Justification:
    """Return the reason for an act, one of `reasons`, as it was chosen and written.

    Raises:
        ReasonMissingError: none of its reasons was chosen, one that says nothing by
            itself has no note, or the note is longer than MAX_NOTE.
    """
    text = normalize_text(note)
    is_explained = text or reason not in NOTE_NEEDED
    if reason not in reasons or not is_explained or len(text) > MAX_NOTE:
        raise ReasonMissingError
    return Justification(reason, text)
