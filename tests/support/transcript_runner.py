"""One device of a vector transcript, walked message by message."""

from typing import Any
from unittest.mock import patch

from mobile_bridge.core import protocol as p
from mobile_bridge.core.handshake import Initiator, Responder, Secrets
from mobile_bridge.core.protocol import Direction
from mobile_bridge.core.transfer import Receiver, Sender
from tests.support.bridge import octets, vectors

RUNS = vectors("brg1.json")["runs"]


class TranscriptRunner:
    """Draws what the vector drew, and says what its next message is."""

    def __init__(self, transcript: dict[str, Any], device: str) -> None:
        self._transcript, self._is_initiator = transcript, device == "G"
        self._run = RUNS[transcript["run"]]
        both = _secrets(self._run)
        self._hands: Initiator | Responder = (
            Initiator(both, _in_turn(self._run, "skG", "nG"))
            if self._is_initiator
            else Responder(both, _in_turn(self._run, "kS"), fingerprint=self._seen())
        )
        self.end: Sender | Receiver | None = None

    def say(self, name: str) -> bytes | None:
        """Return the message, or None where it was the answer to the one before."""
        end = self.end
        if name == "m1":
            assert isinstance(self._hands, Initiator)
            return self._hands.m1
        if name == "m5":
            assert isinstance(end, Sender)
            assert end.type_code(self._transcript["code"])
            payload = bytes.fromhex(self._transcript["payload"])
            return end.offer(payload, move=self._transcript["move"])
        if name == "m6":
            assert isinstance(end, Receiver)
            return end.answer(accept=True)
        if name == "m7":
            assert isinstance(end, Sender)
            return end.payload()
        if name == "m8":
            assert isinstance(end, Receiver)
            return end.receipt()
        return None

    def takes(self, name: str) -> bool:
        """Say whether this device ever takes such a message."""
        thing = self.end if name in ("m5", "m6", "m7", "m8") else self._hands
        return hasattr(thing, f"take_{name}")

    def take(self, name: str, data: bytes) -> object:
        """Take `data` as message `name`; return the answer, where one comes at once."""
        if name in ("m5", "m6", "m7", "m8"):
            answer: object = getattr(self.end, f"take_{name}")(data)
            return answer if name in ("m5", "m6", "m7") else None
        # HPKE draws inside, so that only the vector's own m2 makes the vector's keys.
        fixed = octets(self._run, "m2")
        with patch.object(p, "make_m2", lambda *_: fixed):
            said: object = getattr(self._hands, f"take_{name}")(data)
        if name == "m3":
            assert isinstance(said, tuple)
            said, self.end = said
        if name == "m4":
            assert isinstance(said, Sender | Receiver)
            self.end, said = said, None
        return said

    def _seen(self) -> bytes | None:
        return octets(self._run, "fp") if self._run["mode"] == "Q" else None


def walk(transcript: dict[str, Any], device: str, last: str) -> TranscriptRunner:
    """Return a device after everything up to and with the message `last`."""
    walker = TranscriptRunner(transcript, device)
    for message in transcript["messages"] if last else ():
        if message["from"] == device:
            walker.say(message["name"])
        else:
            walker.take(message["name"], octets(message, "data"))
        if message["name"] == last:
            break
    return walker


def _secrets(run: dict[str, str]) -> Secrets:
    direction = Direction(run["dir"])
    if run["mode"] == "Q":
        return Secrets.from_seed(octets(run, "seed"), direction)
    return Secrets.typed(octets(run, "sid"), direction)


def _in_turn(run: dict[str, str], *names: str) -> Any:
    drawn = [octets(run, name) for name in names]
    return lambda _: drawn.pop(0)
