"""Tables for spreadsheets (RFC 4180). Pure.

A cell in which a spreadsheet would see a formula becomes text, since somebody else may
have written it. JavaScript twin: frontend/ra/csv.js.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mobile_bridge.formats.korean_time import KST

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Return a table in UTF-8, with the mark by which spreadsheets know it."""
    return csv_text(header, rows).encode("utf-8-sig")


def csv_text(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table without that mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (header, *rows):
        writer.writerow([_escape_formula(cell) for cell in row])
    return out.getvalue()


def csv_time(moment: datetime) -> str:
    """Write a moment as spreadsheets read it, in Korean time."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M:%S}"


def _escape_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
