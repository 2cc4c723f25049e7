"""The few Engine.IO and Socket.IO packets that our devices send and get.

Whatever else a client says ends its connection: nothing here gathers attachments,
opens other namespaces or calls a handler by a name that a client chose freely.
Engine.IO protocol 4, Socket.IO protocol 5.
"""

import json
import re
from dataclasses import dataclass

from mobile_bridge.errors import BadRequestError
from mobile_bridge.relay.messages import Message, read_message, write_message
from mobile_bridge.relay.relay import EVENTS

NAMESPACE = "/bridge"
PING, PONG = "2", "3"

_MESSAGE = "4"
_CONNECT = re.compile(rf"40{NAMESPACE},(?P<about>\{{.*\}})?")
_CALL = re.compile(
    rf"42{NAMESPACE},(?P<id>[0-9]{{0,9}})\[\"(?P<event>{'|'.join(EVENTS)})\","
)


class PacketError(Exception):
    """A client said what none of our devices says."""


@dataclass(frozen=True, slots=True)
class EventPacket:
    """An event and, when it waits for an answer, the number to answer under."""

    number: str
    event: str
    message: Message | None  # None: not of the form that the relay expects


def decode_connect(text: str) -> Message:
    """Return what a device says when it opens the namespace.

    Nothing, or what `resume` takes: then it is attached at once.

    Raises:
        PacketError: the packet does something else.
    """
    head = _CONNECT.fullmatch(text)
    if head is None:
        raise PacketError
    try:
        return read_message(head["about"] or "{}")
    except BadRequestError:
        raise PacketError from None


def decode_event(text: str) -> EventPacket:
    """Return the event that a packet carries.

    Raises:
        PacketError: it carries none of ours, or not exactly one object.
    """
    head = _CALL.match(text)
    if head is None or not text.endswith("}]"):
        raise PacketError
    try:
        message = read_message(text[head.end() : -1])
    except BadRequestError:
        message = None
    return EventPacket(head["id"], head["event"], message)


def encode_open(
    sid: str, *, ping_seconds: float, silence_seconds: float, max_payload: int
) -> str:
    """Return the packet with which Engine.IO begins."""
    payload = {
        "sid": sid,
        "upgrades": [],
        "pingInterval": int(ping_seconds * 1000),
        "pingTimeout": int(silence_seconds * 1000),
        "maxPayload": max_payload,
    }
    return f"0{json.dumps(payload, separators=(',', ':'))}"


def encode_connect(sid: str) -> str:
    """Return the packet that says: the namespace is open."""
    return f'{_MESSAGE}0{NAMESPACE},{{"sid":"{sid}"}}'


def encode_ack(number: str, answer: object) -> str:
    """Return the packet that answers a call."""
    return f"{_MESSAGE}3{NAMESPACE},{number}[{write_message(answer)}]"


def encode_event(event: str, content: object) -> str:
    """Return the packet that tells a device something."""
    return f'{_MESSAGE}2{NAMESPACE},["{event}",{write_message(content)}]'
