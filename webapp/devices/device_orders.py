"""What a paired device sends, signed by its own key; nobody is signed in by it.

The challenge is sealed, not stored: it names one device and lives for minutes. What is
asked for within them may be asked for again; a change of state names its body, so that
a repeat changes nothing more.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.ca.context import current_ca
from webapp.certificates.views.lifecycle import origin
from webapp.clock import utc_now
from webapp.devices.errors import (
    DeviceChallengeError,
    DeviceLockedError,
    DeviceUnknownError,
)
from webapp.devices.models import PairedDevice
from webapp.devices.rules import DeviceProof, Purpose, is_proved
from webapp.devices.service import holder_of
from webapp.pki.key_proof import new_challenge, verify_challenge
from webapp.web.json_body import read_json

MAX_BODY: Final = 8 * 1024
CHALLENGE_BYTES: Final = 16
_USE_NOTED: Final = timedelta(minutes=1)  # not at each question of a page that waits


class DeviceOrder(msgspec.Struct, frozen=True):
    """What a device signed; `challenge` and `signature` in lower-case hexadecimal."""

    device: str = ""
    challenge: str = ""
    signature: str = ""
    body: str = ""  # JSON, as it was signed


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """A device that proved itself, whose it is, and what it said."""

    device: PairedDevice
    customer: Customer
    body: bytes


def accept_order(session: Session, purpose: Purpose) -> SignedOrder:
    """Return who sent the order in the body of this request, and note its use.

    Raises:
        DeviceUnknownError: it is not paired, or another key signed.
        DeviceChallengeError: the challenge is too old, or another device's.
        DeviceLockedError: the account is locked.
    """
    order, now = read_json(DeviceOrder, max_bytes=MAX_BODY), utc_now()
    device = session.get(PairedDevice, order.device[:32])
    if device is None or device.id != order.device:
        raise DeviceUnknownError
    challenge = read_octets(order.challenge)
    if not verify_challenge(pairing_key(), _about(device.id), challenge, now):
        raise DeviceChallengeError
    proof = DeviceProof(
        purpose=purpose,
        origin=origin(),
        device_id=device.id,
        challenge=challenge,
        body=order.body.encode(),
    )
    if not is_proved(device.public_key, read_octets(order.signature), proof):
        raise DeviceUnknownError
    customer = holder_of(session, device)
    if customer.locked_at is not None:
        raise DeviceLockedError
    _note_use(device, now)
    return SignedOrder(device, customer, proof.body)


def challenge_for(device_id: str) -> str:
    """Return what a device signs next; whether it is paired is not said."""
    chance = secrets.token_bytes(CHALLENGE_BYTES)
    return new_challenge(pairing_key(), _about(device_id), chance, utc_now()).hex()


def answer_challenge() -> ResponseReturnValue:
    """Answer a device that asks what to sign."""
    order = read_json(DeviceOrder, max_bytes=MAX_BODY)
    return jsonify(challenge=challenge_for(order.device[:32]))


def pairing_key() -> bytes:
    """Return what codes, numbers and challenges of devices follow from."""
    secret = str(current_ca().config.secret_key).encode()
    return hashlib.sha256(b"certferry paired devices" + secret).digest()


def read_octets(text: str) -> bytes:
    """Return what pairs of hexadecimal digits write, and nothing for anything else."""
    return bytes.fromhex(text) if re.fullmatch(r"(?:[0-9a-f]{2})*", text) else b""


def _about(device_id: str) -> str:
    return f"device {device_id}"


def _note_use(device: PairedDevice, now: datetime) -> None:
    if now - device.used_at >= _USE_NOTED:
        device.used_at = now
