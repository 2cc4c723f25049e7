"""What arrives at the relay and what leaves it, as dictionaries.

On the wire both are JSON, in which bytes are base64url text without padding.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from mobile_bridge.core.protocol import SID_BYTES
from mobile_bridge.errors import BadRequestError, EndedError, RelayError
from mobile_bridge.formats.json_reader import JsonError, read_object
from mobile_bridge.relay.pairing import (
    Event,
    Pairing,
    Participant,
    Presence,
    Role,
    State,
    other,
)

Message = Mapping[str, Any]
Choice = TypeVar("Choice", bound=StrEnum)
TOKEN_BYTES = 16
UNKNOWN_NETWORK = "unknown"
MAX_COUNT = 1_000
MAX_NOTE_BYTES = 32
OCTETS = ("sid", "token", "m1", "data", "note")
REASONS: Mapping[object, Event] = {
    event.value: event
    for event in (Event.FINISH, Event.DECLINE, Event.CANCEL, Event.REFUSE)
}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """Who sent a message, as far as a relay may know: kind of device and network."""

    connection: str  # where its socket is, or "" while it only posts
    device: str
    network: str

    def on(self, connection: str) -> "ClientInfo":
        """Return the same client on a socket."""
        return replace(self, connection=connection)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for one connection."""

    connection: str
    event: str
    content: dict[str, object]


Deliveries = tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What to answer, and what to tell others."""

    answer: dict[str, object] = field(default_factory=lambda: {"ok": True})
    deliveries: tuple[Delivery, ...] = ()


def read_message(text: str) -> Message:
    """Return what one JSON object says; its bytes are bytes again.

    Raises:
        BadRequestError: it is not one flat object of short values and base64url.
    """
    try:
        return decode_object(read_object(text))
    except JsonError:
        raise BadRequestError from None


def decode_object(message: dict[str, Any]) -> Message:
    """Return an object without others inside; its bytes are bytes again."""
    if any(isinstance(value, dict | list) for value in message.values()):
        raise BadRequestError
    bytes_of = {name: _octets(message[name]) for name in OCTETS if name in message}
    return {**message, **bytes_of}


def write_message(content: object) -> str:
    """Return the JSON of an answer or an event."""
    return _WRITER.encode(content)


def ok_reply(**content: object) -> dict[str, object]:
    """Return the answer to an event that was taken."""
    return {"ok": True, **content}


def error_reply(error: RelayError) -> dict[str, object]:
    """Return the answer to an event that was not taken."""
    answer: dict[str, object] = {"ok": False, "code": error.code}
    if isinstance(error, EndedError):
        answer["reason"] = error.reason
    return answer


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


def read_token(message: Message) -> bytes:
    """Return by which a device is known to the relay."""
    token = read_octets(message, "token")
    if len(token) != TOKEN_BYTES:
        raise BadRequestError
    return token


def read_count(message: Message, name: str, minimum: int = 1) -> int:
    """Return a field that counts messages."""
    count = message.get(name)
    if type(count) is not int or not minimum <= count <= MAX_COUNT:
        raise BadRequestError
    return count


def read_note(message: Message) -> bytes | None:
    """Return what a device wants its peer to know, if it says anything."""
    if "note" not in message:
        return None
    note = read_octets(message, "note")
    if len(note) > MAX_NOTE_BYTES:
        raise BadRequestError
    return note


def read_presence(message: Message) -> Presence | None:
    """Return whether somebody can see the page that speaks, if it says so."""
    visible = message.get("visible")
    if visible is None:
        return None
    if not isinstance(visible, bool):
        raise BadRequestError
    return Presence.HERE if visible else Presence.HIDDEN


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


def frames(participant: Participant | None, after: int) -> list[dict[str, object]]:
    """Return what a device has said after its message number `after`."""
    sent = participant.sent if participant else ()
    return [{"n": n, "data": sent[n - 1]} for n in range(after + 1, len(sent) + 1)]


def peer_info(to: Participant, peer: Participant) -> dict[str, object]:
    """Return what one device may know of the other."""
    is_same = to.network == peer.network != UNKNOWN_NETWORK
    peer_fields: dict[str, object] = {"device": peer.device, "same_network": is_same}
    if peer.presence is not Presence.HERE:
        peer_fields["presence"] = peer.presence.value
    if peer.note:
        peer_fields["note"] = peer.note
    return peer_fields


def pairing_status(
    pairing: Pairing, role: Role, received: int, *, now: float
) -> dict[str, Any]:
    """Return how a pairing stands for one device that has `received` messages."""
    if pairing.state is State.ENDED:
        return error_reply(EndedError(pairing.reason))
    own, peer = pairing.participant(role), pairing.participant(other(role))
    return ok_reply(
        state=pairing.state.value,
        expires_in=max(0.0, pairing.expires_at - now),
        frames=frames(peer, received),
        sent=len(own.sent) if own else 0,
        got=peer.acked if peer else 0,
        peer=peer_info(own, peer) if own and peer else None,
    )


def presence_change(
    before: Pairing, after: Pairing, role: Role, *, now: float
) -> Deliveries:
    """Tell the peer how one device stands, where that has changed."""
    was, own, peer = (
        before.participant(role),
        after.participant(role),
        after.participant(other(role)),
    )
    if was is None or own is None or peer is None:
        return ()
    if (was.presence, was.note) == (own.presence, own.note):
        return ()
    left = max(0.0, after.expires_at - now)
    return to_peer(after, role, "peer", **peer_info(peer, own), expires_in=left)


def to_peer(
    pairing: Pairing, role: Role, event: str, **content: object
) -> tuple[Delivery, ...]:
    """Return a delivery to the socket of the other device, if it has one."""
    peer = pairing.participant(other(role))
    if peer is None or not peer.connection:
        return ()
    return (Delivery(peer.connection, event, content),)


def redeliver(pairing: Pairing, role: Role) -> tuple[Delivery, ...]:
    """Return what one device has said and the other has not acknowledged."""
    own, peer = pairing.participant(role), pairing.participant(other(role))
    if own is None or peer is None or not peer.connection or pairing.is_over:
        return ()
    return tuple(
        Delivery(peer.connection, "frame", {**frame, "got": own.acked})
        for frame in frames(own, peer.acked)
    )


def to_both(pairing: Pairing) -> tuple[Delivery, ...]:
    """Tell both devices why the relay ended their pairing."""
    reason = pairing.reason.value if pairing.reason else ""
    participants = (pairing.participant(role) for role in Role)
    return tuple(
        Delivery(participant.connection, "ended", {"reason": reason})
        for participant in participants
        if participant and participant.connection
    )


def _octets(text: object) -> bytes:
    """Read base64url; only the one spelling of bytes counts."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise BadRequestError
    if len(text) % 4 == 1:
        raise BadRequestError
    octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(text) % 4 and _text(octets) != text:
        raise BadRequestError
    return octets


def _text(octets: object) -> str:
    if not isinstance(octets, bytes):
        raise TypeError
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


_WRITER = json.JSONEncoder(separators=(",", ":"), default=_text)
