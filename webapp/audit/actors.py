"""Who did what the log tells of."""

from dataclasses import dataclass
from typing import Final, Self

from flask_babel import lazy_gettext as _

from webapp.audit.labels import LabelledCode


class ActorKind(LabelledCode):
    """What an actor is; of customers and operators there are many, by number."""

    CUSTOMER = "customer", _("the customer"), _("You")
    OPERATOR = "operator", _("The counter")
    SYSTEM = "centre", _("By rule")  # nobody is at the keyboard
    UNKNOWN = "unknown", _("Somebody who was not signed in")
    KEY_HOLDER = "key-holder", _("Somebody with the key and its password")
    DEVICE = "device", _("A paired device")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; `number` is the customer's or operator's.

    As text it is what is stored: "customer:7", "operator:2", "centre".
    """

    kind: ActorKind
    number: int | None = None

    def __str__(self) -> str:
        """Return what is stored."""
        return self.kind.value + ("" if self.number is None else f":{self.number}")

    @classmethod
    def customer(cls, number: int) -> Self:
        """Return a customer."""
        return cls(ActorKind.CUSTOMER, number)

    @classmethod
    def operator(cls, number: int) -> Self:
        """Return an operator."""
        return cls(ActorKind.OPERATOR, number)


SYSTEM: Final = Actor(ActorKind.SYSTEM)
UNKNOWN: Final = Actor(ActorKind.UNKNOWN)
KEY_HOLDER: Final = Actor(ActorKind.KEY_HOLDER)
DEVICE: Final = Actor(ActorKind.DEVICE)
WITHOUT_NUMBER: Final = (SYSTEM, UNKNOWN, KEY_HOLDER, DEVICE)


def find_actor(stored: str) -> Actor | None:
    """Return the actor of a stored text; None for one of a newer version."""
    kind, _colon, number = stored.partition(":")
    for actor in WITHOUT_NUMBER:
        if stored == str(actor):
            return actor
    if kind in (ActorKind.CUSTOMER, ActorKind.OPERATOR) and number.isdecimal():
        return Actor(ActorKind[kind.upper()], int(number))
    return None
