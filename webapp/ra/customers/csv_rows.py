"""Read a sheet of customers (CSV), with every mistake by its line. Pure."""

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from mobile_bridge.core.pairing_number import fold_width
from webapp.ra.customers.forms import (
    CustomerData,
    CustomerField,
    CustomerForm,
    RequiredFields,
)
from webapp.values.text_input import normalize_login_id
from webapp.web.csv_export import csv_text

MAX_BYTES = 200 * 1024
MAX_ROWS = 500
MAX_ERRORS = 200  # shown; who has more begins with these
_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",  # Excel's "Unicode text", with tabs
    codecs.BOM_UTF16_BE: "utf-16",
}
_DELIMITERS = ",;\t"


def _fold_name(cell: str) -> str:
    """Return a header as it is looked up, without blanks, marks or capitals."""
    return re.sub(r"[\s_.\-]", "", fold_width(cell)).lower()


_NAMES: Mapping[str, str] = {
    _fold_name(header): field.name
    for field in CustomerForm()
    for header in (field.name, *field.headers)
}


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong, where; line 0 is the file as a whole. `text` is what stood there,
    only for what is no secret."""

    line: int
    field: str
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The entries with the lines they stand in, and all mistakes."""

    entries: tuple[tuple[int, CustomerData], ...]
    mistakes: tuple[RowError, ...]


def sheet_fields(required: RequiredFields) -> list[CustomerField]:
    """Return the columns of a sheet in the order of its template.

    What finds a customer again comes first, then what every customer has.
    """
    every = RequiredFields()
    return sorted(
        CustomerForm(required=required),
        key=lambda field: (field.name != "login_id", not field.needed(every)),
    )


def template(required: RequiredFields) -> str:
    """Return a sheet with a header and two customers."""
    fields = sheet_fields(required)
    names = [field.name for field in fields]
    return csv_text(names, zip(*(field.samples for field in fields), strict=True))


def decode(content: bytes) -> str | None:
    """Return a file's text, UTF-8 or as Excel saves it; None if it is none."""
    marked = [name for mark, name in _ENCODINGS.items() if content.startswith(mark)]
    # UTF-16 without its mark: every other byte of the Latin names in it is zero.
    if not marked and b"\0" in content[:4]:
        marked = ["utf-16-be" if content.startswith(b"\0") else "utf-16-le"]
    for encoding in marked or ("utf-8", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_sheet(text: str, required: RequiredFields, today: date) -> Sheet:
    """Return all customers in a sheet, or everything that is wrong with it."""
    try:
        rows = _rows(text)
    except csv.Error:
        return _refused("not_a_sheet")
    if not rows:
        return _refused("sheet_empty")
    header, *body = rows
    columns, mistakes = _columns(header[1], required)
    if len(body) > MAX_ROWS:
        mistakes.append(RowError(0, "", "too_many_rows"))
    elif not body and not mistakes:
        mistakes.append(RowError(0, "", "sheet_empty"))
    if mistakes:
        return Sheet((), tuple(mistakes))
    return _read_rows(body, columns, required, today)


def duplicate_logins(
    sheet: Sheet, login_ids: Mapping[str, int] | set[str]
) -> tuple[RowError, ...]:
    """Return a mistake for each entry whose ID is among `login_ids`."""
    return tuple(
        RowError(line, "login_id", "login_id_taken", entry.login_id)
        for line, entry in sheet.entries
        if entry.login_id in login_ids
    )


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that hold something, with the lines they begin in."""
    if "\x00" in text:
        raise csv.Error("a zero byte")
    text = text.removeprefix("\ufeff")
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    for row in reader:
        rows.append((begins, row))
        begins = reader.line_num + 1
    filled = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    return filled[1:] if filled and _is_hint(filled[0][1]) else filled


def _delimiter(text: str) -> str:
    """Return what parts the cells: a comma, or what other tables write instead."""
    lines = text.lstrip().splitlines()
    first = lines[0] if lines else ""
    hint = re.fullmatch(r'"?sep=(.)"?', first.strip(), re.IGNORECASE)
    if hint and hint[1] in _DELIMITERS:
        return hint[1]
    if first.strip().lower() == "sep=":  # a tab at the end is no letter to look at
        return "\t"
    header = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=header.count)


def _is_hint(row: list[str]) -> bool:
    # Excel is told so how a table is parted; no column is called that.
    return row[0].strip().lower().startswith("sep=")


def _columns(
    header: list[str], required: RequiredFields
) -> tuple[list[str], list[RowError]]:
    names = [_field_called(cell) for cell in header]
    mistakes = [
        RowError(1, "", "column_unknown", cell.strip()[:40])
        for cell, name in zip(header, names, strict=True)
        if not name and cell.strip()
    ]
    mistakes += [
        RowError(1, field.name, "column_missing")
        for field in sheet_fields(required)
        if field.is_needed and field.name not in names
    ]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    mistakes += [RowError(1, column, "column_twice") for column in twice]
    return names, mistakes


def _field_called(cell: str) -> str:
    """Return which field a header means; what stands in brackets only explains it."""
    bare = re.sub(r"\([^()]*\)", "", fold_width(cell))
    return _NAMES.get(_fold_name(cell), "") or _NAMES.get(_fold_name(bare), "")


def _without_text_mark(cell: str) -> str:
    """Return what a cell holds that a spreadsheet was told to take as text."""
    match = re.fullmatch(r'="([^"]*)"|\'(.*)', cell.strip(), re.DOTALL)
    return cell if match is None else match[1] or match[2] or ""


def _read_rows(
    rows: list[tuple[int, list[str]]],
    columns: list[str],
    required: RequiredFields,
    today: date,
) -> Sheet:
    entries: list[tuple[int, CustomerData]] = []
    mistakes: list[RowError] = []
    first: dict[str, int] = {}
    form = CustomerForm(required=required, today=today)  # of all rows, one by one
    for line, cells in rows:
        if any(cell.strip() for cell in cells[len(columns) :]):
            mistakes.append(RowError(line, "", "too_many_cells"))
            continue
        plain = [_without_text_mark(cell) for cell in cells]
        pairs = list(zip(columns, plain, strict=False))
        if any(not name and cell.strip() for name, cell in pairs):
            mistakes.append(RowError(line, "", "column_unnamed"))
        form.process(MultiDict(dict(pairs)))
        is_right = form.validate()
        mistakes += [
            RowError(line, field.name, field.errors[0], field.suggestion)
            for field in form
            if field.errors
        ]
        login_id = normalize_login_id(form.login_id.typed)
        if login_id and login_id in first:
            text = str(first[login_id])
            mistakes.append(RowError(line, "login_id", "login_id_twice", text))
        first.setdefault(login_id, line)
        if is_right:
            entries.append((line, form.customer_data()))
    return Sheet(tuple(entries), tuple(mistakes))


def _refused(code: str) -> Sheet:
    return Sheet((), (RowError(0, "", code),))
