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
from webapp.audit.actors import ActorKind, find_actor
from webapp.audit.models import AuditEntry
from webapp.certificates.models import Certificate
from webapp.web.pagination import split_page

PAGE: Final = 30
# What programs read of an actor, where it is not the code that is stored.
_CODES: Final[Mapping[ActorKind, str]] = {
    ActorKind.CUSTOMER: "you",
    ActorKind.OPERATOR: "counter",
}
_OWN: Final = ("change", "place", "tries", "device", "network")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One line of a person's history."""

    number: int
    at: datetime
    event: str
    actor: ActorKind
    certificate_id: str | None
    serial: str | None
    # What of the entry's detail is the person's own affair: which change, what device.
    told: Mapping[str, str]

    @property
    def actor_code(self) -> str:
        """Who acted, as programs read it."""
        return _CODES.get(self.actor, self.actor.value)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some happenings, the newest first, and where the older ones begin."""

    happenings: Sequence[HistoryEntry]
    before: int | None


def list_page(session: Session, customer: Customer, before: int | None) -> HistoryPage:
    """Return what happened before an entry of the log, or the newest."""
    rows, has_more = split_page(_read(session, customer, before, PAGE + 1), PAGE)
    return HistoryPage(rows, rows[-1].number if has_more else None)


def list_all(session: Session, customer: Customer) -> list[HistoryEntry]:
    """Return everything, the newest first."""
    return _read(session, customer, None, None)


def to_json(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return the same for programs."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()


def _read(
    session: Session, customer: Customer, before: int | None, limit: int | None
) -> list[HistoryEntry]:
    stmt = (
        select(AuditEntry, Certificate.serial)
        .outerjoin(Certificate, Certificate.id == AuditEntry.certificate_id)
        .where(AuditEntry.customer_id == customer.id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        stmt = stmt.where(AuditEntry.id < before)
    return [_happening(entry, serial) for entry, serial in session.execute(stmt)]


def _happening(entry: AuditEntry, serial: str | None) -> HistoryEntry:
    return HistoryEntry(
        number=entry.id,
        at=entry.at,
        event=entry.event,
        actor=_actor_kind(entry),
        certificate_id=entry.certificate_id,
        serial=serial,
        told=_told(entry.detail),
    )


def _actor_kind(entry: AuditEntry) -> ActorKind:
    """Return who acted; to this customer everybody else is the counter."""
    actor = find_actor(entry.actor)
    is_other = actor is None or actor.number not in (None, entry.customer_id)
    return ActorKind.OPERATOR if actor is None or is_other else actor.kind


def _told(detail: str) -> dict[str, str]:
    stored = json.loads(detail)
    return {name: str(stored[name]) for name in _OWN if stored.get(name)}
