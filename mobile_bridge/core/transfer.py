"""The transfer as one device walks it, without any network.

It begins with the keys of a handshake that went through. Nothing leaves the sender
before the code was typed, and nothing is acknowledged before it was kept.
"""

from hashlib import sha256

from mobile_bridge.core.bundle import (
    File,
    Offer,
    check_arrived,
    offer_for,
    read_offer,
    write_offer,
)
from mobile_bridge.core.channel import PAYLOAD_BLOCK, Opener, Sealer
from mobile_bridge.core.code_entry import CodeDisplay, CodeEntry
from mobile_bridge.core.protocol import Keys, fail
from mobile_bridge.core.step_guard import Step

ACCEPT, DECLINE = b"accept", b"decline"


class Sender(CodeEntry):
    """The side that gives its certificate, once the person typed the code."""

    def __init__(self, keys: Keys, sealer: Sealer, opener: Opener) -> None:
        super().__init__(keys, sealer, opener)
        self._payload = b""

    def note(self, word: str) -> bytes:
        """Return what tells the receiver, between the code and the offer, what is
        waited for here: one of `NOTES`."""
        return self._sealer.note(word)

    def offer(self, payload: bytes, *, move: bool) -> bytes:
        """Return m5, which announces `payload`."""
        with self.advance(Step.MATCHED, Step.OFFERED):
            self._payload, self._receipt = payload, sha256(payload).digest()
            return self._sealer.seal(write_offer(offer_for(payload, move=move)))

    def take_m6(self, m6: bytes) -> bool:
        """Return whether the person at the other side accepted.

        Raises:
            ProtocolError: the answer is not theirs.
        """
        with self.advance(Step.OFFERED, Step.ACCEPTED):
            answer = self._opener.open(m6)
            if answer not in (ACCEPT, DECLINE):
                fail()
        if answer == DECLINE:
            self.step = Step.SPENT
        return answer == ACCEPT

    def payload(self) -> bytes:
        """Return m7."""
        with self.advance(Step.ACCEPTED, Step.SENT):
            return self._sealer.seal(self._payload, PAYLOAD_BLOCK)


class Receiver(CodeDisplay):
    """The side that shows the code and keeps what comes."""

    def __init__(self, keys: Keys, sealer: Sealer, opener: Opener) -> None:
        super().__init__(keys, sealer, opener)
        self._offer: Offer | None = None

    def read_note(self, note: bytes) -> str | None:
        """Return what the sender waits for, once the code was typed there; None for
        what it did not say, and for what is over."""
        return self._opener.read_note(note) if self.step is Step.START else None

    def take_m5(self, m5: bytes) -> Offer:
        """Return what is announced, for the person to see.

        Raises:
            ProtocolError: it is not from the paired device.
            BundleError: it announces nothing that could be kept.
        """
        with self.advance(Step.START, Step.OFFERED):
            self._offer = read_offer(self._opener.open(m5))
            return self._offer

    def answer(self, *, accept: bool) -> bytes:
        """Return m6."""
        after = Step.ACCEPTED if accept else Step.SPENT
        with self.advance(Step.OFFERED, after):
            return self._sealer.seal(ACCEPT if accept else DECLINE)

    def take_m7(self, m7: bytes) -> tuple[File, ...]:
        """Return the files to keep.

        Raises:
            ProtocolError: it is not from the paired device.
            BundleError: it is not what the person accepted.
        """
        with self.advance(Step.ACCEPTED, Step.SENT):
            payload = self._opener.open(m7)
            if self._offer is None:
                fail()
            files = check_arrived(self._offer, payload)
            self._receipt = sha256(payload).digest()
            return files
