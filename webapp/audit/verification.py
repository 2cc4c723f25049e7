"""Follow the chain from its start and say where it breaks. Pure.

Rows come one by one, so that a log of any length fits. The first entry that does not
follow from the one before it is named, with what is wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.audit.hash_chain import START, Fact, link
from webapp.audit.statement import Checkpoint, PublicKey, is_signed


class Wrong(StrEnum):
    """What can be wrong with a log."""

    CHANGED = "changed"
    MISSING = "missing"
    OUT_OF_ORDER = "out-of-order"
    ONE_TOO_MANY = "one-too-many"
    HEAD = "head"
    CHECKPOINT = "checkpoint"
    SIGNATURE = "signature"
    SIGNER = "signer"


_SAID = {
    Wrong.CHANGED: "it was changed, or put in: it does not follow from entry {before}",
    Wrong.MISSING: "it is missing",
    Wrong.OUT_OF_ORDER: "it is out of order: it stands as entry {stands}",
    Wrong.ONE_TOO_MANY: "it was put in: the head says that the log ends elsewhere",
    Wrong.HEAD: "the head of the log says something else",
    Wrong.CHECKPOINT: (
        "it is not what a checkpoint says of it: entries up to here were rewritten"
    ),
    Wrong.SIGNATURE: "the signature of its checkpoint is wrong",
    Wrong.SIGNER: "its checkpoint is signed by a key that is not known here",
}


class BrokenLogError(Exception):
    """The log is not whole; `number` is the first broken entry."""

    def __init__(
        self, number: int, wrong: Wrong, *, before: bytes = START, stands: int = 0
    ) -> None:
        said = _SAID[wrong].format(before=number - 1, stands=stands)
        super().__init__(f"Entry {number}: {said}.")
        self.number, self.wrong, self.before, self.stands = (
            number,
            wrong,
            before,
            stands,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it stands in the table."""

    fact: Fact
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, as the table says."""

    count: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Point:
    """Where one is on the chain: behind entry `number`."""

    number: int = 0
    hash: bytes = START


def follow(
    rows: Iterable[Row],
    head: Head,
    checkpoints: Iterable[Checkpoint] = (),
    *,
    keys: Mapping[str, PublicKey] | None = None,
    start: Point | None = None,
) -> Point:
    """Follow the rows in the order of their numbers up to the head; return the end.

    With `keys`, by issuer, the checkpoints' signatures are checked too.

    Raises:
        BrokenLogError: with the first entry that is wrong.
    """
    due = _by_entry(checkpoints)
    at = start or Point()
    for row in rows:
        if at.number == head.count:  # behind it stands what is written meanwhile
            break
        at = _step(at, row)
        check(at, due.pop(at.number, ()), keys)
    missing = min([*due, *([head.count] if at.number < head.count else [])], default=0)
    if missing > at.number:
        raise BrokenLogError(at.number + 1, Wrong.MISSING, before=at.hash)
    if (at.number, at.hash) != (head.count, head.hash):
        raise BrokenLogError(head.count, Wrong.HEAD)
    return at


def check(
    at: Point, due: Sequence[Checkpoint], keys: Mapping[str, PublicKey] | None
) -> None:
    """Refuse an entry of which a checkpoint says something else.

    Raises:
        BrokenLogError: or the checkpoint itself is not sound.
    """
    for checkpoint in due:
        if keys is not None:
            key = keys.get(checkpoint.issuer_id)
            if key is None:
                raise BrokenLogError(at.number, Wrong.SIGNER)
            if not is_signed(checkpoint, key):
                raise BrokenLogError(at.number, Wrong.SIGNATURE)
        if checkpoint.hash != at.hash:
            raise BrokenLogError(at.number, Wrong.CHECKPOINT)


def explain(broken: BrokenLogError, rows: Iterable[Row]) -> BrokenLogError:
    """Return what is known of a broken entry after looking at all rows behind it."""
    if broken.wrong not in (Wrong.CHANGED, Wrong.MISSING):
        return broken
    for row in rows:
        moved = replace(row.fact, number=broken.number)
        if row.fact.number == broken.number and broken.wrong is Wrong.MISSING:
            return BrokenLogError(broken.number, Wrong.HEAD)  # it is there
        if row.fact.number != broken.number and row.hash == link(broken.before, moved):
            return BrokenLogError(
                broken.number, Wrong.OUT_OF_ORDER, stands=row.fact.number
            )
    return broken


def _step(at: Point, row: Row) -> Point:
    expected = at.number + 1
    if row.fact.number > expected:
        raise BrokenLogError(expected, Wrong.MISSING, before=at.hash)
    if row.fact.number < expected:
        raise BrokenLogError(row.fact.number, Wrong.ONE_TOO_MANY)
    if row.hash != link(at.hash, row.fact):
        raise BrokenLogError(expected, Wrong.CHANGED, before=at.hash)
    return Point(expected, row.hash)


def _by_entry(checkpoints: Iterable[Checkpoint]) -> dict[int, list[Checkpoint]]:
    found: dict[int, list[Checkpoint]] = {}
    for each in checkpoints:
        found.setdefault(each.entry, []).append(each)
    return found
