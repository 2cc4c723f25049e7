"""What goes between the site and the process that reads foreign bytes. Pure.

A frame is a length of four octets, most significant first, and MessagePack.
"""

import socket
from datetime import datetime
from typing import Final

import msgspec

from webapp.relying.fault_origin import Fault
from webapp.relying.verification.validation.limits import MAX_CONTENT, MIB
from webapp.relying.verification.validation.paths import (
    StatusAnswer,
    StatusQuery,
    Trust,
)
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Report

MAX_FRAME: Final = 4 * MAX_CONTENT + MIB
_LENGTH: Final = 4


class Job(msgspec.Struct, frozen=True, tag=True):
    """The first frame: what to verify, by whose trust, at which time."""

    request: VerificationRequest
    trust: Trust
    now: datetime


class Question(msgspec.Struct, frozen=True, tag=True):
    """Asked back: the status of a certificate."""

    query: StatusQuery


class Answer(msgspec.Struct, frozen=True, tag=True):
    """The answer to a question; None: nobody keeps the records of that issuer."""

    answer: StatusAnswer | None


class Done(msgspec.Struct, frozen=True, tag=True):
    """The last frame."""

    report: Report


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The last frame instead, where the process itself went wrong."""

    fault: Fault


Message = Job | Question | Answer | Done | Failed
_DECODER: Final = msgspec.msgpack.Decoder(Message)


class BrokenLineError(Exception):
    """The other process ended, or sent something else."""


def send(line: socket.socket, message: Message) -> None:
    """Send one frame.

    Raises:
        OSError: nobody listens any more, or not in time.
    """
    octets = msgspec.msgpack.encode(message)
    line.sendall(len(octets).to_bytes(_LENGTH) + octets)


def receive(line: socket.socket) -> Message:
    """Return the next frame.

    Raises:
        BrokenLineError: there is none, or it is none of ours.
        OSError: it did not come in time.
    """
    length = int.from_bytes(_read(line, _LENGTH))
    if length > MAX_FRAME:
        raise BrokenLineError
    try:
        message: Message = _DECODER.decode(_read(line, length))
    except msgspec.MsgspecError:
        raise BrokenLineError from None
    return message


def _read(line: socket.socket, length: int) -> bytes:
    octets = bytearray()
    while len(octets) < length:
        part = line.recv(min(length - len(octets), MIB))
        if not part:
            raise BrokenLineError
        octets += part
    return bytes(octets)
