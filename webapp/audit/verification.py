"""Follow the chain from its start and say where it breaks. Pure.

Rows come one by one, so that a log of any length fits. The first entry that does not
follow from the one before it is named, with what is wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.audit.hash_chain import START, EntryFields, entry_hash
from webapp.audit.statement import Checkpoint, PublicKey, is_signed


class Defect(StrEnum):
    """What can be wrong with a log."""

    CHANGED = "changed"
    MISSING = "missing"
    OUT_OF_ORDER = "out-of-order"
    ONE_TOO_MANY = "one-too-many"
    HEAD = "head"
    CHECKPOINT = "checkpoint"
    SIGNATURE = "signature"
    SIGNER = "signer"


_DEFECT_TEXTS = {
    Defect.CHANGED: "it was changed, or put in: it does not follow from entry {before}",
    Defect.MISSING: "it is missing",
    Defect.OUT_OF_ORDER: "it is out of order: it stands as entry {stands}",
    Defect.ONE_TOO_MANY: "it was put in: the head says that the log ends elsewhere",
    Defect.HEAD: "the head of the log says something else",
    Defect.CHECKPOINT: (
        "it is not what a checkpoint says of it: entries up to here were rewritten"
    ),
    Defect.SIGNATURE: "the signature of its checkpoint is wrong",
    Defect.SIGNER: "its checkpoint is signed by a key that is not known here",
}


class BrokenLogError(Exception):
    """The log is not whole; `number` is the first broken entry."""

    def __init__(
        self, number: int, defect: Defect, *, before: bytes = START, stands: int = 0
    ) -> None:
        text = _DEFECT_TEXTS[defect].format(before=number - 1, stands=stands)
        super().__init__(f"Entry {number}: {text}.")
        self.number, self.defect, self.before, self.stands = (
            number,
            defect,
            before,
            stands,
        )


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it stands in the table."""

    fields: EntryFields
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain, as the table says."""

    count: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainPosition:
    """Where one is on the chain: behind entry `number`."""

    number: int = 0
    hash: bytes = START


def verify_chain(
    rows: Iterable[StoredEntry],
    head: ChainHead,
    checkpoints: Iterable[Checkpoint] = (),
    *,
    keys: Mapping[str, PublicKey] | None = None,
    start: ChainPosition | None = None,
) -> ChainPosition:
    """Follow the rows in the order of their numbers up to the head; return the end.

    With `keys`, by issuer, the checkpoints' signatures are checked too.

    Raises:
        BrokenLogError: with the first entry that is wrong.
    """
    due = _group_by_entry(checkpoints)
    at = start or ChainPosition()
    for row in rows:
        if at.number == head.count:  # behind it stands what is written meanwhile
            break
        at = _verify_next(at, row)
        check(at, due.pop(at.number, ()), keys)
    missing = min([*due, *([head.count] if at.number < head.count else [])], default=0)
    if missing > at.number:
        raise BrokenLogError(at.number + 1, Defect.MISSING, before=at.hash)
    if (at.number, at.hash) != (head.count, head.hash):
        raise BrokenLogError(head.count, Defect.HEAD)
    return at


def check(
    at: ChainPosition, due: Sequence[Checkpoint], keys: Mapping[str, PublicKey] | None
) -> None:
    """Refuse an entry of which a checkpoint says something else.

    Raises:
        BrokenLogError: or the checkpoint itself is not sound.
    """
    for checkpoint in due:
        if keys is not None:
            key = keys.get(checkpoint.issuer_id)
            if key is None:
                raise BrokenLogError(at.number, Defect.SIGNER)
            if not is_signed(checkpoint, key):
                raise BrokenLogError(at.number, Defect.SIGNATURE)
        if checkpoint.hash != at.hash:
            raise BrokenLogError(at.number, Defect.CHECKPOINT)


def diagnose(broken: BrokenLogError, rows: Iterable[StoredEntry]) -> BrokenLogError:
    """Return what is known of a broken entry after looking at all rows behind it."""
    if broken.defect not in (Defect.CHANGED, Defect.MISSING):
        return broken
    for row in rows:
        moved = replace(row.fields, number=broken.number)
        if row.fields.number == broken.number and broken.defect is Defect.MISSING:
            return BrokenLogError(broken.number, Defect.HEAD)  # it is there
        if row.fields.number != broken.number and row.hash == entry_hash(
            broken.before, moved
        ):
            return BrokenLogError(
                broken.number, Defect.OUT_OF_ORDER, stands=row.fields.number
            )
    return broken


def _verify_next(at: ChainPosition, row: StoredEntry) -> ChainPosition:
    expected = at.number + 1
    if row.fields.number > expected:
        raise BrokenLogError(expected, Defect.MISSING, before=at.hash)
    if row.fields.number < expected:
        raise BrokenLogError(row.fields.number, Defect.ONE_TOO_MANY)
    if row.hash != entry_hash(at.hash, row.fields):
        raise BrokenLogError(expected, Defect.CHANGED, before=at.hash)
    return ChainPosition(expected, row.hash)


def _group_by_entry(checkpoints: Iterable[Checkpoint]) -> dict[int, list[Checkpoint]]:
    by_entry: dict[int, list[Checkpoint]] = {}
    for checkpoint in checkpoints:
        by_entry.setdefault(checkpoint.entry, []).append(checkpoint)
    return by_entry
