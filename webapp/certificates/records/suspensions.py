"""When a certificate was suspended and resumed again, as the log has it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.events import AuditEvent
from webapp.audit.models import AuditEntry
from webapp.certificates.models import Certificate

_EVENTS: Final = (AuditEvent.CERTIFICATE_SUSPENDED, AuditEvent.CERTIFICATE_RESUMED)


@dataclass(frozen=True, slots=True)
class LiftedSuspension:
    """A suspension that is over: from `since` up to and without `until`."""

    since: datetime
    until: datetime


def list_lifted_suspensions(
    session: Session, issuer_id: str, serial: str
) -> tuple[LiftedSuspension, ...]:
    """Return the suspensions of a certificate that were lifted, the earliest first.

    One that stands, or that became a revocation, is in the certificate's own row.
    """
    stmt = (
        select(AuditEntry.event, AuditEntry.at)
        .join(Certificate, Certificate.id == AuditEntry.certificate_id)
        .where(
            Certificate.issuer_id == issuer_id,
            Certificate.serial == serial,
            AuditEntry.event.in_(_EVENTS),
        )
        .order_by(AuditEntry.id)
    )
    return tuple(_pairs((event, at) for event, at in session.execute(stmt)))


def _pairs(events: Iterable[tuple[str, datetime]]) -> Iterator[LiftedSuspension]:
    since: datetime | None = None
    for event, at in events:
        if event == AuditEvent.CERTIFICATE_SUSPENDED:
            since = since or at  # a list that came back may note it again
        elif since is not None:
            yield LiftedSuspension(since, at)
            since = None
