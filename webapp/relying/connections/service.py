"""Where a person's certificate is used, and how that ends. Nothing commits here."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.db import lock
from webapp.relying.connections.errors import ConnectionUnknownError
from webapp.relying.deliveries.kinds import Sender
from webapp.relying.events import rules as events
from webapp.relying.events.service import tell
from webapp.relying.institutions.models import Institution
from webapp.relying.openid import sign_ins
from webapp.relying.openid.models import Consent
from webapp.relying.openid.rules import Claim
from webapp.relying.uses import service as uses
from webapp.relying.uses.models import Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An institution that uses a person's certificate: how, and what it may learn."""

    institution: Institution
    uses: Sequence[Use]
    claims: tuple[Claim, ...]
    since: datetime
    used_at: datetime


def list_connections(session: Session, customer: Customer) -> Sequence[Connection]:
    """Return where a person uses certificates, the last used first."""
    by_institution: dict[str, list[Use]] = {}
    for use in uses.list_uses(session, customer.id):
        by_institution.setdefault(use.institution_id, []).append(use)
    consents = {
        consent.institution_id: consent for consent in _consents(session, customer)
    }
    connections = [
        _connection(
            session.get_one(Institution, institution_id),
            by_institution.get(institution_id, ()),
            consents.get(institution_id),
        )
        for institution_id in {**by_institution, **consents}
    ]
    return sorted(connections, key=lambda one: one.used_at, reverse=True)


def find_connection(
    session: Session, customer: Customer, institution_id: str
) -> Connection:
    """Return one of a person's connections.

    Raises:
        ConnectionUnknownError: there is none, or it was ended before.
    """
    for connection in list_connections(session, customer):
        if connection.institution.id == institution_id:
            return connection
    raise ConnectionUnknownError


def end_connection(
    session: Session, customer: Customer, institution_id: str, sender: Sender
) -> None:
    """End all that an institution has of a person's certificates, and tell it so.

    Raises:
        ConnectionUnknownError: there is nothing, or it was ended before.
    """
    lock(session)
    consent = sign_ins.find_consent(session, institution_id[:16], customer.id)
    if consent is not None:
        lock(session, consent)  # of two who end it at once, one is told so
    is_agreed = consent is not None and consent.ended_at is None
    ended = uses.end_uses(session, customer.id, institution_id[:16], sender.now)
    if not is_agreed and not ended:
        raise ConnectionUnknownError
    if consent is not None and is_agreed:
        consent.ended_at = sender.now
    record(
        session,
        AuditEvent.CONSENT_ENDED,
        at=sender.now,
        customer_id=customer.id,
        detail={"institution": institution_id},
    )
    sign_ins.end_of(session, customer.id, institution_id, sender.now)
    if is_agreed:
        tell(
            session,
            session.get_one(Institution, institution_id),
            customer.id,
            events.ENDED,
            happened_at=sender.now,
            sender=sender,
        )


def end_all(session: Session, customer: Customer, sender: Sender) -> int:
    """End every use of a person's certificates; return at how many institutions."""
    connections = list_connections(session, customer)
    for connection in sorted(connections, key=lambda one: one.institution.id):
        with suppress(ConnectionUnknownError):  # another page was faster
            end_connection(session, customer, connection.institution.id, sender)
    return len(connections)


def _consents(session: Session, customer: Customer) -> Sequence[Consent]:
    stmt = select(Consent).where(
        Consent.customer_id == customer.id, Consent.ended_at.is_(None)
    )
    return session.scalars(stmt).all()


def _connection(
    institution: Institution, used: Sequence[Use], consent: Consent | None
) -> Connection:
    begins = [use.since for use in used] + ([consent.since] if consent else [])
    last = [use.used_at for use in used] + ([consent.used_at] if consent else [])
    return Connection(
        institution=institution,
        uses=used,
        claims=consent.claims if consent else (),
        since=min(begins),
        used_at=max(last),
    )
