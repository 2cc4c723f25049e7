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
        shared = _secrets(self._run)
        self._handshake: Initiator | Responder = (
            Initiator(shared, _in_order(self._run, "skG", "nG"))
            if self._is_initiator
            else Responder(
                shared, _in_order(self._run, "kS"), fingerprint=self._fingerprint()
            )
        )
        self.end: Sender | Receiver | None = None

    def make_message(self, name: str) -> bytes | None:
        """Return the message, or None where it was the answer to the one before."""
        end = self.end
        if name == "m1":
            assert isinstance(self._handshake, Initiator)
            return self._handshake.m1
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

    def accepts(self, name: str) -> bool:
        """Say whether this device ever takes such a message."""
        device = self.end if name in ("m5", "m6", "m7", "m8") else self._handshake
        return hasattr(device, f"take_{name}")

    def handle(self, name: str, data: bytes) -> object:
        """Take `data` as message `name`; return the answer, where one comes at once."""
        if name in ("m5", "m6", "m7", "m8"):
            answer: object = getattr(self.end, f"take_{name}")(data)
            return answer if name in ("m5", "m6", "m7") else None
        # HPKE draws inside, so that only the vector's own m2 makes the vector's keys.
        fixed = octets(self._run, "m2")
        with patch.object(p, "make_m2", lambda *_: fixed):
            result: object = getattr(self._handshake, f"take_{name}")(data)
        if name == "m3":
            assert isinstance(result, tuple)
            result, self.end = result
        if name == "m4":
            assert isinstance(result, Sender | Receiver)
            self.end, result = result, None
        return result

    def _fingerprint(self) -> bytes | None:
        return octets(self._run, "fp") if self._run["mode"] == "Q" else None


def run_until(transcript: dict[str, Any], device: str, last: str) -> TranscriptRunner:
    """Return a device after everything up to and with the message `last`."""
    runner = TranscriptRunner(transcript, device)
    for message in transcript["messages"] if last else ():
        if message["from"] == device:
            runner.make_message(message["name"])
        else:
            runner.handle(message["name"], octets(message, "data"))
        if message["name"] == last:
            break
    return runner


def _secrets(run: dict[str, str]) -> Secrets:
    direction = Direction(run["dir"])
    if run["mode"] == "Q":
        return Secrets.from_seed(octets(run, "seed"), direction)
    return Secrets.typed(octets(run, "sid"), direction)


def _in_order(run: dict[str, str], *names: str) -> Any:
    drawn = [octets(run, name) for name in names]
    return lambda _: drawn.pop(0)
