"""Whoever sits between the two devices: a relay that lies, or one who is faster."""

import secrets
from dataclasses import dataclass

from mobile_bridge.core import protocol as p
from mobile_bridge.core.handshake import Initiator, Part, Responder, Secrets
from mobile_bridge.core.protocol import Direction
from mobile_bridge.core.transfer import Receiver, Sender
from tests.support.bridge import GS

End = Part


def typed_devices(direction: Direction = GS) -> tuple[Initiator, Responder]:
    """Return two devices that only have a typed number in common: nothing."""
    both = Secrets.typed(secrets.token_bytes(16), direction)
    return Initiator(both, secrets.token_bytes), Responder(both, secrets.token_bytes)


@dataclass(frozen=True, slots=True)
class MitmRelay:
    """Who shows a code of its own to the responder, and scans the initiator's.

    With a typed number nothing forbids that: what stands against it is that the
    codes on the two screens differ.
    """

    to_initiator: Responder
    to_responder: Initiator

    @classmethod
    def of(cls, sid: bytes, direction: Direction = GS) -> "MitmRelay":
        """Return one that took the place of both."""
        both = Secrets.typed(sid, direction)
        return cls(
            Responder(both, secrets.token_bytes), Initiator(both, secrets.token_bytes)
        )

    def attack(self, initiator: Initiator, responder: Responder) -> tuple[End, End]:
        """Hold two handshakes; return the true devices as they are afterwards."""
        return self.of_initiator(initiator), self.of_responder(responder)

    def of_initiator(self, initiator: Initiator) -> End:
        """Be the responder of the true initiator."""
        m3 = initiator.take_m2(self.to_initiator.take_m1(initiator.m1))
        return initiator.take_m4(self.to_initiator.take_m3(m3)[0])

    def of_responder(self, responder: Responder) -> End:
        """Be the initiator of the true responder."""
        m3 = self.to_responder.take_m2(responder.take_m1(self.to_responder.m1))
        return responder.take_m3(m3)[1]


def sid_of(initiator: Initiator) -> bytes:
    """Return the name of an initiator's pairing."""
    return p.read_m1(initiator.m1).sid


def in_one_pair(one: End, two: End) -> tuple[Sender, Receiver]:
    """Return which of the two sends and which receives."""
    sender, receiver = (one, two) if isinstance(one, Sender) else (two, one)
    assert isinstance(sender, Sender)
    assert isinstance(receiver, Receiver)
    return sender, receiver
