"""Find customers by what people say at a counter: each way is one walk of an index."""

import re
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mobile_bridge.core.pairing_number import without_separators
from mobile_bridge.pki.short_number import DIGITS
from webapp.accounts.models import Customer
from webapp.certificates.models import Certificate
from webapp.values.phone_number import parse_phone
from webapp.values.text_input import (
    normalize_decimal_serial,
    normalize_login_id,
    normalize_serial,
    normalize_short_number,
)

MAX_RESULTS = 50
MAX_PEOPLE = 200  # of one name, whose certificates are listed
MIN_SERIAL = 4
MAX_TEXT = 64
_T = TypeVar("_T", str, int)
_LAST = "\U0010ffff"  # sorts after whatever a name may hold


def find_customers(session: Session, text: str) -> tuple[list[Customer], bool]:
    """Return who fits what was typed, and whether there are more.

    With nothing typed: who was registered last.
    """
    ways = _ways(session, text)
    if not ways:
        newest = select(Customer).order_by(Customer.id.desc()).limit(MAX_RESULTS)
        return ([] if text else list(session.scalars(newest))), False
    customers: dict[int, Customer] = {}
    for way in ways:
        for customer in session.scalars(way.limit(MAX_RESULTS + 1)):
            customers.setdefault(customer.id, customer)
    people = list(customers.values())
    return people[:MAX_RESULTS], len(people) > MAX_RESULTS


def customer_ids(session: Session, text: str) -> tuple[list[int], bool]:
    """Return the ids of those whom a text names, serial numbers left aside."""
    people_ids: dict[int, None] = {}
    for way in _by_person(session, text):
        ids = session.scalars(way.with_only_columns(Customer.id).limit(MAX_PEOPLE + 1))
        people_ids.update(dict.fromkeys(ids))
    people = list(people_ids)
    return people[:MAX_PEOPLE], len(people) > MAX_PEOPLE


def starts_with(
    session: Session, column: InstrumentedAttribute[str], prefix: str
) -> ColumnElement[bool]:
    """Return the condition that a text begins so, in a form that an index answers."""
    if session.get_bind().dialect.name == "sqlite":
        return column.between(prefix, prefix + _LAST)
    return column.startswith(prefix, autoescape=True)


def match_certificates(
    session: Session, text: str, column: InstrumentedAttribute[_T], *, limit: int
) -> list[_T]:
    """Return a column of the certificates whose number a text may be.

    Their short number or its beginning, or their serial number: its beginning in
    hexadecimal, or all of it in decimal.
    """
    values: dict[_T, None] = {}
    for condition in _numbered(session, text):
        stmt = select(column).where(condition).limit(limit)
        values.update(dict.fromkeys(session.scalars(stmt)))
    return list(values)[:limit]


def _numbered(session: Session, text: str) -> list[ColumnElement[bool]]:
    """Return conditions that one index answers each."""
    conditions: list[ColumnElement[bool]] = []
    short = normalize_short_number(text) or ""
    if len(short) == DIGITS:
        conditions.append(Certificate.short_number == short)
    elif short:
        conditions.append(starts_with(session, Certificate.short_number, short))
    prefix = normalize_serial(text) or ""
    if len(prefix) >= MIN_SERIAL:
        conditions.append(starts_with(session, Certificate.serial, prefix))
    decimal = normalize_decimal_serial(text)
    if decimal:
        conditions.append(Certificate.serial == decimal)
    return conditions


def _ways(session: Session, text: str) -> list[Select[Customer]]:
    ways = _by_person(session, text)
    ids = match_certificates(
        session, text, Certificate.customer_id, limit=MAX_RESULTS + 1
    )
    if ids:
        ways.append(select(Customer).where(Customer.id.in_(ids)))
    return ways


def _by_person(session: Session, text: str) -> list[Select[Customer]]:
    if not text:
        return []
    lowered, digits = normalize_login_id(text), without_separators(text)
    conditions = [
        Customer.login_id == lowered,
        starts_with(session, Customer.name, text),
        starts_with(session, Customer.login_id, lowered),
    ]
    if re.fullmatch(r"[0-9]{6,20}", digits):
        conditions.append(starts_with(session, Customer.number, digits))
    phone = _phone_prefix(digits)
    if phone:
        conditions.append(starts_with(session, Customer.phone, phone))  # type: ignore[arg-type]
    return [select(Customer).where(condition) for condition in conditions]


def _phone_prefix(digits: str) -> str | None:
    whole = parse_phone(digits)
    if whole:
        return whole
    if re.fullmatch(r"0[1-9][0-9]{5,}", digits):
        return f"+82{digits[1:]}"
    return digits if re.fullmatch(r"\+[0-9]{7,}", digits) else None
