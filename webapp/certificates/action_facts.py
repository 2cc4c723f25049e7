"""Read what decides over certificates, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.events import AuditEvent
from webapp.audit.models import AuditEntry
from webapp.ca.certificate_types import Types
from webapp.certificates.actions import (
    RESUMPTION_WINDOW,
    Action,
    ActionFacts,
    AllowedActions,
    allowed_actions,
    require_allowed,
)
from webapp.certificates.lifecycle import Initiator, Purpose, StoredState
from webapp.certificates.models import Certificate


def list_allowed_actions(
    session: Session,
    certificates: Sequence[Certificate],
    types: Types,
    now: datetime,
    initiator: Initiator = Initiator.HOLDER,
) -> dict[str, AllowedActions]:
    """Return by certificate id what `initiator` may do with each at `now`."""
    facts = load_action_facts(session, certificates, types, now)
    return {
        id_: allowed_actions(action_facts, now, initiator)
        for id_, action_facts in facts.items()
    }


def require_action(
    session: Session,
    certificate: Certificate,
    action: Action,
    *,
    types: Types,
    now: datetime,
    initiator: Initiator = Initiator.HOLDER,
) -> None:
    """Refuse an action that `initiator` may not do with a certificate at `now`.

    Raises:
        LifecycleError: as `actions.require_allowed` says.
    """
    facts = load_action_facts(session, [certificate], types, now)
    require_allowed(action, facts[certificate.id], now, initiator)


def load_action_facts(
    session: Session, certificates: Sequence[Certificate], types: Types, now: datetime
) -> dict[str, ActionFacts]:
    """Return by certificate id what the rules look at."""
    replaced_for = list_replacements(
        session, [certificate.id for certificate in certificates]
    )
    held = [
        certificate.id
        for certificate in certificates
        if certificate.state == StoredState.SUSPENDED
    ]
    resumed_at = list_resumptions(session, held, now)
    return {
        certificate.id: ActionFacts(
            lifecycle=certificate.life,
            replaced_for=frozenset(replaced_for[certificate.id]),
            cert_type=types.get(certificate.type_id),
            resumed_at=resumed_at[certificate.id],
        )
        for certificate in certificates
    }


def list_replacements(
    session: Session, ids: Sequence[str]
) -> Mapping[str | None, list[Purpose]]:
    """Return the purposes of what takes a certificate's place, signed or reserved.

    What was given up replaces nothing any more.
    """
    stmt = select(Certificate.replaces_id, Certificate.purpose).where(
        Certificate.replaces_id.in_(ids)
    )
    purposes = defaultdict(list)
    for predecessor_id, purpose in session.execute(stmt):
        purposes[predecessor_id].append(Purpose(purpose))
    return purposes


def list_resumptions(
    session: Session, ids: Sequence[str], now: datetime
) -> Mapping[str | None, list[datetime]]:
    """Return by certificate id when it was resumed lately, the newest first."""
    moments: dict[str | None, list[datetime]] = defaultdict(list)
    if not ids:
        return moments
    stmt = (
        select(AuditEntry.certificate_id, AuditEntry.at)
        .where(
            AuditEntry.certificate_id.in_(ids),
            AuditEntry.event == AuditEvent.CERTIFICATE_RESUMED,
            AuditEntry.at > now - RESUMPTION_WINDOW,
        )
        .order_by(AuditEntry.at.desc())
    )
    for certificate_id, at in session.execute(stmt):
        moments[certificate_id].append(at)
    return moments
