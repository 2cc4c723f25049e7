"""What arrives at the relay and what leaves it, as dictionaries on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from mobile_bridge.errors import BadRequestError, RelayError
from mobile_bridge.pairing import Event, Pairing, Part, Seat, other, part_of
from mobile_bridge.protocol import SID_BYTES
from mobile_bridge.visitor import UNKNOWN

Message = Mapping[str, Any]
Choice = TypeVar("Choice", bound=StrEnum)
MOST_COUNT = 1_000
REASONS: Mapping[object, Event] = {
    event.value: event
    for event in (Event.FINISH, Event.DECLINE, Event.CANCEL, Event.REFUSE)
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for one connection."""

    connection: str
    event: str
    content: dict[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to answer, and what to tell others."""

    answer: dict[str, object] = field(default_factory=lambda: {"ok": True})
    deliveries: tuple[Delivery, ...] = ()


def agreed(**content: object) -> dict[str, object]:
    """Return the answer to an event that was taken."""
    return {"ok": True, **content}


def refused(error: type[RelayError], **content: object) -> dict[str, object]:
    """Return the answer to an event that was not taken."""
    return {"ok": False, "code": error.code, **content}


def read_octets(message: Message, name: str) -> bytes:
    """Return a field of bytes.

    Raises:
        BadRequestError: it is missing or something else.
    """
    octets = message.get(name)
    if not isinstance(octets, bytes):
        raise BadRequestError
    return octets


def read_sid(message: Message) -> bytes:
    """Return the name of the pairing."""
    sid = read_octets(message, "sid")
    if len(sid) != SID_BYTES:
        raise BadRequestError
    return sid


def read_count(message: Message, name: str, least: int = 1) -> int:
    """Return a field that counts messages."""
    count = message.get(name)
    if type(count) is not int or not least <= count <= MOST_COUNT:
        raise BadRequestError
    return count


def read_choice(kind: type[Choice], choice: object) -> Choice:
    """Return one of a closed set."""
    if not isinstance(choice, str) or choice not in set(kind):
        raise BadRequestError
    return kind(choice)


def read_reason(message: Message) -> Event:
    """Return why a device ends the pairing."""
    reason = message.get("reason")
    if not isinstance(reason, str) or reason not in REASONS:
        raise BadRequestError
    return REASONS[reason]


def frames(seat: Seat | None, after: int) -> list[dict[str, object]]:
    """Return what a device has said after its message number `after`."""
    said = seat.said if seat else ()
    return [{"n": n, "data": said[n - 1]} for n in range(after + 1, len(said) + 1)]


def introduced(to: Seat, peer: Seat) -> dict[str, object]:
    """Return what one device may know of the other."""
    is_same = to.network == peer.network != UNKNOWN
    return {"device": peer.device, "same_network": is_same}


def to_peer(
    pairing: Pairing, connection: str, event: str, **content: object
) -> tuple[Delivery, ...]:
    """Return a delivery to the device that is not on `connection`."""
    peer = pairing.seat(other(part_of(pairing, connection)))
    return (Delivery(peer.connection, event, content),) if peer else ()


def to_both(pairing: Pairing) -> tuple[Delivery, ...]:
    """Tell both devices why the relay ended their pairing."""
    reason = pairing.reason.value if pairing.reason else ""
    seats = (pairing.seat(part) for part in Part)
    return tuple(
        Delivery(seat.connection, "ended", {"reason": reason}) for seat in seats if seat
    )
