"""The text inside the QR code, drawn and read on the devices only.

Everything secret stands after `#`, which no browser sends. JavaScript twin:
frontend/bridge/core/link.js.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import NoReturn

from mobile_bridge.core.protocol import FINGERPRINT_BYTES, SEED_BYTES, Direction
from mobile_bridge.errors import LinkError

PATH = "/p"
_DIRECTIONS = {
    0x10: Direction.INITIATOR_SENDS,
    0x11: Direction.RESPONDER_SENDS,
    0x12: Direction.RESPONDER_MAKES_KEY,
}
_HEADS = {direction: head for head, direction in _DIRECTIONS.items()}


@dataclass(frozen=True, slots=True)
class Link:
    """What a QR code says."""

    direction: Direction
    seed: bytes
    fingerprint: bytes


def write_link(origin: str, link: Link) -> str:
    """Return the text of the QR code for `https://host`."""
    octets = bytes([_HEADS[link.direction]]) + link.seed + link.fingerprint
    fragment = urlsafe_b64encode(octets).rstrip(b"=").decode()
    return f"{origin}{PATH}#{fragment}"


def read_link(text: str, origin: str) -> Link:
    """Read a QR code's text that must lead to `origin`.

    Raises:
        LinkError: it leads elsewhere, or is of another version.
    """
    # One spelling counts: a parser of addresses would forgive others.
    start = f"{origin}{PATH}#"
    if not text.startswith(start):
        _refuse()
    octets = _decode(text.removeprefix(start))
    direction = _DIRECTIONS.get(octets[0]) if octets else None
    if direction is None or len(octets) != 1 + SEED_BYTES + FINGERPRINT_BYTES:
        _refuse()
    return Link(direction, octets[1 : 1 + SEED_BYTES], octets[1 + SEED_BYTES :])


def _decode(fragment: str) -> bytes:
    try:
        octets = urlsafe_b64decode(fragment + "=" * (-len(fragment) % 4))
    except (binascii.Error, ValueError):
        _refuse()
    # The lenient decoder skips foreign characters; only the one spelling counts.
    if urlsafe_b64encode(octets).rstrip(b"=").decode() != fragment:
        _refuse()
    return octets


def _refuse() -> NoReturn:
    raise LinkError from None
