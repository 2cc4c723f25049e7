"""The doors of a certificate: which are open now, and what opening one begins."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.applications.going_on import (
    hold,
    is_issued,
    move_on,
    require_alive,
    require_step,
)
from webapp.applications.models import Application
from webapp.applications.service import find_open, open_application
from webapp.applications.steps import Purpose, Step
from webapp.certificate_types import CertificateType, Types
from webapp.certificates.errors import (
    AlreadyReplacedError,
    CertificateExpiredError,
    LifeError,
    ProofRefusedError,
    TypeNotOfferedError,
)
from webapp.certificates.life import (
    Party,
    Status,
    renewal_opens,
    require_reissuable,
    require_renewable,
    require_resumable,
    status,
)
from webapp.certificates.models import Certificate
from webapp.certificates.proof import fingerprint, public_key
from webapp.pki.profiles import renewed_validity
from webapp.pki.proof import Proof, is_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What can be done with a certificate now; nothing is shown that is refused.

    `why` has the refusal for each of "reissue", "renew" and "resume" that is shut.
    """

    status: Status
    reissue: bool
    renew: bool
    suspend: bool
    resume: bool
    revoke: bool
    renewal_opens: datetime
    renewed_until: datetime | None  # the last second of a renewal made now
    renewed: bool
    why: dict[str, type[LifeError]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything is open."""
        return self.reissue or self.renew or self.resume or self.revoke


def doors_of(
    session: Session, certificate: Certificate, types: Types, now: datetime
) -> Doors:
    """Return what its holder can do with a certificate at `now`."""
    found, life = status(certificate.life, now), certificate.life
    why = _shut(session, certificate, types, now)
    wanted = types.get(certificate.type_id)
    is_over = found in (Status.REVOKED, Status.EXPIRED)
    return Doors(
        status=found,
        reissue="reissue" not in why,
        renew="renew" not in why,
        suspend=found is Status.VALID,
        resume="resume" not in why,
        revoke=not is_over,
        renewal_opens=renewal_opens(life.not_after),
        renewed_until=_renewed_until(wanted, life.not_after, now),
        renewed=why.get("renew") is AlreadyReplacedError,
        why=why,
    )


def require_open(
    session: Session,
    certificate: Certificate,
    types: Types,
    purpose: Purpose,
    now: datetime,
) -> None:
    """Refuse a re-issue or renewal that would be refused later.

    Raises:
        LifeError: what stands in the way.
    """
    if purpose == Purpose.REISSUE:
        require_reissuable(certificate.life, now)
    else:
        require_renewable(certificate.life, now)
    if _is_replaced(session, certificate, purpose):
        raise AlreadyReplacedError
    wanted = types.get(certificate.type_id)
    if wanted is None or (purpose == Purpose.RENEW and not wanted.offered):
        raise TypeNotOfferedError


def open_door(
    session: Session,
    customer: Customer,
    certificate: Certificate,
    *,
    purpose: Purpose,
    types: Types,
    sitting: str | None = None,
    checks_last: timedelta = timedelta(0),
    now: datetime,
) -> str:
    """Return the id of the application that re-issues or renews a certificate.

    Raises:
        LifeError: it cannot be.
    """
    require_open(session, certificate, types, purpose, now)
    return open_application(
        session,
        customer,
        now,
        purpose=purpose,
        replaced=certificate,
        sitting=sitting,
        checks_last=checks_last,
    )


def in_the_way(
    session: Session,
    customer: Customer,
    certificate: Certificate,
    purpose: Purpose,
    now: datetime,
) -> str | None:
    """Tell which other application is open: "replaced" ends, "unkept" goes first.

    None where there is none, or it is for the same.
    """
    found = find_open(session, customer)
    if found is None or (found.purpose, found.replaces_id) == (purpose, certificate.id):
        return None
    if is_issued(session, found):
        return "unkept"
    return "replaced" if found.expires_at > now else None


def replaced_by(session: Session, application: Application) -> Certificate:
    """Return the certificate that an application renews, for its own holder."""
    found = session.scalar(
        select(Certificate).where(
            Certificate.id == application.replaces_id,
            Certificate.customer_id == application.customer_id,
        )
    )
    if found is None:  # nothing removes certificates
        raise CertificateExpiredError
    return found


def prove(
    session: Session,
    application: Application,
    *,
    signature: bytes,
    origin: str,
    steps: tuple[Step, ...],
    now: datetime,
) -> None:
    """Note that the old key signed this application's challenge; it is used up.

    Raises:
        ProofRefusedError: another key, challenge, application, place, or used before.
        ApplicationError, LifeError: it is too late for a renewal.
    """
    hold(session, application)
    require_alive(session, application, now)
    require_step(application, Step.PROOF, steps)
    before = replaced_by(session, application)
    require_renewable(before.life, now)
    if application.proof_challenge is None:
        raise ProofRefusedError
    proof = Proof(
        purpose=Purpose.RENEW,
        origin=origin,
        application_id=application.id,
        fingerprint=fingerprint(before),
        challenge=application.proof_challenge,
    )
    if not is_proof(public_key(before), signature, proof):
        raise ProofRefusedError
    application.proved_at, application.proof_challenge = now, None
    move_on(session, application, now)


def _shut(
    session: Session, certificate: Certificate, types: Types, now: datetime
) -> dict[str, type[LifeError]]:
    ask = partial(require_open, session, certificate, types)
    tries: dict[str, Callable[[], None]] = {
        "reissue": partial(ask, Purpose.REISSUE, now),
        "renew": partial(ask, Purpose.RENEW, now),
        "resume": partial(require_resumable, certificate.life, now, Party.HOLDER),
    }
    found: dict[str, type[LifeError]] = {}
    for door, attempt in tries.items():
        try:
            attempt()
        except LifeError as refused:
            found[door] = type(refused)
    return found


def _is_replaced(session: Session, certificate: Certificate, purpose: Purpose) -> bool:
    found = session.scalar(
        select(Certificate.id).where(
            Certificate.replaces_id == certificate.id, Certificate.purpose == purpose
        )
    )
    return found is not None


def _renewed_until(
    wanted: CertificateType | None, not_after: datetime, now: datetime
) -> datetime | None:
    if wanted is None or not wanted.offered:
        return None
    return renewed_validity(wanted.profile, not_after, now).not_after
