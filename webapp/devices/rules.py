"""The life of an invitation, and what a paired device signs. Pure.

A device signs with a key of its own, which is in no certificate and which its browser
gives to nobody. The message begins with a label that nothing else begins with, and
every part carries its length. Twin: frontend/devices/device_proof.js.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from webapp.devices.errors import (
    DeviceError,
    DeviceKeyError,
    InvitationDeclinedError,
    InvitationOverError,
    InvitationTakenError,
)
from webapp.values.text_input import normalize_text

LABEL: Final = b"certferry device 1"
INVITATION_LIFE: Final = timedelta(minutes=10)
MAX_DEVICES: Final = 10
MAX_NAME: Final = 40
MAX_KEY: Final = 200  # bytes; a P-256 key is 91
_NUMBERS: Final = 10_000


class Purpose(StrEnum):
    """What a device signs for."""

    LIST = "list"  # what waits for its holder
    LEAVE = "leave"  # it is paired no longer
    NOTICES = "notices"  # where a notice reaches it


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProof:
    """What a device proves: for what, where, which one it is, and with what body."""

    purpose: str
    origin: str  # of the page, as its browser writes it
    device_id: str
    challenge: bytes
    body: bytes

    @property
    def message(self) -> bytes:
        """The bytes that the device's key signs."""
        texts = (self.purpose, self.origin, self.device_id)
        digest = hashlib.sha256(self.body).digest()
        parts = (*(text.encode() for text in texts), self.challenge, digest)
        return LABEL + b"".join(len(part).to_bytes(2) + part for part in parts)


class State(StrEnum):
    """What an invitation is at a moment."""

    OPEN = "open"
    CLAIMED = "claimed"  # a device came; nobody agreed yet
    PAIRED = "paired"
    DECLINED = "declined"
    EXPIRED = "expired"


class Event(StrEnum):
    """What happens to an invitation."""

    CLAIM = "claim"
    AGREE = "agree"
    DECLINE = "decline"
    EXPIRE = "expire"


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = MappingProxyType(
    {
        (State.OPEN, Event.CLAIM): State.CLAIMED,
        (State.CLAIMED, Event.AGREE): State.PAIRED,
        (State.OPEN, Event.DECLINE): State.DECLINED,  # the code is shown no longer
        (State.CLAIMED, Event.DECLINE): State.DECLINED,
        (State.OPEN, Event.EXPIRE): State.EXPIRED,
        (State.CLAIMED, Event.EXPIRE): State.EXPIRED,
    }
)
_REFUSALS: Final[Mapping[State, type[DeviceError]]] = MappingProxyType(
    {
        State.OPEN: InvitationOverError,
        State.CLAIMED: InvitationTakenError,
        State.PAIRED: InvitationTakenError,
        State.DECLINED: InvitationDeclinedError,
        State.EXPIRED: InvitationOverError,
    }
)


def state_at(stored: State, expires_at: datetime, now: datetime) -> State:
    """Return what an invitation is at `now`."""
    is_open = (stored, Event.EXPIRE) in TRANSITIONS
    return State.EXPIRED if is_open and now >= expires_at else stored


def next_state(state: State, event: Event) -> State:
    """Return what an invitation becomes.

    Raises:
        DeviceError: of the kind that says what it is instead.
    """
    if (state, event) not in TRANSITIONS:
        raise _REFUSALS[state]
    return TRANSITIONS[state, event]


def read_public_key(key: bytes) -> ec.EllipticCurvePublicKey:
    """Return a device's key, a SubjectPublicKeyInfo in DER over P-256.

    Raises:
        DeviceKeyError: it is none.
    """
    try:
        public_key = load_der_public_key(key[: MAX_KEY + 1])
    except (ValueError, UnsupportedAlgorithm):
        raise DeviceKeyError from None
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        raise DeviceKeyError
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise DeviceKeyError
    return public_key


def is_proved(public_key: bytes, signature: bytes, proof: DeviceProof) -> bool:
    """Tell whether a device's key signed a proof: ECDSA in DER, SHA-256."""
    try:
        read_public_key(public_key).verify(signature, proof.message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def device_name(text: str, description: str) -> str:
    """Return what a device is called: what a person typed, else what its browser is."""
    return normalize_text(text, MAX_NAME) or normalize_text(description, MAX_NAME)


def compared_number(key: bytes, invitation_id: str, public_key: bytes) -> str:
    """Return the four digits that both screens show for the device that came."""
    message = b"certferry pairing 1" + invitation_id.encode() + public_key
    digest = hmac.digest(key, message, "sha256")
    return f"{int.from_bytes(digest[:4]) % _NUMBERS:04d}"
