"""Read what the counter types about a customer, with every mistake at once. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mobile_bridge.core.pairing_number import fold_width, without_separators
from webapp.certificate_types import Audience
from webapp.latin_name import normalize_latin_name, transliterate
from webapp.mail_address import mail_problem, read_mail_address
from webapp.phone_number import parse_phone
from webapp.pki.errors import PkiError
from webapp.pki.names import MAX_COMMON_NAME, Holder
from webapp.text_input import normalize_login_id, normalize_text, parse_date

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
    **dict.fromkeys(("사업자", "개인사업자", "법인", "법인사업자"), Audience.CORPORATE),
}
_NO_PERSON = re.compile(r"[0-9&/+]")  # in the Latin name of a business only
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
    """Either an entry, or the code of a mistake for each field that has one.

    `suggestions` are what some of these fields probably mean.
    """

    entry: Entry | None
    mistakes: Mapping[str, str]
    suggestions: Mapping[str, str] = field(default_factory=dict)


def read_customer(typed: Mapping[str, str], wanted: Wanted, today: date) -> Read:
    """Return what the fields say, or all that is wrong with them."""
    said = {name: _NORMALIZERS[name](typed.get(name, "")) for name in FIELDS}
    born = parse_date(said["birth_date"])
    phone = parse_phone(said["phone"])
    kind = _KINDS.get(said["kind"])
    found = {
        "kind": None if kind else "kind_unknown",
        **_wrong_names(said["name"], said["latin_name"], kind),
        "birth_date": _wrong_birth_date(said["birth_date"], born, today),
        "phone": _wrong_phone(said["phone"], phone, needed=wanted.phone),
        "email": _wrong_mail(said["email"]),
        "login_id": _wrong_login_id(said["login_id"]),
        **(
            _wrong_account(said["account_number"], said["account_pin"])
            if wanted.account
            else {}
        ),
    }
    mistakes = {name: code for name, code in found.items() if code}
    if mistakes or born is None or kind is None:
        return Read(None, mistakes, _suggest(said, mistakes))
    entry = Entry(
        login_id=said["login_id"],
        kind=kind,
        name=said["name"],
        latin_name=said["latin_name"].upper(),
        birth_date=born,
        phone=phone,
        email=_mail(said["email"]),
        account_number=said["account_number"] if wanted.account else None,
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
    said = {
        name: _NORMALIZERS[name](typed.get(name, "")) for name in ("phone", "email")
    }
    phone = parse_phone(said["phone"])
    found = {
        "phone": _wrong_phone(said["phone"], phone, needed=wanted.phone),
        "email": _wrong_mail(said["email"]),
    }
    mistakes = {name: code for name, code in found.items() if code}
    return Contact(phone, None if mistakes else _mail(said["email"]), mistakes)


def operator_mistakes(login_id: str, name: str) -> dict[str, str]:
    """Return what is wrong with the ID and the name of somebody who begins here."""
    found = {
        "login_id": _wrong_login_id(login_id),
        "name": "missing" if not name else None,
    }
    return {field: code for field, code in found.items() if code}


def _squeeze(text: str) -> str:
    return "".join(fold_width(text).split()).lower()


def _normalize_name(text: str) -> str:
    # A letter of a font of one's own is a letter: without it the name is another.
    is_private = any(unicodedata.category(sign) == "Co" for sign in text)
    return text if is_private else normalize_text(text)


# How each field is read before it is judged.
_NORMALIZERS = {
    "kind": _squeeze,
    "name": _normalize_name,
    "latin_name": normalize_latin_name,
    "birth_date": normalize_text,
    "phone": normalize_text,
    "email": normalize_text,
    "login_id": normalize_login_id,
    "account_number": without_separators,
    "account_pin": without_separators,
}


def _suggest(said: Mapping[str, str], mistakes: Mapping[str, str]) -> dict[str, str]:
    if mistakes.get("latin_name") != "latin_name_accents":
        return {}
    return {"latin_name": transliterate(said["latin_name"]) or ""}


def _wrong_names(
    name: str, latin_name: str, kind: Audience | None
) -> dict[str, str | None]:
    wrong: dict[str, str | None] = {"name": None, "latin_name": None}
    if not name:
        wrong["name"] = "missing"
    elif len(name) > 40 or len(name.encode()) + _NUMBER_BYTES > MAX_COMMON_NAME:
        wrong["name"] = "name_too_long"
    elif not _is_holder(name, ""):
        wrong["name"] = "name_unfit"
    wrong["latin_name"] = _wrong_latin_name(latin_name, kind)
    return wrong


def _wrong_latin_name(latin_name: str, kind: Audience | None) -> str | None:
    if not latin_name:
        return "missing"
    is_person = kind is not Audience.CORPORATE
    if len(latin_name) > 40 or (is_person and _NO_PERSON.search(latin_name)):
        return "latin_name_unfit"
    if _is_holder("가", latin_name):
        return None
    offered = transliterate(latin_name)
    is_offered = offered and len(offered) <= 40 and _is_holder("가", offered)
    return "latin_name_accents" if is_offered else "latin_name_unfit"


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
