"""What a checkpoint says, what is signed of it, and how it is written down. Pure.

The signed text begins with a line of its own, "c" first. All else that the issuing CA
signs is DER and begins with 0x30: neither can ever be taken for the other.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
FIRST_LINE = "certferry audit checkpoint 1"
EVENT = "audit_checkpoint"  # what the centre's log calls it
_FIELDS = frozenset({"entry", "hash", "issuer", "signature"})
_MARKS = (EVENT, '{"entry"', '"signature"')  # of a line that was cut off
# In which field journald, Docker and other collectors keep what a program printed.
_COLLECTED = ("MESSAGE", "log", "message")


class CheckpointLineError(ValueError):
    """A line is no checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log as it was at an entry, in the words of an issuing CA."""

    entry: int
    hash: bytes
    at: datetime
    issuer_id: str
    signature: bytes = b""


def to_be_signed(checkpoint: Checkpoint) -> bytes:
    """Return the text that is signed: five lines of ASCII, each with its end."""
    return (
        f"{FIRST_LINE}\n"
        f"entry={checkpoint.entry}\n"
        f"hash={checkpoint.hash.hex()}\n"
        f"at={_written(checkpoint.at)}\n"
        f"issuer={checkpoint.issuer_id}\n"
    ).encode("ascii")


def is_signed(checkpoint: Checkpoint, key: PublicKey) -> bool:
    """Tell whether `key` signed the checkpoint."""
    text = to_be_signed(checkpoint)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(checkpoint.signature, text, padding.PKCS1v15(), hashes.SHA256())
        else:
            hash_ = hashes.SHA384() if key.key_size == 384 else hashes.SHA256()
            key.verify(checkpoint.signature, text, ec.ECDSA(hash_))
    except InvalidSignature:
        return False
    return True


def to_fields(checkpoint: Checkpoint) -> dict[str, str | int]:
    """Return a checkpoint as it is exported, printed and logged."""
    return {
        "entry": checkpoint.entry,
        "hash": checkpoint.hash.hex(),
        "at": _written(checkpoint.at),
        "issuer": checkpoint.issuer_id,
        "signature": base64.b64encode(checkpoint.signature).decode("ascii"),
    }


def from_line(line: str) -> Checkpoint:
    """Read a line of an export, or of the log: other fields are passed over.

    Raises:
        CheckpointLineError: it is none.
    """
    try:
        fields = json.loads(line)
        checkpoint = Checkpoint(
            entry=int(fields["entry"]),
            hash=bytes.fromhex(fields["hash"]),
            at=datetime.fromisoformat(fields["at"]),
            issuer_id=str(fields["issuer"]),
            signature=base64.b64decode(fields["signature"], validate=True),
        )
        to_be_signed(checkpoint)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise CheckpointLineError from error
    if (
        checkpoint.entry < 1
        or len(checkpoint.hash) != 32
        or checkpoint.at.tzinfo is None
    ):
        raise CheckpointLineError
    return checkpoint


def find_checkpoint(line: str) -> Checkpoint | None:
    """Return the checkpoint in a line of an export or of a centre's log, if it has one.

    A log is what the centre and its workers print, perhaps collected elsewhere: lines
    of other events, lines that are no JSON, a date and a host before the JSON, or a
    collector's own JSON around it.

    Raises:
        CheckpointLineError: the line is meant as a checkpoint and cannot be read.
    """
    start = line.find("{")
    text = line[max(start, 0) :].strip()
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        if any(mark in text for mark in _MARKS):  # cut off in the middle
            raise CheckpointLineError
        return None
    if "event" not in fields:
        for name in _COLLECTED:
            if isinstance(fields.get(name), str):
                return find_checkpoint(fields[name])
    is_export = "event" not in fields and (not fields or fields.keys() & _FIELDS)
    return from_line(text) if is_export or fields.get("event") == EVENT else None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
