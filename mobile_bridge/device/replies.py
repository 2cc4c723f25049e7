"""What a relay's answers may say; nothing else of them is believed or shown.

Pure. The table of codes is in docs/moving.md.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

from mobile_bridge.device.http_client import Reply, UnexpectedReplyError
from mobile_bridge.errors import (
    BadRequestError,
    BridgeError,
    EndedError,
    NotAvailableError,
    OutOfTurnError,
    TooLargeError,
    TooManyError,
    UnavailableError,
)

CODES: Final = (
    NotAvailableError.code,
    TooManyError.code,
    TooLargeError.code,
    OutOfTurnError.code,
    EndedError.code,
    BadRequestError.code,
    UnavailableError.code,
)
BUSY: Final = (UnavailableError.code, TooManyError.code)
BY_PEER: Final = ("done", "declined", "cancelled", "refused")
BY_RELAY: Final = ("expired", "crowded")
DEVICES: Final = ("phone", "tablet", "computer")
PRESENCES: Final = ("here", "hidden", "gone")
_MAX_NUMBER: Final = 10**9


class PairingEndedError(BridgeError):
    """The pairing is over; `reason` says why, `by` says who ended it."""

    code = "ended"

    def __init__(self, reason: str, *, ended_by: str, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.ended_by, self.detail = reason, ended_by, code


def ended_from(reply: Reply, *, is_late: bool) -> PairingEndedError:
    """Return what a refusal means for the pairing; `is_late` when its time is over."""
    if reply.code == EndedError.code:
        reason = reply.content.get("reason")
        if reason in BY_PEER:
            return PairingEndedError(reason, ended_by="peer")
        if reason in BY_RELAY:
            return PairingEndedError(reason, ended_by="relay")
    if is_late and reply.code in (EndedError.code, NotAvailableError.code):
        return PairingEndedError("expired", ended_by="relay")
    # All other codes are this program's own: nobody puts them into its mouth.
    code = reply.code if reply.code in CODES else UnexpectedReplyError.code
    return PairingEndedError("lost", ended_by="relay", code=code)


def parse_expires_in(content: Mapping[str, Any]) -> float:
    """Return how long a pairing goes on, as the relay says.

    Raises:
        UnexpectedReplyError: it says no number.
    """
    seconds = content.get("expires_in")
    if not isinstance(seconds, int | float) or not 0 <= seconds < _MAX_NUMBER:
        raise UnexpectedReplyError
    return float(seconds)


def parse_peer(content: Mapping[str, Any]) -> Mapping[str, object] | None:
    """Return the other device, if it is there, in known words."""
    peer = content.get("peer")
    if not isinstance(peer, dict):
        return None
    device = peer.get("device")
    is_near = peer.get("same_network") is True
    return {
        "device": device if device in DEVICES else "unknown",
        "same_network": is_near,
    }


def parse_presence(content: Mapping[str, Any]) -> str:
    """Return whether the other device is there; a relay of before never says."""
    peer = content.get("peer")
    presence = peer.get("presence") if isinstance(peer, dict) else None
    return presence if presence in PRESENCES else "here"


def parse_note(content: Mapping[str, Any]) -> bytes | None:
    """Return what the other device wants this one to know, if anything."""
    peer = content.get("peer")
    note = peer.get("note") if isinstance(peer, dict) else None
    return to_bytes(note) if note is not None else None


def to_text(raw: bytes) -> str:
    """Return bytes as they travel."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def to_bytes(value: object) -> bytes:
    """Return bytes that travelled.

    Raises:
        UnexpectedReplyError: these are none.
    """
    if not isinstance(value, str):
        raise UnexpectedReplyError
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        raise UnexpectedReplyError from None
