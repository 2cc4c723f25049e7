"""One pairing of two devices, as the relay sees it: who may speak, and until when.

Pure values: each function returns the pairing as it is afterwards or refuses. What
the messages say is unknown here; they are counted, never read.
"""

import hmac
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec.structs import replace

from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.errors import (
    EndedError,
    NotAvailableError,
    OutOfTurnError,
    TooLargeError,
)


class State(StrEnum):
    """How far the two devices are."""

    SHOWN = "shown"
    JOINED = "joined"
    AGREED = "agreed"
    TRANSFERRING = "transferring"
    DONE = "done"
    ENDED = "ended"


class Event(StrEnum):
    """What moves a pairing on; the last five are also the reasons of an end."""

    JOIN = "join"
    AGREE = "agree"
    ANSWER = "answer"
    FINISH = "done"
    EXPIRE = "expired"
    DECLINE = "declined"
    CROWD = "crowded"
    CANCEL = "cancelled"
    REFUSE = "refused"


# Strangers get as far as this with no effort.
PRE_AGREEMENT = (State.SHOWN, State.JOINED)
OPEN = (State.SHOWN, State.JOINED, State.AGREED, State.TRANSFERRING)
ENDS = (Event.EXPIRE, Event.DECLINE, Event.CROWD, Event.CANCEL, Event.REFUSE)
TABLE: Final = MappingProxyType(
    {
        (State.SHOWN, Event.JOIN): State.JOINED,  # a second device is there
        (State.JOINED, Event.AGREE): State.AGREED,  # m4 went through
        (State.AGREED, Event.ANSWER): State.TRANSFERRING,  # m6 went through
        (State.TRANSFERRING, Event.FINISH): State.DONE,  # m8, then "done"
        **{(state, event): State.ENDED for state in OPEN for event in ENDS},
    }
)


class Presence(StrEnum):
    """Whether a device is there, as far as the relay can tell."""

    HERE = "here"
    HIDDEN = "hidden"  # its page is behind another one, or its screen is off
    GONE = "gone"  # its socket has closed, and nothing has come since


class Role(StrEnum):
    """Which of the two devices."""

    INITIATOR = "G"
    RESPONDER = "S"


# Who speaks m1 to m8. The sender speaks m5 and m7, and so does who orders.
TURNS: Final = MappingProxyType(
    {
        Direction.INITIATOR_SENDS: "GSGSGSGS",
        Direction.RESPONDER_SENDS: "GSGSSGSG",
        Direction.RESPONDER_MAKES_KEY: "GSGSGSGS",
    }
)
MOVES: Final = MappingProxyType({4: Event.AGREE, 6: Event.ANSWER})


# What is kept of a pairing has the names of its first form.
class Participant(
    msgspec.Struct, frozen=True, rename={"sent": "said", "acked": "heard"}
):
    """One of the two devices: where it is connected, what it has sent."""

    connection: str  # where its socket is, or "" while it only posts
    token_hash: bytes
    device: str
    network: str
    sent: tuple[bytes, ...] = ()
    acked: int = 0  # the last message of the peer this device acknowledged
    presence: Presence = Presence.HERE
    note: bytes = b""  # what it wants its peer to know; sealed, as everything is


class Pairing(
    msgspec.Struct,
    frozen=True,
    rename={"initiator": "shower", "responder": "scanner"},
):
    """Two participants and the state between them."""

    sid: bytes
    mode: Mode
    direction: Direction
    initiator: Participant
    shown_at: float
    expires_at: float
    responder: Participant | None = None
    state: State = State.SHOWN
    reason: Event | None = None
    number: str | None = None  # mode T: what a person types to find it

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be said."""
        return self.state in (State.DONE, State.ENDED)

    @property
    def count(self) -> int:
        """How many messages have gone through."""
        return len(self.initiator.sent) + len(
            self.responder.sent if self.responder else ()
        )

    @property
    def size(self) -> int:
        """How many bytes the relay holds for it."""
        sent = self.initiator.sent + (self.responder.sent if self.responder else ())
        return sum(map(len, sent))

    def participant(self, role: Role) -> Participant | None:
        """Return the device in this role, if it is there."""
        return self.initiator if role is Role.INITIATOR else self.responder


def other(role: Role) -> Role:
    """Return the part of the peer."""
    return Role.RESPONDER if role is Role.INITIATOR else Role.INITIATOR


def token_hash(token: bytes) -> bytes:
    """Return what the relay remembers of a token."""
    return sha256(token).digest()


def role_of_token(pairing: Pairing, token: bytes) -> Role | None:
    """Return whose token it is, if it is anybody's."""
    given = token_hash(token)
    for role in Role:
        participant = pairing.participant(role)
        if participant is not None and hmac.compare_digest(
            participant.token_hash, given
        ):
            return role
    return None


def role_of_connection(pairing: Pairing, connection: str) -> Role | None:
    """Return which device's socket is `connection`, if it is anybody's."""
    for role in Role:
        participant = pairing.participant(role)
        if participant is not None and participant.connection == connection != "":
            return role
    return None


def after(pairing: Pairing, event: Event) -> Pairing:
    """Return the pairing that `event` leaves.

    Raises:
        EndedError: it was over before.
        OutOfTurnError: the event has no place in this state.
    """
    if pairing.is_over:
        raise EndedError(pairing.reason)
    state = TABLE.get((pairing.state, event))
    if state is None:
        raise OutOfTurnError
    moved = replace(pairing, state=state)
    return _emptied(moved, event) if moved.is_over else moved


def join(pairing: Pairing, participant: Participant, *, expires_at: float) -> Pairing:
    """Let the second device join; a third one ends the pairing for all.

    Raises:
        NotAvailableError: it is over; to who joins there is nothing here.
    """
    if pairing.is_over:
        raise NotAvailableError
    if (
        pairing.responder is not None
        and pairing.responder.token_hash == participant.token_hash
    ):
        # It has joined already, and did not hear the answer.
        return reattach(pairing, Role.RESPONDER, participant.connection)
    if role_of_connection(pairing, participant.connection) is not None:
        raise OutOfTurnError
    if pairing.responder is not None:
        return after(pairing, Event.CROWD)
    joined = after(pairing, Event.JOIN)
    return replace(joined, responder=participant, expires_at=expires_at)


def accept_message(
    pairing: Pairing, role: Role, n: int, data: bytes, *, max_bytes: int
) -> Pairing:
    """Take message `n` of one device; the same one again changes nothing.

    Raises:
        EndedError: the pairing is over.
        OutOfTurnError: it is not that device's turn, or the message is another one.
        TooLargeError: all messages together would be larger than `max_bytes`.
    """
    participant = pairing.participant(role)
    if (
        participant is not None
        and 1 <= n <= len(participant.sent)
        and participant.sent[n - 1] == data
    ):
        return pairing
    if pairing.is_over:
        raise EndedError(pairing.reason)
    if participant is None:
        raise OutOfTurnError
    turns, count = TURNS[pairing.direction], pairing.count
    if n != len(participant.sent) + 1 or turns[count : count + 1] != role:
        raise OutOfTurnError
    if pairing.size + len(data) > max_bytes:
        raise TooLargeError
    # To speak is to have heard: the turn has come, so what came before is there.
    peer = pairing.participant(other(role))
    acked = len(peer.sent) if peer else 0
    spoken = replace(participant, sent=(*participant.sent, data), acked=acked)
    spoke = _with_participant(pairing, role, spoken)
    move = MOVES.get(spoke.count)
    return after(spoke, move) if move else spoke


def acknowledge(pairing: Pairing, role: Role, n: int) -> Pairing:
    """Note that one device has the peer's messages up to `n`."""
    participant, peer = pairing.participant(role), pairing.participant(other(role))
    if participant is None or n > len(peer.sent if peer else ()):
        raise OutOfTurnError
    if n <= participant.acked or pairing.is_over:
        return pairing
    return _with_participant(pairing, role, replace(participant, acked=n))


def reattach(pairing: Pairing, role: Role, connection: str) -> Pairing:
    """Let a device go on with another connection; a POST ("") takes none away."""
    participant = pairing.participant(role)
    if participant is None:
        raise NotAvailableError
    if connection in ("", participant.connection):
        return pairing
    return _with_participant(pairing, role, replace(participant, connection=connection))


def set_presence(
    pairing: Pairing, role: Role, presence: Presence | None, note: bytes | None
) -> Pairing:
    """Note whether a device is there, and what it wants its peer to know.

    None changes nothing; but who speaks at all is not gone.
    """
    participant = pairing.participant(role)
    if participant is None or pairing.is_over:
        return pairing
    if presence is None:
        is_back = participant.presence is Presence.GONE
        presence = Presence.HERE if is_back else participant.presence
    stood = replace(
        participant, presence=presence, note=participant.note if note is None else note
    )
    return pairing if stood == participant else _with_participant(pairing, role, stood)


def leave(pairing: Pairing, connection: str) -> Pairing:
    """Note that a socket has closed; a device that has another one stays."""
    role = role_of_connection(pairing, connection)
    participant = pairing.participant(role) if role else None
    if role is None or participant is None or pairing.is_over:
        return pairing
    gone = replace(participant, connection="", presence=Presence.GONE)
    return _with_participant(pairing, role, gone)


def with_number(pairing: Pairing, number: str) -> Pairing:
    """Return a pairing that is found by a number (mode T)."""
    return replace(pairing, number=number)


def finish(pairing: Pairing, reason: Event) -> Pairing:
    """End a pairing as one of its devices wishes.

    Raises:
        OutOfTurnError: "done" before the receipt went through.
    """
    is_early = pairing.count < len(TURNS[pairing.direction])
    if reason is Event.FINISH and is_early and not pairing.is_over:
        raise OutOfTurnError
    return after(pairing, reason)


def _emptied(pairing: Pairing, reason: Event) -> Pairing:
    """Drop the messages; who was there stays, so that both can be told why.

    Of a finished pairing the last ones stay too: the receipt may still be under way.
    """
    last_count = 1 if reason is Event.FINISH else 0

    def without_messages(participant: Participant) -> Participant:
        dropped = len(participant.sent) - last_count
        sent = (b"",) * dropped + participant.sent[dropped:]
        return replace(participant, sent=sent)

    responder = pairing.responder and without_messages(pairing.responder)
    initiator = without_messages(pairing.initiator)
    return replace(pairing, initiator=initiator, responder=responder, reason=reason)


def _with_participant(
    pairing: Pairing, role: Role, participant: Participant
) -> Pairing:
    if role is Role.INITIATOR:
        return replace(pairing, initiator=participant)
    return replace(pairing, responder=participant)
