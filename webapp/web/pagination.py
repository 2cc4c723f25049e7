"""Pages of a listing, each found by the last row of the one before it (keyset).

Nothing is counted, sorted or skipped by number: a page is a walk of one index, however
long the listing is. A log is numbered as it grows, so that a number is its cursor;
elsewhere a cursor is a moment, and the row's id where two rows have the same moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import InstrumentedAttribute

T = TypeVar("T")
MAX_ID: Final = 32  # characters
MAX_NUMBER_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: beside this row, which is not on it."""

    at: datetime
    id: str
    back: bool = False  # the page before it, rather than the one after

    def __str__(self) -> str:
        """Write it for an address."""
        return f"{self.at.isoformat()}~{self.id}"


def parse_cursor(text: str, *, back: bool) -> Cursor | None:
    """Read what `str(Cursor)` wrote; None where it is none."""
    at, _, id_ = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        is_whole = moment.tzinfo is not None and 0 < len(id_) <= MAX_ID
        return Cursor(moment.astimezone(UTC), id_, back) if is_whole else None
    except (ValueError, OverflowError):  # also what is before the year 1 in UTC
        return None


def parse_number(text: str, max_digits: int = MAX_NUMBER_DIGITS) -> int | None:
    """Read the number of a row from an address; None where it is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= max_digits
    return int(text) if is_number else None


def keyset_condition(
    column: InstrumentedAttribute[datetime],
    id_column: InstrumentedAttribute[str],
    cursor: Cursor | None,
) -> list[ColumnElement[bool]]:
    """Return what the rows beyond a cursor are; the first page has no condition."""
    if cursor is None:
        return []
    if cursor.back:
        beyond = or_(column > cursor.at, id_column > cursor.id)
        return [column >= cursor.at, beyond]
    return [column <= cursor.at, or_(column < cursor.at, id_column < cursor.id)]


def split_page(rows: Sequence[T], size: int) -> tuple[Sequence[T], bool]:
    """Return the rows of a page, and whether one more was read that is beyond it."""
    return rows[:size], len(rows) > size


def index_hint(column: Any, *, leads: bool) -> ColumnElement[Any]:
    """Return a column for a condition, hidden from the planner where it must not lead.

    SQLite's planner has no statistics and would choose an index that needs sorting.
    """
    expression: ColumnElement[Any] = column.expression
    return expression if leads else func.coalesce(column, column)
