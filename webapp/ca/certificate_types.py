"""The certificate types a centre offers, from one file that is checked at the start.

The file says what a type costs, who may have it and what its certificates contain; a
file with a mistake stops the start with every mistake named.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mobile_bridge.languages import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    SOURCE_LANGUAGE,
    localized,
)
from webapp.pki.key_policy import KeyKind
from webapp.pki.profiles import POLICY_ARC, Profile
from webapp.values.brand import DEFAULT_NAME

DEFAULT_PATH: Final = Path(__file__).resolve().parent / "certificate_types.toml"
DEMO_PATH: Final = DEFAULT_PATH.with_name(
    "demo_types.toml"
)  # beside those, in a demo alone
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# What every type is called in; in other languages the English is shown.
_REQUIRED_LANGUAGES: Final = {DEFAULT_LANGUAGE, SOURCE_LANGUAGE}
_KEYS: Final = {"rsa-2048": KeyKind.RSA_2048, "p-256": KeyKind.P_256}
_MOST_YEARS: Final = 3
_MOST_DAYS: Final = 366
_MOST_WON: Final = 10_000_000


class TypesFileError(Exception):
    """The file of certificate types has mistakes; the text names each."""


class Audience(StrEnum):
    """Who may have a type; also what kind of customer somebody is."""

    PERSONAL = "personal"
    CORPORATE = "corporate"


class KeyStorage(StrEnum):
    """Where the key of a certificate may be kept."""

    ANYWHERE = "anywhere"
    PHONE_ONLY = "phone-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateType:
    """One type: what it is called, who may have it, what it costs and contains."""

    profile: Profile
    audience: Audience
    name: Mapping[str, str]  # by language
    use: Mapping[str, str]
    fee: int  # won for the whole validity, tax included
    approval: bool = False
    at_most: int = 0
    offered: bool = True
    key_storage: KeyStorage = KeyStorage.ANYWHERE

    @property
    def is_phone_only(self) -> bool:
        """Whether its key is made on a phone and cannot be copied from there."""
        return self.key_storage is KeyStorage.PHONE_ONLY

    @property
    def id(self) -> str:
        """What stands in the database and in forms."""
        return self.profile.id

    def name_in(self, language: str) -> str:
        """Return what people call it."""
        return localized(self.name, language)

    def use_in(self, language: str) -> str:
        """Return where it can be used."""
        return localized(self.use, language)


Types = Mapping[str, CertificateType]


def load_types(path: Path | None, centre: str = DEFAULT_NAME) -> Types:
    """Return the types in the TOML file at `path`, in its order; None is ours.

    In a notice, `{centre}` becomes the name of the centre.

    Raises:
        OSError: the file cannot be read.
        TypesFileError: with one line for each mistake.
    """
    path = path or DEFAULT_PATH
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TypesFileError(f"{path.name}: {error}") from None
    for table in tables.values():
        if isinstance(table, dict) and isinstance(table.get("notice"), str):
            table["notice"] = table["notice"].replace("{centre}", centre)
    mistakes = [
        mistake for id_, table in tables.items() for mistake in _wrong(id_, table)
    ]
    mistakes += _twice(tables)
    if not tables:
        mistakes.append("there is no type in it")
    if mistakes:
        raise TypesFileError(
            "\n".join(f"{path.name}: {mistake}" for mistake in mistakes)
        )
    return MappingProxyType({id_: _type(id_, table) for id_, table in tables.items()})


@cache
def packaged_types() -> Types:
    """Return the types that come with the program."""
    return load_types(DEFAULT_PATH)


def _type(id_: str, table: dict[str, Any]) -> CertificateType:
    profile = Profile(
        id=id_,
        key_kind=_KEYS[table["key"]],
        organisational_unit=table["unit"],
        years=table.get("years", 0),
        days=table.get("days", 0),
        policy_oid=f"{POLICY_ARC}.{table['policy']}",
        notice=table["notice"],
        vid=table.get("vid", False),
    )
    return CertificateType(
        profile=profile,
        audience=Audience(table["for"]),
        name=MappingProxyType(table["name"]),
        use=MappingProxyType(table["use"]),
        fee=table["fee"],
        approval=table.get("approval", False),
        at_most=table.get("at_most", 0),
        offered=table.get("offered", True),
        key_storage=KeyStorage(table.get("key_storage", KeyStorage.ANYWHERE)),
    )


def _is_number(minimum: int, maximum: int) -> Any:
    return lambda value: type(value) is int and minimum <= value <= maximum


def _is_text(max_length: int) -> Any:
    return lambda value: isinstance(value, str) and 0 < len(value.strip()) <= max_length


def _is_in_languages(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) >= _REQUIRED_LANGUAGES
        and set(value) <= set(LANGUAGES)
        and all(_is_text(200)(words) for words in value.values())
    )


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


_RULES: Final[Mapping[str, tuple[Any, str]]] = {
    "for": (lambda value: value in tuple(Audience), '"personal" or "corporate"'),
    "key": (lambda value: value in tuple(_KEYS), '"rsa-2048" or "p-256"'),
    "years": (_is_number(1, _MOST_YEARS), f"a number from 1 to {_MOST_YEARS}"),
    "fee": (_is_number(0, _MOST_WON), f"won, from 0 to {_MOST_WON}"),
    "unit": (_is_text(64), "text of at most 64 characters"),
    "policy": (_is_number(1, 10**6), "a number from 1 to 1000000"),
    "notice": (_is_text(200), "text of at most 200 characters"),  # RFC 5280 4.2.1.4
    "name": (_is_in_languages, "{ ko = …, en = … }, at most 200 characters each"),
    "use": (_is_in_languages, "{ ko = …, en = … }, at most 200 characters each"),
}
_OPTIONS: Final[Mapping[str, tuple[Any, str]]] = {
    "days": (_is_number(1, _MOST_DAYS), f"a number from 1 to {_MOST_DAYS}"),
    "approval": (_is_flag, "true or false"),
    "vid": (_is_flag, "true or false"),
    "at_most": (_is_number(0, 100), "a number from 0 to 100"),
    "offered": (_is_flag, "true or false"),
    "key_storage": (
        lambda value: value in tuple(KeyStorage),
        '"anywhere" or "phone-only"',
    ),
}


def _wrong(id_: str, table: object) -> list[str]:
    if not _ID.fullmatch(id_):
        return [f"[{id_}]: a name has small letters, digits and -, at most 40"]
    if not isinstance(table, dict):
        return [f"{id_}: stands outside of a table"]
    settings = {**_RULES, **_OPTIONS}
    instead = {"years"} if "days" in table else set()
    missing = [key for key in _RULES if key not in table and key not in instead]
    mistakes = [f"[{id_}] {key}: is missing" for key in missing]
    if {"years", "days"} <= set(table):
        mistakes.append(f"[{id_}] days: years is there too; it lasts one or the other")
    if table.get("key_storage") == KeyStorage.PHONE_ONLY and table.get("vid") is True:
        mistakes.append(
            f"[{id_}] vid: must be false where key_storage is "
            '"phone-only"; R would lie beside the key, open and to be copied'
        )
    for key, value in table.items():
        if key not in settings:
            mistakes.append(f"[{id_}] {key}: there is no such setting")
        elif not settings[key][0](value):
            mistakes.append(f"[{id_}] {key}: must be {settings[key][1]}")
    return mistakes


def _twice(tables: dict[str, Any]) -> list[str]:
    seen: dict[object, str] = {}
    mistakes = []
    for id_, table in tables.items():
        policy = table.get("policy") if isinstance(table, dict) else None
        if not isinstance(policy, int):
            continue
        if policy in seen:
            mistakes.append(f"[{id_}] policy: {policy} is taken by [{seen[policy]}]")
        seen.setdefault(policy, id_)
    return mistakes
