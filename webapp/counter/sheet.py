"""Read a sheet of customers (CSV), with every mistake by its line. Pure."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from webapp.counter.forms import FIELDS, Entry, Wanted, read_customer

MOST_BYTES = 200 * 1024
MOST_ROWS = 500
MOST_MISTAKES = 200  # shown; who has more begins with these
TEMPLATE = (
    "login_id,name,latin_name,birth_date,kind,phone,email\r\n"
    "hana2001,김하나,KIM HANA,20010203,personal,010-1234-5678,hana@example.com\r\n"
    "barun,바른상사,BARUN TRADING,19800415,corporate,02-123-4567,office@example.com\r\n"
)
ACCOUNT_TEMPLATE = (
    "login_id,name,latin_name,birth_date,kind,phone,email,account_number,account_pin\r\n"
    "hana2001,김하나,KIM HANA,20010203,personal,010-1234-5678,hana@example.com,"
    "110-123-456789,1234\r\n"
)
_NAMES = {
    **{name: name for name in FIELDS},
    "아이디": "login_id",
    "이름": "name",
    "영문이름": "latin_name",
    "영문 이름": "latin_name",
    "생년월일": "birth_date",
    "구분": "kind",
    "전화번호": "phone",
    "휴대폰": "phone",
    "이메일": "email",
    "계좌번호": "account_number",
    "계좌비밀번호": "account_pin",
    "계좌 비밀번호": "account_pin",
}
_NEEDED = ("login_id", "name", "latin_name", "birth_date")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, where; line 0 is the file as a whole. `said` is what stood there,
    only for what is no secret."""

    line: int
    field: str
    code: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The entries with the lines they stand in, and all mistakes."""

    entries: tuple[tuple[int, Entry], ...]
    mistakes: tuple[Mistake, ...]


def decode(content: bytes) -> str | None:
    """Return a file's text, UTF-8 or as Korean Excel saves it; None if it is none."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_sheet(text: str, wanted: Wanted, today: date) -> Sheet:
    """Return all customers in a sheet, or everything that is wrong with it."""
    try:
        rows = _rows(text)
    except csv.Error:
        return _refused("not_a_sheet")
    if not rows:
        return _refused("sheet_empty")
    columns, mistakes = _columns(rows[0][1], wanted)
    body = [row for row in rows[1:] if any(cell.strip() for cell in row[1])]
    if len(body) > MOST_ROWS:
        mistakes.append(Mistake(0, "", "too_many_rows"))
    elif not body and not mistakes:
        mistakes.append(Mistake(0, "", "sheet_empty"))
    if mistakes:
        return Sheet((), tuple(mistakes))
    return _read_rows(body, columns, wanted, today)


def taken(sheet: Sheet, login_ids: Mapping[str, int] | set[str]) -> tuple[Mistake, ...]:
    """Return a mistake for each entry whose ID is among `login_ids`."""
    return tuple(
        Mistake(line, "login_id", "login_id_taken", entry.login_id)
        for line, entry in sheet.entries
        if entry.login_id in login_ids
    )


def _rows(text: str) -> list[tuple[int, list[str]]]:
    if "\x00" in text:
        raise csv.Error("a zero byte")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found, begins = [], 1
    for row in reader:
        found.append((begins, row))
        begins = reader.line_num + 1
    return found


def _columns(header: list[str], wanted: Wanted) -> tuple[list[str], list[Mistake]]:
    names = [_NAMES.get(cell.strip().lower(), "") for cell in header]
    mistakes = [
        Mistake(1, "", "column_unknown", cell.strip()[:40])
        for cell, name in zip(header, names, strict=True)
        if not name and cell.strip()
    ]
    needed = [*_NEEDED, *(("phone",) if wanted.phone else ())]
    needed += ["account_number", "account_pin"] if wanted.account else []
    mistakes += [
        Mistake(1, each, "column_missing") for each in needed if each not in names
    ]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    mistakes += [Mistake(1, each, "column_twice") for each in twice]
    return names, mistakes


def _read_rows(
    rows: list[tuple[int, list[str]]], columns: list[str], wanted: Wanted, today: date
) -> Sheet:
    entries: list[tuple[int, Entry]] = []
    mistakes: list[Mistake] = []
    first: dict[str, int] = {}
    for line, cells in rows:
        if len(cells) > len(columns):
            mistakes.append(Mistake(line, "", "too_many_cells"))
            continue
        typed = dict(zip(columns, cells, strict=False))
        read = read_customer(typed, wanted, today)
        mistakes += [Mistake(line, *found) for found in read.mistakes.items()]
        login_id = typed.get("login_id", "").strip().lower()
        if login_id and login_id in first:
            said = str(first[login_id])
            mistakes.append(Mistake(line, "login_id", "login_id_twice", said))
        first.setdefault(login_id, line)
        if read.entry is not None:
            entries.append((line, read.entry))
    return Sheet(tuple(entries), tuple(mistakes))


def _refused(code: str) -> Sheet:
    return Sheet((), (Mistake(0, "", code),))
