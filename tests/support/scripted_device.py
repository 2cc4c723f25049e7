"""A device by the book, one step at a time, on a line that somebody else controls.

It writes ahead: a message is made once, kept, and said until the relay has it.
"""

import secrets
from collections import deque
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_bridge.core import channel
from mobile_bridge.core.handshake import Initiator, Part, Responder, Secrets
from mobile_bridge.core.remote_issuance import KeyHolder, Registrar
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.relay.pairing import TURNS, Role
from tests.support.bridge import RelayFixture, sample_files, sample_payload
from tests.support.issuing import sample_issued, sample_order, sample_request

Answer = dict[str, Any]


class OnceCipher:
    """AES-GCM that seals nothing under a nonce that was used."""

    def __init__(self, key: bytes) -> None:
        self._cipher, self._used = AESGCM(key), set[bytes]()

    def encrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
        assert nonce not in self._used, "a nonce was used twice"
        self._used.add(nonce)
        return self._cipher.encrypt(nonce, data, aad)

    def decrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
        return self._cipher.decrypt(nonce, data, aad)


class ScriptedDevice:
    """One of the two devices, with what it said and heard."""

    def __init__(
        self,
        fixture: RelayFixture,
        handshake: Initiator | Responder,
        shared: Secrets,
    ) -> None:
        self.fixture, self.handshake, self.shared = fixture, handshake, shared
        self.mode, self.direction = shared.mode, shared.direction
        is_initiator = isinstance(handshake, Initiator)
        self.role = Role.INITIATOR if is_initiator else Role.RESPONDER
        self.token = secrets.token_bytes(16)
        self.sid = b""
        self.number: str | None = None
        self.socket: str | None = None
        self.queue: deque[tuple[str, Answer]] = deque()
        self.messages: list[bytes] = []
        self.sent = self.received_count = self.saved_count = self._sockets = 0
        self.reply: bytes | None = None
        self.end: Part | None = None
        self.peer: ScriptedDevice | None = None
        self.reason: str | None = None
        self.has_joined = self.has_receipt = False

    @property
    def code(self) -> str | None:
        """The digits on its screen."""
        return self.end.code if isinstance(self.end, Receiver | KeyHolder) else None

    def connect(self) -> None:
        """Open a socket; the relay does not know yet whose it is."""
        self._sockets += 1
        self.socket = f"{self.role.value}.{self._sockets}"
        self.queue.clear()

    def cut(self) -> None:
        """Lose the socket and all that was under way to it."""
        self.socket = None
        self.queue.clear()

    def ask(
        self, event: str, *, connection: str | None = None, **body: object
    ) -> Answer:
        """Ask by socket, or by POST where there is none."""
        where = self.socket or "" if connection is None else connection
        is_known = where and event in ("frame", "got", "end")
        token = {} if is_known else {"token": self.token}
        place = {"sid": self.sid} if self.sid else {}
        return self.fixture.ask(where, event, **place, **token, **body)

    def begin(self, *, lost: bool) -> None:
        """Take a seat; again with the same token when the answer was lost."""
        if isinstance(self.handshake, Initiator):
            self.sid = self.shared.sid
            self.messages = self.messages or [self.handshake.m1]
            about = {"mode": self.mode.value, "dir": self.direction.value}
            answer = self.ask("show", m1=self.handshake.m1, **about)
        elif self.number is not None:
            answer = self.ask("join", number=self.number)
        else:
            self.sid = self.shared.sid
            answer = self.ask("join")
        if lost:
            self.cut()
        else:
            self._on_joined(answer)

    def _on_joined(self, answer: Answer) -> None:
        if not answer["ok"]:
            self.reason = answer["code"]
            return
        self.has_joined, self.sent = True, max(self.sent, len(self.messages[:1]))
        self.number = answer.get("number", self.number)
        self.sid = answer.get("sid", self.sid)
        for frame in answer.get("frames", ()):
            self.handle(frame["n"], frame["data"])

    def resume(self, *, lost: bool = False) -> None:
        """Ask how things stand, and seat the socket if there is one."""
        answer = self.ask("resume", received=self.received_count)
        if lost:
            self.cut()
            return
        if not answer["ok"]:
            self.reason = answer.get("reason", answer["code"])
            return
        self.sent = answer["sent"]
        for frame in answer["frames"]:
            self.handle(frame["n"], frame["data"])
        if answer["state"] == "done":
            self.reason = "done"

    def receive(self) -> None:
        """Take what the relay told first."""
        event, content = self.queue.popleft()
        if event == "frame":
            self.handle(content["n"], content["data"])
        elif event == "ended":
            self.reason = content["reason"]

    def is_up(self) -> bool:
        """Say whether it has something to say and may say it."""
        if self.sent < len(self.messages) or self.has_receipt:
            return True
        turns, count = TURNS[self.direction], len(self.messages) + self.received_count
        if turns[count : count + 1] != self.role:
            return False
        waits = isinstance(self.end, Sender | Registrar) and count == 4
        return not waits or (self.peer is not None and self.peer.code is not None)

    def send(self, *, lost: bool = False) -> None:
        """Say its next message, or "done"."""
        if self.sent == len(self.messages) and self.has_receipt:
            answer = self.ask("end", reason="done")
        else:
            if self.sent == len(self.messages):
                self.messages.append(self._next_message())
            n = self.sent + 1
            answer = self.ask("frame", n=n, data=self.messages[n - 1])
        if lost:
            self.cut()
        elif not answer["ok"]:
            self.resume()
        elif self.has_receipt:
            self.reason = "done"
        else:
            self.sent += 1

    def handle(self, n: int, data: bytes) -> None:
        """Handle a message of the peer; what is known already is dropped."""
        if n != self.received_count + 1:
            return
        self.received_count += 1
        number = len(self.messages) + self.received_count
        end = self.end
        if number <= 4:
            self._handle_handshake(number, data)
        elif isinstance(end, Receiver | KeyHolder) and number == 5:
            end.take_m5(data)
        elif isinstance(end, Registrar) and number == 6:
            assert end.take_m6(data) == sample_request()
        elif isinstance(end, Sender) and number == 6:
            assert end.take_m6(data)
        elif isinstance(end, Receiver):
            assert list(end.take_m7(data)) == sample_files()
            self.saved_count += 1
        elif isinstance(end, KeyHolder):
            assert end.take_m7(data) == sample_issued()
            self.saved_count += 1
        elif isinstance(end, Sender | Registrar):
            end.take_m8(data)
            self.has_receipt = True

    def _handle_handshake(self, number: int, data: bytes) -> None:
        with patch.object(channel, "AESGCM", OnceCipher):
            result = getattr(self.handshake, f"take_m{number}")(data)
        if number == 3:
            self.reply, self.end = result
        elif number == 4:
            self.end = result
        else:
            self.reply = result

    def _next_message(self) -> bytes:
        """Make the next message, which is made only once."""
        reply, self.reply = self.reply, None
        if reply is not None:
            return reply
        end, number = self.end, len(self.messages) + self.received_count + 1
        if isinstance(end, Receiver):
            return end.answer(accept=True) if number == 6 else end.receipt()
        if isinstance(end, KeyHolder):
            return end.request(sample_request()) if number == 6 else end.receipt()
        assert isinstance(end, Sender | Registrar)
        if number == 7:
            if isinstance(end, Registrar):
                return end.deliver(sample_issued())
            return end.payload()
        assert self.peer is not None
        assert self.peer.code is not None
        assert end.type_code(self.peer.code)
        if isinstance(end, Registrar):
            return end.order(sample_order())
        return end.offer(sample_payload(), move=True)
