"""How each audit entry is tied to the one before it. Pure.

hash = SHA-256(hash of the entry before || canonical JSON of this one); before the first
entry stand 32 zero bytes. So a row cannot be changed, taken out, put in or moved
without every later hash being wrong. docs/audit.md says it byte by byte.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

START = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFields:
    """What one entry says; `detail` is a JSON object as it is stored."""

    number: int
    at: datetime
    event: str
    actor: str
    customer_id: int | None
    certificate_id: str | None
    detail: str


def entry_hash(before: bytes, fields: EntryFields) -> bytes:
    """Return the hash of an entry that follows the one whose hash is `before`."""
    values = [
        fields.number,
        fields.at.astimezone(UTC).isoformat(timespec="microseconds"),
        fields.event,
        fields.actor,
        fields.customer_id,
        fields.certificate_id,
        fields.detail,
    ]
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(before + text.encode("ascii")).digest()
