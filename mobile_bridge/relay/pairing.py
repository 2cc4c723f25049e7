"""One pairing of two devices, as the relay sees it: who may speak, and until when.

Pure values: each function returns the pairing as it is afterwards or refuses. What
the messages say is unknown here; they are counted, never read.
"""

import hmac
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

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


UNSURE = (State.SHOWN, State.JOINED)  # strangers get as far as this with no effort
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


class Part(StrEnum):
    """Which of the two devices."""

    SHOWER = "G"
    SCANNER = "S"


# Who speaks m1 to m8. The sender speaks m5 and m7.
TURNS: Final = MappingProxyType(
    {Direction.SHOWER_SENDS: "GSGSGSGS", Direction.SCANNER_SENDS: "GSGSSGSG"}
)
MOVES: Final = MappingProxyType({4: Event.AGREE, 6: Event.ANSWER})


@dataclass(frozen=True, slots=True)
class Seat:
    """One of the two places: a device, where it is connected, what it has said."""

    connection: str  # where its socket is, or "" while it only posts
    token_hash: bytes
    device: str
    network: str
    said: tuple[bytes, ...] = ()
    heard: int = 0  # the last message of the peer this device acknowledged
    presence: Presence = Presence.HERE
    note: bytes = b""  # what it wants its peer to know; sealed, as everything is


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two seats and the state between them."""

    sid: bytes
    mode: Mode
    direction: Direction
    shower: Seat
    shown_at: float
    expires_at: float
    scanner: Seat | None = None
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
        return len(self.shower.said) + len(self.scanner.said if self.scanner else ())

    @property
    def size(self) -> int:
        """How many bytes the relay holds for it."""
        said = self.shower.said + (self.scanner.said if self.scanner else ())
        return sum(map(len, said))

    def seat(self, part: Part) -> Seat | None:
        """Return who sits there, if somebody does."""
        return self.shower if part is Part.SHOWER else self.scanner


def other(part: Part) -> Part:
    """Return the part of the peer."""
    return Part.SCANNER if part is Part.SHOWER else Part.SHOWER


def token_hash(token: bytes) -> bytes:
    """Return what the relay remembers of a token."""
    return sha256(token).digest()


def holder_of(pairing: Pairing, token: bytes) -> Part | None:
    """Return whose token it is, if it is anybody's."""
    given = token_hash(token)
    for part in Part:
        seat = pairing.seat(part)
        if seat is not None and hmac.compare_digest(seat.token_hash, given):
            return part
    return None


def part_on(pairing: Pairing, connection: str) -> Part | None:
    """Return which device's socket is `connection`, if it is anybody's."""
    for part in Part:
        seat = pairing.seat(part)
        if seat is not None and seat.connection == connection != "":
            return part
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


def join(pairing: Pairing, seat: Seat, *, expires_at: float) -> Pairing:
    """Seat the second device; a third one ends the pairing for all.

    Raises:
        NotAvailableError: it is over; to who joins there is nothing here.
    """
    if pairing.is_over:
        raise NotAvailableError
    if pairing.scanner is not None and pairing.scanner.token_hash == seat.token_hash:
        # It has joined already, and did not hear the answer.
        return move_to(pairing, Part.SCANNER, seat.connection)
    if part_on(pairing, seat.connection) is not None:
        raise OutOfTurnError
    if pairing.scanner is not None:
        return after(pairing, Event.CROWD)
    joined = after(pairing, Event.JOIN)
    return replace(joined, scanner=seat, expires_at=expires_at)


def say(
    pairing: Pairing, part: Part, n: int, data: bytes, *, most_bytes: int
) -> Pairing:
    """Take message `n` of one device; the same one again changes nothing.

    Raises:
        EndedError: the pairing is over.
        OutOfTurnError: it is not that device's turn, or the message is another one.
        TooLargeError: all messages together would be larger than `most_bytes`.
    """
    seat = pairing.seat(part)
    if seat is not None and 1 <= n <= len(seat.said) and seat.said[n - 1] == data:
        return pairing
    if pairing.is_over:
        raise EndedError(pairing.reason)
    if seat is None:
        raise OutOfTurnError
    turns, count = TURNS[pairing.direction], pairing.count
    if n != len(seat.said) + 1 or turns[count : count + 1] != part:
        raise OutOfTurnError
    if pairing.size + len(data) > most_bytes:
        raise TooLargeError
    # To speak is to have heard: the turn has come, so what came before is there.
    peer = pairing.seat(other(part))
    heard = len(peer.said) if peer else 0
    spoken_seat = replace(seat, said=(*seat.said, data), heard=heard)
    spoke = _seated(pairing, part, spoken_seat)
    move = MOVES.get(spoke.count)
    return after(spoke, move) if move else spoke


def hear(pairing: Pairing, part: Part, n: int) -> Pairing:
    """Note that one device has the peer's messages up to `n`."""
    seat, peer = pairing.seat(part), pairing.seat(other(part))
    if seat is None or n > len(peer.said if peer else ()):
        raise OutOfTurnError
    if n <= seat.heard or pairing.is_over:
        return pairing
    return _seated(pairing, part, replace(seat, heard=n))


def move_to(pairing: Pairing, part: Part, connection: str) -> Pairing:
    """Let a device go on with another connection; a POST ("") takes none away."""
    seat = pairing.seat(part)
    if seat is None:
        raise NotAvailableError
    if connection in ("", seat.connection):
        return pairing
    return _seated(pairing, part, replace(seat, connection=connection))


def stand(
    pairing: Pairing, part: Part, presence: Presence | None, note: bytes | None
) -> Pairing:
    """Note whether a device is there, and what it wants its peer to know.

    None changes nothing; but who speaks at all is not gone.
    """
    seat = pairing.seat(part)
    if seat is None or pairing.is_over:
        return pairing
    if presence is None:
        is_back = seat.presence is Presence.GONE
        presence = Presence.HERE if is_back else seat.presence
    stood = replace(seat, presence=presence, note=seat.note if note is None else note)
    return pairing if stood == seat else _seated(pairing, part, stood)


def leave(pairing: Pairing, connection: str) -> Pairing:
    """Note that a socket has closed; a device that has another one stays."""
    part = part_on(pairing, connection)
    seat = pairing.seat(part) if part else None
    if part is None or seat is None or pairing.is_over:
        return pairing
    gone = replace(seat, connection="", presence=Presence.GONE)
    return _seated(pairing, part, gone)


def numbered(pairing: Pairing, number: str) -> Pairing:
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
    keep = 1 if reason is Event.FINISH else 0

    def emptied(seat: Seat) -> Seat:
        last = seat.said[len(seat.said) - keep :]
        return replace(seat, said=(b"",) * (len(seat.said) - keep) + last)

    scanner = pairing.scanner and emptied(pairing.scanner)
    shower = emptied(pairing.shower)
    return replace(pairing, shower=shower, scanner=scanner, reason=reason)


def _seated(pairing: Pairing, part: Part, seat: Seat) -> Pairing:
    if part is Part.SHOWER:
        return replace(pairing, shower=seat)
    return replace(pairing, scanner=seat)
