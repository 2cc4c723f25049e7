"""A device in a terminal: any role, mode and direction, from the code to the receipt.

The twin of frontend/bridge/session/device.js, with the same states under the same
names. It takes one step after the other; whoever has to be asked, and whatever is kept,
comes in.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn, Protocol

from mobile_bridge.core.bundle import File, Offer
from mobile_bridge.core.handshake import Initiator, Part, Random, Responder, Secrets
from mobile_bridge.core.link import Link, write_link
from mobile_bridge.core.pairing_number import without_separators
from mobile_bridge.core.protocol import SEED_BYTES, SID_BYTES, Direction, Mode
from mobile_bridge.core.transfer import Receiver, Sender
from mobile_bridge.device.relay_session import OnState, RelaySession
from mobile_bridge.device.replies import PairingEndedError
from mobile_bridge.errors import BridgeError, ProtocolError

CLOSING_SECONDS = 2
_SIX_DIGITS = re.compile(r"\d{6}", re.ASCII)


class SenderPrompts(Protocol):
    """Who sends."""

    def type_code(self, tries_left: int) -> str:
        """Return the six digits that the other device shows."""


class ReceiverPrompts(Protocol):
    """Who receives."""

    def accepts(self, offer: Offer) -> bool:
        """Say whether the person wants this."""

    def save(self, files: tuple[File, ...], offer: Offer) -> None:
        """Return when everything is stored and was read back; else raise."""


@dataclass(frozen=True, slots=True)
class SendTask:
    """To give `payload` away; `move` says that it will be deleted here."""

    prompts: SenderPrompts
    payload: bytes
    move: bool


@dataclass(frozen=True, slots=True)
class ReceiveTask:
    """To take what comes."""

    prompts: ReceiverPrompts


Task = SendTask | ReceiveTask


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended.

    `sent` and not `stored`, at the sender, is the one case in which nobody knows
    whether the other device has it.
    """

    reason: str
    ended_by: str
    code: str | None
    sender: bool
    sent: bool
    stored: bool


def direction_of(task: Task, *, is_initiator: bool) -> Direction:
    """Return the direction that follows from what a person does here."""
    sends = isinstance(task, SendTask)
    is_from_initiator = sends is is_initiator
    return Direction.INITIATOR_SENDS if is_from_initiator else Direction.RESPONDER_SENDS


class Device:
    """One device's part in one pairing. A fresh code is a fresh Device."""

    def __init__(
        self, session: RelaySession, task: Task, *, random: Random, on_state: OnState
    ) -> None:
        self._session, self._task = session, task
        self._random, self._on_state = random, on_state
        self._sent = self._stored = False

    def show(self, mode: Mode, origin: str) -> Ending:
        """Show a QR code or a number, and walk to the end."""
        return self._run(lambda: self._show(mode, origin))

    def join(self, link: Link) -> Ending:
        """Join what a QR code said, and walk to the end."""
        both = Secrets.from_seed(link.seed, link.direction)
        return self._run(lambda: self._join(both, link))

    def join_number(self, number: str) -> Ending:
        """Join by the number that the other device shows, and walk to the end."""
        return self._run(lambda: self._join_number(number))

    def _run(self, protocol: Callable[[], None]) -> Ending:
        """Take the steps; whatever stops them ends the pairing for both."""
        try:
            protocol()
        except PairingEndedError as over:
            return self._ending(over.reason, over.ended_by, over.detail)
        except KeyboardInterrupt:
            self._end("cancelled")
            return self._ending("cancelled", "self")
        except BridgeError as fault:
            # The peer learns that it is refused, and never why.
            self._end("refused")
            return self._ending("refused", "self", fault.code)
        except BaseException:
            self._end("refused")
            raise
        return self._ending("done", "self" if self._sends else "peer")

    def _end(self, reason: str) -> None:
        # Who presses Ctrl-C once more waits no longer, and still hears how it ended.
        with suppress(KeyboardInterrupt):
            self._session.end(reason)

    def _show(self, mode: Mode, origin: str) -> None:
        direction = direction_of(self._task, is_initiator=True)
        seed = self._random(SEED_BYTES)
        if mode is Mode.QR:
            both = Secrets.from_seed(seed, direction)
        else:
            both = Secrets.typed(self._random(SID_BYTES), direction)
        initiator = Initiator(both, self._random)
        shown = self._session.show(
            initiator.m1, both.sid, mode=mode, direction=direction
        )
        link = write_link(origin, initiator.link(seed)) if mode is Mode.QR else None
        fields = {"link": link, "number": shown.number, "expires_in": shown.expires_in}
        self._on_state({"state": "shown", **fields})
        self._session.send(initiator.take_m2(self._session.receive()))
        self._transfer(initiator.take_m4(self._session.receive()))

    def _join(self, both: Secrets, link: Link | None = None) -> None:
        if both.direction is not direction_of(self._task, is_initiator=False):
            raise ProtocolError
        fingerprint = link.fingerprint if link else None
        responder = Responder(both, self._random, fingerprint=fingerprint)
        if link is not None:
            self._session.join(sid=both.sid)
        self._session.send(responder.take_m1(self._session.receive()))
        m4, transfer = responder.take_m3(self._session.receive())
        self._session.send(m4)
        self._transfer(transfer)

    def _join_number(self, number: str) -> None:
        sid = self._session.join(number=number)
        direction = direction_of(self._task, is_initiator=False)
        self._join(Secrets.typed(sid, direction))

    def _transfer(self, transfer: Part) -> None:
        task = self._task
        if isinstance(transfer, Sender) and isinstance(task, SendTask):
            self._send(transfer, task)
        elif isinstance(transfer, Receiver) and isinstance(task, ReceiveTask):
            self._receive(transfer, task.prompts)
        else:
            raise ProtocolError

    def _send(self, sender: Sender, task: SendTask) -> None:
        self._match(sender, task.prompts)
        self._on_state({"state": "matched"})
        self._session.send(sender.offer(task.payload, move=task.move))
        self._on_state({"state": "offered"})
        if not sender.take_m6(self._session.receive()):
            self._decline("peer")
        self._on_state({"state": "accepted"})
        m7 = sender.payload()
        self._sent = True  # from the first byte on: who knows what arrives
        self._session.send(m7)
        self._on_state({"state": "sent"})
        if not sender.take_m8(self._session.receive()):
            self._sent = False  # nothing of it is there
            self._session.end("refused")
            raise PairingEndedError("refused", ended_by="self", code="not_stored_there")
        self._stored = True
        self._on_state({"state": "stored"})
        self._session.end("done")

    def _match(self, sender: Sender, prompts: SenderPrompts) -> None:
        """Let the person type the code; three tries."""
        is_right = False
        while not is_right:
            self._on_state({"state": "typing", "tries_left": sender.tries_left})
            digits = self._read_code(prompts, sender.tries_left)
            try:
                is_right = sender.type_code(digits)
            except ProtocolError:
                self._session.end("refused")
                raise PairingEndedError(
                    "refused", ended_by="self", code="wrong_code"
                ) from None

    def _read_code(self, prompts: SenderPrompts, tries_left: int) -> str:
        """Return six digits; what is none costs no try."""
        digits = ""
        while not _SIX_DIGITS.fullmatch(digits):
            text = self._session.while_waiting(lambda: prompts.type_code(tries_left))
            digits = without_separators(text)
        return digits

    def _receive(self, receiver: Receiver, prompts: ReceiverPrompts) -> None:
        self._on_state({"state": "code", "code": receiver.code})
        self._session.on_note(lambda note: self._on_note(receiver, note))
        offer = receiver.take_m5(self._session.receive())
        self._on_state({"state": "offer", "offer": offer_fields(offer)})
        accept = self._session.while_waiting(lambda: prompts.accepts(offer))
        self._session.send(receiver.answer(accept=accept))
        if not accept:
            self._decline("self")
        self._on_state({"state": "receiving"})
        files = receiver.take_m7(self._session.receive())
        self._on_state({"state": "keeping"})
        try:
            prompts.save(files, offer)
        except Exception:
            self._report_not_stored(receiver)
            raise
        self._stored = True
        self._on_state({"state": "stored"})
        self._session.send(receiver.receipt())
        while not self._session.is_done:
            self._session.wait(CLOSING_SECONDS)

    def _on_note(self, receiver: Receiver, note: bytes) -> None:
        """Tell what the sender waits for, once the digits were typed there."""
        asks = receiver.read_note(note)
        if asks is not None:
            self._on_state({"state": "matched", "asks": asks})

    def _report_not_stored(self, receiver: Receiver) -> None:
        """Tell the sender, so that nobody there has to guess; it then ends it."""
        with suppress(BridgeError):
            self._session.send(receiver.not_stored())
            while not self._session.is_done:
                self._session.wait(CLOSING_SECONDS)

    def _decline(self, ended_by: str) -> NoReturn:
        self._session.end("declined")
        raise PairingEndedError("declined", ended_by=ended_by)

    @property
    def _sends(self) -> bool:
        return isinstance(self._task, SendTask)

    def _ending(self, reason: str, ended_by: str, code: str | None = None) -> Ending:
        return Ending(
            reason=reason,
            ended_by=ended_by,
            code=code,
            sender=self._sends,
            sent=self._sent,
            stored=self._stored,
        )


def offer_fields(offer: Offer) -> Mapping[str, object]:
    """Return an offer as it is shown."""
    fields = ("name", "issuer", "serial", "policy", "not_before", "not_after")
    names = (*fields, "files", "size", "sha256", "move")
    return {name: getattr(offer, name) for name in names}


__all__ = ["Device", "Ending", "ReceiveTask", "SendTask", "direction_of"]
