"""What a re-issue or a renewal continues: the certificate before, asked once more."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from webapp.applications.models import Application
from webapp.applications.service import close_overtaken
from webapp.applications.steps import Purpose
from webapp.audit.service import CENTRE, record
from webapp.certificate_types import CertificateType
from webapp.certificates.errors import AlreadyReplacedError
from webapp.certificates.life import State, require_reissuable, require_renewable
from webapp.certificates.models import Certificate
from webapp.certificates.status import is_continued, revoke_superseded
from webapp.pki.profiles import Validity, renewed_validity, validity

_REPLACEMENT = select(Certificate.id).where(
    Certificate.replaces_id == bindparam("before"),
    Certificate.purpose == bindparam("purpose"),
)
_LOCK_APPLICATION = (
    select(Application.id)
    .where(Application.id == bindparam("application_id"))
    .with_for_update(key_share=True)
)
_VOID = (
    update(Certificate)
    .where(
        Certificate.id == bindparam("certificate_id"),
        Certificate.state == State.RESERVED,
    )
    # Lets go of what it was to continue, which may have its turn again.
    .values(state=State.VOID, replaces_id=None)
    .execution_options(synchronize_session=False)
)


def replaced(session: Session, application: Application) -> Certificate | None:
    """Return the certificate that an application continues, if it does."""
    if application.replaces_id is None:
        return None
    return session.get(Certificate, application.replaces_id)


def require_replaceable(
    session: Session,
    application: Application,
    before: Certificate | None,
    now: datetime,
) -> None:
    """Ask the rules again: much may have happened since the door was opened."""
    if before is None:
        return
    if application.purpose == Purpose.REISSUE:
        require_reissuable(before.life, now)
    else:
        require_renewable(before.life, now)
    if is_replaced(session, application):
        raise AlreadyReplacedError


def is_replaced(session: Session, application: Application) -> bool:
    """Tell whether what an application continues was continued like this already."""
    wanted = {"before": application.replaces_id, "purpose": application.purpose}
    return session.scalar(_REPLACEMENT, wanted) is not None


def period(
    wanted: CertificateType,
    before: Certificate | None,
    purpose: Purpose,
    now: datetime,
) -> Validity:
    """Return the validity: of a re-issue the old end, of a renewal a year after it."""
    if before is None:
        return validity(wanted.profile, now)
    if purpose == Purpose.REISSUE:
        begins = validity(wanted.profile, now).not_before
        return Validity(begins, before.not_after)
    return renewed_validity(wanted.profile, before.not_after, now)


def takes_over(session: Session, found: Certificate, now: datetime) -> bool:
    """Deal with the certificate before, in this transaction; False when it is over."""
    if found.purpose == Purpose.REISSUE:
        return revoke_superseded(session, found, now)
    return found.purpose == Purpose.ISSUE or is_continued(session, found, now)


def give_up(session: Session, found: Certificate, now: datetime) -> None:
    """Give up a reserved certificate whose predecessor is no longer there."""
    session.execute(_LOCK_APPLICATION, {"application_id": found.application_id})
    done = session.execute(_VOID, {"certificate_id": found.id})
    if done.rowcount == 1:  # type: ignore[attr-defined]
        close_overtaken(session, found.application_id, now)
        record(
            session,
            "certificate.voided",
            by=CENTRE,
            customer_id=found.customer_id,
            certificate_id=found.id,
            at=now,
        )
    session.commit()
    session.refresh(found)
