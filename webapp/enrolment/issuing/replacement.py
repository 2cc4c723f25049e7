"""What a re-issue or a renewal continues: from the first press to the signature."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.actors import SYSTEM
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.ca.certificate_types import CertificateType, Types
from webapp.certificates.action_facts import require_action
from webapp.certificates.actions import Action
from webapp.certificates.errors import ProofRefusedError
from webapp.certificates.lifecycle import Purpose, StoredState
from webapp.certificates.models import Certificate
from webapp.certificates.proof import is_signed
from webapp.certificates.revocation import is_continued, revoke_superseded
from webapp.enrolment.guards import (
    advance,
    has_certificate,
    lock_application,
    require_active,
    require_step,
)
from webapp.enrolment.models import Application
from webapp.enrolment.service import close_superseded, find_active, open_application
from webapp.enrolment.steps import Step
from webapp.pki.key_proof import Proof
from webapp.pki.profiles import Validity, renewed_validity, validity

_LOCK_APPLICATION = (
    select(Application.id)
    .where(Application.id == bindparam("application_id"))
    .with_for_update(key_share=True)
)
_VOID = (
    update(Certificate)
    .where(
        Certificate.id == bindparam("certificate_id"),
        Certificate.state == StoredState.RESERVED,
    )
    # Lets go of what it was to continue, which may have its turn again.
    .values(state=StoredState.VOID, replaces_id=None)
    .execution_options(synchronize_session=False)
)


def start_replacement(
    session: Session,
    customer: Customer,
    certificate: Certificate,
    *,
    purpose: Purpose,
    types: Types,
    login_session_id: str | None = None,
    checks_last: timedelta = timedelta(0),
    now: datetime,
) -> str:
    """Return the id of the application that re-issues or renews a certificate.

    Raises:
        LifecycleError: it cannot be.
    """
    require_action(session, certificate, Action(purpose), types=types, now=now)
    return open_application(
        session,
        customer,
        now,
        purpose=purpose,
        replaced=certificate,
        login_session_id=login_session_id,
        checks_last=checks_last,
    )


def blocking_application(
    session: Session,
    customer: Customer,
    certificate: Certificate,
    purpose: Purpose,
    now: datetime,
) -> str | None:
    """Tell which other application is open: "replaced" ends, "unkept" goes first.

    None where there is none, or it is for the same.
    """
    application = find_active(session, customer)
    subject = (purpose, certificate.id)
    if application is None or (application.purpose, application.replaces_id) == subject:
        return None
    if has_certificate(session, application):
        return "unkept"
    return "replaced" if application.expires_at > now else None


def find_predecessor(session: Session, application: Application) -> Certificate | None:
    """Return the holder's certificate that an application continues, if it does."""
    if application.replaces_id is None:
        return None
    return session.scalar(
        select(Certificate).where(
            Certificate.id == application.replaces_id,
            Certificate.customer_id == application.customer_id,
        )
    )


def prove_possession(
    session: Session,
    application: Application,
    *,
    signature: bytes,
    origin: str,
    steps: tuple[Step, ...],
    types: Types,
    now: datetime,
) -> None:
    """Note that the old key signed this application's challenge; it is used up.

    Raises:
        ProofRefusedError: another key, challenge, application, place, or used before.
        ApplicationError, LifecycleError: it is too late for a renewal.
    """
    lock_application(session, application)
    require_active(session, application, now)
    require_step(application, Step.PROOF, steps)
    predecessor = find_predecessor(session, application)
    if predecessor is None or application.proof_challenge is None:
        raise ProofRefusedError
    require_action(session, predecessor, Action.RENEW, types=types, now=now)
    proof = Proof(
        purpose=Purpose.RENEW,
        origin=origin,
        application_id=application.id,
        fingerprint=predecessor.fingerprint,
        challenge=application.proof_challenge,
    )
    if not is_signed(session, predecessor, signature, proof.message):
        raise ProofRefusedError
    application.proved_at, application.proof_challenge = now, None
    advance(session, application, now)


def require_replaceable(
    session: Session,
    application: Application,
    predecessor: Certificate,
    types: Types,
    now: datetime,
) -> None:
    """Ask again before the signature: much may have happened since the first press.

    Raises:
        LifecycleError: it can no longer be re-issued or renewed.
    """
    action = Action(application.purpose)
    require_action(session, predecessor, action, types=types, now=now)


def validity_period(
    cert_type: CertificateType,
    before: Certificate | None,
    purpose: Purpose,
    now: datetime,
) -> Validity:
    """Return the validity: of a re-issue the old end, of a renewal a year after it."""
    if before is None:
        return validity(cert_type.profile, now)
    if purpose == Purpose.REISSUE:
        begins = validity(cert_type.profile, now).not_before
        return Validity(begins, before.not_after)
    return renewed_validity(cert_type.profile, before.not_after, now)


def supersede_predecessor(
    session: Session, certificate: Certificate, now: datetime
) -> bool:
    """Deal with the certificate before, in this transaction; False when it is over."""
    if certificate.purpose == Purpose.REISSUE:
        return revoke_superseded(session, certificate, now)
    return certificate.purpose == Purpose.ISSUE or is_continued(
        session, certificate, now
    )


def void_reservation(session: Session, certificate: Certificate, now: datetime) -> None:
    """Give up a reserved certificate whose predecessor is no longer there."""
    session.execute(_LOCK_APPLICATION, {"application_id": certificate.application_id})
    done = session.execute(_VOID, {"certificate_id": certificate.id})
    if done.rowcount == 1:  # type: ignore[attr-defined]
        close_superseded(session, certificate.application_id, now)
        record(
            session,
            AuditEvent.CERTIFICATE_VOIDED,
            actor=SYSTEM,
            customer_id=certificate.customer_id,
            certificate_id=certificate.id,
            at=now,
        )
    session.refresh(certificate)
