"""What a person did and what was done for them: their own part of the log.

Nothing of others, and nothing that is the centre's own affair: of an operator it says
"the counter", of an entry no inner detail.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.audit.service import CENTRE, UNKNOWN
from webapp.certificates.models import Certificate
from webapp.pagination import split_page

PAGE: Final = 30
_KEY_HOLDER: Final = "key-holder"  # who revoked by proof of the key alone
_OWN: Final = ("change", "place", "tries", "device", "network")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of a person's history; `by` says who, as a word."""

    number: int
    at: datetime
    event: str
    by: str
    certificate_id: str | None
    serial: str | None
    # What of the entry's detail is the person's own affair: which change, what device.
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some happenings, the newest first, and where the older ones begin."""

    happenings: Sequence[Happening]
    before: int | None


def page_of(session: Session, customer: Customer, before: int | None) -> Page:
    """Return what happened before an entry of the log, or the newest."""
    rows, has_more = split_page(_read(session, customer, before, PAGE + 1), PAGE)
    return Page(rows, rows[-1].number if has_more else None)


def all_of(session: Session, customer: Customer) -> list[Happening]:
    """Return everything, the newest first."""
    return _read(session, customer, None, None)


def to_json(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return the same for programs."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()


def _read(
    session: Session, customer: Customer, before: int | None, limit: int | None
) -> list[Happening]:
    wanted = (
        select(AuditEntry, Certificate.serial)
        .outerjoin(Certificate, Certificate.id == AuditEntry.certificate_id)
        .where(AuditEntry.customer_id == customer.id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    return [_happening(entry, serial) for entry, serial in session.execute(wanted)]


def _happening(entry: AuditEntry, serial: str | None) -> Happening:
    return Happening(
        number=entry.id,
        at=entry.at,
        event=entry.event,
        by=_by(entry),
        certificate_id=entry.certificate_id,
        serial=serial,
        told=_told(entry.detail),
    )


def _by(entry: AuditEntry) -> str:
    if entry.by == f"customer:{entry.customer_id}":
        return "you"
    return entry.by if entry.by in (CENTRE, _KEY_HOLDER, UNKNOWN) else "counter"


def _told(detail: str) -> dict[str, str]:
    stored = json.loads(detail)
    return {name: str(stored[name]) for name in _OWN if stored.get(name)}
