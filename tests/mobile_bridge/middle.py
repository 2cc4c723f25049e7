"""Whoever sits between the two devices: a relay that lies, or one who is faster."""

import secrets
from dataclasses import dataclass

from mobile_bridge.core import protocol as p
from mobile_bridge.core.handshake import Scanner, Secrets, Shower
from mobile_bridge.core.protocol import Direction
from mobile_bridge.core.transfer import Receiver, Sender
from tests.mobile_bridge.makers import GS

End = Sender | Receiver


def typed_devices(direction: Direction = GS) -> tuple[Shower, Scanner]:
    """Return two devices that only have a typed number in common: nothing."""
    both = Secrets.typed(secrets.token_bytes(16), direction)
    return Shower(both, secrets.token_bytes), Scanner(both, secrets.token_bytes)


@dataclass(frozen=True, slots=True)
class Middle:
    """Who shows a code of its own to the scanner, and scans the shower's.

    With a typed number nothing forbids that: what stands against it is that the
    codes on the two screens differ.
    """

    to_shower: Scanner
    to_scanner: Shower

    @classmethod
    def of(cls, sid: bytes, direction: Direction = GS) -> "Middle":
        """Return one that took the place of both."""
        both = Secrets.typed(sid, direction)
        return cls(
            Scanner(both, secrets.token_bytes), Shower(both, secrets.token_bytes)
        )

    def attack(self, shower: Shower, scanner: Scanner) -> tuple[End, End]:
        """Hold two handshakes; return the true devices as they are afterwards."""
        return self.of_shower(shower), self.of_scanner(scanner)

    def of_shower(self, shower: Shower) -> End:
        """Be the scanner of the true shower."""
        m3 = shower.take_m2(self.to_shower.take_m1(shower.m1))
        return shower.take_m4(self.to_shower.take_m3(m3)[0])

    def of_scanner(self, scanner: Scanner) -> End:
        """Be the shower of the true scanner."""
        m3 = self.to_scanner.take_m2(scanner.take_m1(self.to_scanner.m1))
        return scanner.take_m3(m3)[1]


def sid_of(shower: Shower) -> bytes:
    """Return the name of a shower's pairing."""
    return p.read_m1(shower.m1).sid


def in_one_pair(one: End, two: End) -> tuple[Sender, Receiver]:
    """Return which of the two sends and which receives."""
    sender, receiver = (one, two) if isinstance(one, Sender) else (two, one)
    assert isinstance(sender, Sender)
    assert isinstance(receiver, Receiver)
    return sender, receiver
