"""Read what the counter types about a customer, with every mistake at once. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from webapp.certificate_types import Audience
from webapp.mail_address import mail_problem, read_mail_address
from webapp.pki.errors import PkiError
from webapp.pki.names import MAX_COMMON_NAME, Holder

FIELDS = (
    "kind",
    "name",
    "latin_name",
    "birth_date",
    "phone",
    "email",
    "login_id",
    "account_number",
    "account_pin",
)
LOGIN_ID = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_KINDS = {
    "": Audience.PERSONAL,
    "personal": Audience.PERSONAL,
    "corporate": Audience.CORPORATE,
    "개인": Audience.PERSONAL,
    "사업자": Audience.CORPORATE,
    "법인": Audience.CORPORATE,
}
_NUMBER_BYTES = 16 + len("()")  # of the customer number and brackets in a certificate
_OLDEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a centre needs to know of each customer."""

    phone: bool = False
    account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A customer as typed, when nothing is wrong with it."""

    login_id: str
    kind: Audience
    name: str
    latin_name: str
    birth_date: date
    phone: str | None
    email: str | None
    account_number: str | None
    account_pin: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """Either an entry, or the code of a mistake for each field that has one."""

    entry: Entry | None
    mistakes: Mapping[str, str]


def read_customer(typed: Mapping[str, str], wanted: Wanted, today: date) -> Read:
    """Return what the fields say, or all that is wrong with them."""
    said = {name: _tidy(typed.get(name, "")) for name in FIELDS}
    born = read_day(said["birth_date"])
    phone = read_phone(said["phone"])
    account = re.sub(r"[ -]", "", said["account_number"])
    found = {
        "kind": None if said["kind"].lower() in _KINDS else "kind_unknown",
        **_wrong_names(said["name"], said["latin_name"]),
        "birth_date": _wrong_birth_date(said["birth_date"], born, today),
        "phone": _wrong_phone(said["phone"], phone, needed=wanted.phone),
        "email": _wrong_mail(said["email"]),
        "login_id": _wrong_login_id(said["login_id"].lower()),
        **(_wrong_account(account, said["account_pin"]) if wanted.account else {}),
    }
    mistakes = {field: code for field, code in found.items() if code}
    if mistakes or born is None:
        return Read(None, mistakes)
    entry = Entry(
        login_id=said["login_id"].lower(),
        kind=_KINDS[said["kind"].lower()],
        name=said["name"],
        latin_name=said["latin_name"].upper(),
        birth_date=born,
        phone=phone,
        email=_mail(said["email"]),
        account_number=account if wanted.account else None,
        account_pin=said["account_pin"] if wanted.account else None,
    )
    return Read(entry, {})


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a customer; `mistakes` as in `Read`."""

    phone: str | None
    email: str | None
    mistakes: Mapping[str, str]


def read_contact(typed: Mapping[str, str], wanted: Wanted) -> Contact:
    """Return phone and e-mail as typed, or what is wrong with them."""
    said = {name: _tidy(typed.get(name, "")) for name in ("phone", "email")}
    phone = read_phone(said["phone"])
    found = {
        "phone": _wrong_phone(said["phone"], phone, needed=wanted.phone),
        "email": _wrong_mail(said["email"]),
    }
    mistakes = {field: code for field, code in found.items() if code}
    return Contact(phone, None if mistakes else _mail(said["email"]), mistakes)


def read_phone(typed: str) -> str | None:
    """Return a number in E.164, `+821012345678`; None where it is none."""
    digits = re.sub(r"[ ().\-]", "", typed)
    if re.fullmatch(r"\+[1-9][0-9]{7,14}", digits):
        return digits.replace("+820", "+82", 1)
    if re.fullmatch(r"1[016789][0-9]{7,8}", digits):
        digits = "0" + digits  # a spreadsheet took the zero away
    if re.fullmatch(r"0[1-9][0-9]{7,9}", digits):
        return f"+82{digits[1:]}"
    return None


def write_phone(number: str | None) -> str:
    """Return a stored number as people in Korea write it."""
    if number is None or not number.startswith("+82"):
        return number or ""
    digits = "0" + number[3:]
    head = 2 if digits.startswith("02") else 3
    return f"{digits[:head]}-{digits[head:-4]}-{digits[-4:]}"


def read_day(typed: str) -> date | None:
    """Return a day typed as 20010203 or 2001-02-03; None where it is none."""
    found = re.fullmatch(r"([0-9]{4})([-./]?)([0-9]{2})\2([0-9]{2})", typed)
    try:
        return date(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        return None


def _tidy(typed: str) -> str:
    # macOS types Hangul in pieces (NFD); certificates hold it composed, and one plain
    # blank between words.
    return " ".join(unicodedata.normalize("NFC", typed).split())


def _wrong_names(name: str, latin_name: str) -> dict[str, str | None]:
    wrong: dict[str, str | None] = {"name": None, "latin_name": None}
    if not name:
        wrong["name"] = "missing"
    elif len(name) > 40 or len(name.encode()) + _NUMBER_BYTES > MAX_COMMON_NAME:
        wrong["name"] = "name_too_long"
    elif not _is_holder(name, ""):
        wrong["name"] = "name_unfit"
    if not latin_name:
        wrong["latin_name"] = "missing"
    elif len(latin_name) > 40 or not _is_holder("가", latin_name):
        wrong["latin_name"] = "latin_name_unfit"
    return wrong


def _is_holder(name: str, latin_name: str) -> bool:
    try:
        Holder(name, latin_name, "1")
    except PkiError:
        return False
    return True


def _wrong_birth_date(typed: str, born: date | None, today: date) -> str | None:
    if not typed:
        return "missing"
    if born is None:
        return "date_unreadable"
    return None if _OLDEST <= born <= today else "date_impossible"


def _wrong_phone(typed: str, phone: str | None, *, needed: bool) -> str | None:
    if not typed:
        return "phone_needed" if needed else None
    return None if phone else "phone_unreadable"


def _wrong_mail(typed: str) -> str | None:
    return mail_problem(typed)


def _mail(typed: str) -> str | None:
    return read_mail_address(typed) if typed else None


def _wrong_login_id(typed: str) -> str | None:
    if not typed:
        return "missing"
    return None if LOGIN_ID.fullmatch(typed) else "login_id_unfit"


def _wrong_account(account: str, pin: str) -> dict[str, str | None]:
    is_account = re.fullmatch(r"[0-9]{6,30}", account)
    return {
        "account_number": None if is_account else "account_unreadable",
        "account_pin": None if re.fullmatch(r"[0-9]{4,8}", pin) else "pin_unreadable",
    }
