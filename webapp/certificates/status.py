"""Change what a certificate is worth: suspend, resume, revoke. No commits here.

Every change counts for the revocation list in the same transaction, so that no list
misses one.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.audit.service import CENTRE, record
from webapp.certificates.life import Party, State
from webapp.certificates.models import Certificate
from webapp.pki.revocation import Reason
from webapp.publication.service import count_change

_USABLE = (State.VALID, State.SUSPENDED)


def change(
    session: Session,
    certificate: Certificate,
    *,
    was: tuple[State, ...],
    values: dict[str, object],
) -> bool:
    """Change a certificate that still is in one of the states `was`; tell if it was.

    Two tabs, or a person and an operator, may try at the same time: one of them does.
    """
    done = session.execute(
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.state.in_(was))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return False
    count_change(session, certificate.issuer_id)
    session.expire(certificate)
    return True


def revoke(
    session: Session,
    certificate: Certificate,
    *,
    reason: Reason,
    by: Party,
    now: datetime,
) -> bool:
    """Revoke a usable or suspended certificate for good; tell if it was one."""
    return change(
        session,
        certificate,
        was=_USABLE,
        values={
            "state": State.REVOKED,
            "revoked_at": now,
            "revocation_reason": reason,
            "revoked_by": by,
        },
    )


def revoke_superseded(session: Session, fresh: Certificate, now: datetime) -> bool:
    """Revoke what `fresh` was issued in place of; False when that is over already."""
    before = session.get_one(Certificate, fresh.replaces_id)
    if not revoke(session, before, reason=Reason.SUPERSEDED, by=Party.CENTRE, now=now):
        return False
    record(
        session,
        "certificate.revoked",
        by=CENTRE,
        customer_id=before.customer_id,
        certificate_id=before.id,
        at=now,
        detail={"reason": Reason.SUPERSEDED, "superseded_by": fresh.serial},
    )
    return True
