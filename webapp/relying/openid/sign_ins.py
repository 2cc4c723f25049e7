"""Who is signed in where, what they agreed to, and how that ends."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.lifecycle import CertificateStatus, StoredState, status_at
from webapp.certificates.models import Certificate, CertificateCopy
from webapp.db import lock
from webapp.relying.institutions.models import Institution
from webapp.relying.openid import logout
from webapp.relying.openid.models import Consent, Grant, SignIn, Subject
from webapp.relying.openid.rules import SESSION_LIFE, Claim, SignedIn, key_place
from webapp.relying.uses import service as uses
from webapp.relying.uses.models import Way

_ID_BYTES: Final = 16
_SUBJECT_BYTES: Final = 21  # 168 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed for an institution, with which certificate, and when."""

    customer_id: int
    certificate_id: str
    signed_at: datetime


def begin(
    session: Session,
    institution: Institution,
    signer: Signer,
    *,
    is_phone_only: Callable[[str], bool],
    random: Callable[[int], bytes],
) -> SignIn:
    """Keep that a person signed in for an institution."""
    certificate = session.get_one(Certificate, signer.certificate_id)
    sign_in = SignIn(
        id=random(_ID_BYTES).hex(),
        institution_id=institution.id,
        customer_id=signer.customer_id,
        certificate_id=signer.certificate_id,
        subject=subject_for(session, institution.sector, signer.customer_id, random),
        acr=key_place(
            _places(session, certificate.id),
            is_phone_only=is_phone_only(certificate.type_id),
        ),
        signed_at=signer.signed_at,
    )
    session.add(sign_in)
    session.flush()
    return sign_in


def find_usable(session: Session, sign_in_id: str, now: datetime) -> SignIn | None:
    """Return a sign-in that did not end and whose certificate counts; else None."""
    sign_in = session.get(SignIn, sign_in_id[:32])
    return sign_in if sign_in and is_usable(session, sign_in, now) else None


def is_usable(session: Session, sign_in: SignIn, now: datetime) -> bool:
    """Tell whether a sign-in did not end, and all that it rests on counts.

    The certificate and the institution, and the account: what the counter locked, the
    centre vouches for nowhere.
    """
    if sign_in.ended_at is not None or now - sign_in.signed_at >= SESSION_LIFE:
        return False
    institution = session.get_one(Institution, sign_in.institution_id)
    certificate = session.get_one(Certificate, sign_in.certificate_id)
    customer = session.get_one(Customer, sign_in.customer_id)
    is_valid = status_at(certificate.life, now) is CertificateStatus.VALID
    return is_valid and not institution.is_ended and customer.locked_at is None


def facts_of(sign_in: SignIn | None) -> SignedIn | None:
    """Return what the rules look at."""
    if sign_in is None:
        return None
    return SignedIn(subject=sign_in.subject, signed_at=sign_in.signed_at)


def find_consent(
    session: Session, institution_id: str, customer_id: int
) -> Consent | None:
    """Return what a person once agreed to; it may have ended."""
    return session.get(Consent, (institution_id, customer_id))


def agree(
    session: Session,
    sign_in: SignIn,
    asked: Collection[Claim],
    granted: Collection[Claim],
    now: datetime,
) -> None:
    """Keep what a person lets an institution learn, of what it asked for."""
    consent = _consent_of(session, sign_in.institution_id, sign_in.customer_id, now)
    if consent.ended_at is not None:
        consent.since, consent.ended_at = now, None
    consent.asked = " ".join(claim for claim in Claim if claim in asked)
    consent.granted = " ".join(
        claim for claim in Claim if claim in granted and claim in asked
    )
    consent.agreed_at = consent.used_at = now
    _record(session, AuditEvent.CONSENT_GIVEN, sign_in, now, claims=consent.granted)
    note_sign_in(session, sign_in, now)


def note_sign_in(session: Session, sign_in: SignIn, now: datetime) -> None:
    """Keep that somebody signed in there with the certificate."""
    uses.note_use(
        session,
        institution_id=sign_in.institution_id,
        customer_id=sign_in.customer_id,
        certificate_id=sign_in.certificate_id,
        way=Way.SIGN_IN,
        now=now,
    )


def agree_also(
    session: Session,
    institution_id: str,
    *,
    customer_id: int,
    certificate_id: str,
    claims: Collection[Claim],
    now: datetime,
) -> tuple[Claim, ...]:
    """Let an institution learn these claims beside what it may; return all it may.

    For who registers there without a sign-in. What was ended before begins anew.
    """
    consent = _consent_of(session, institution_id, customer_id, now)
    asked, granted = set(claims), set(claims)
    if consent.ended_at is not None:
        consent.since, consent.ended_at = now, None
    else:
        asked |= set(map(Claim, consent.asked.split()))
        granted |= set(consent.claims)
    consent.asked = " ".join(claim for claim in Claim if claim in asked)
    consent.granted = " ".join(claim for claim in Claim if claim in granted)
    consent.agreed_at = consent.used_at = now
    record(
        session,
        AuditEvent.CONSENT_GIVEN,
        at=now,
        customer_id=customer_id,
        certificate_id=certificate_id,
        detail={"institution": institution_id, "claims": consent.granted},
    )
    return consent.claims


def end_of(
    session: Session, customer_id: int, institution_id: str, now: datetime
) -> int:
    """End all sign-ins of a person at an institution; return how many."""
    open_sign_ins = select(SignIn).where(
        SignIn.institution_id == institution_id,
        SignIn.customer_id == customer_id,
        SignIn.ended_at.is_(None),
    )
    return end_all(session, session.scalars(open_sign_ins).all(), now)


def list_to_end(session: Session, now: datetime, limit: int) -> Sequence[SignIn]:
    """Return sign-ins that are over: by time, or since what they rest on is."""
    stmt = (
        select(SignIn)
        .join(Certificate, Certificate.id == SignIn.certificate_id)
        .join(Institution, Institution.id == SignIn.institution_id)
        .join(Customer, Customer.id == SignIn.customer_id)
        .where(
            SignIn.ended_at.is_(None),
            or_(
                Certificate.state != StoredState.VALID,
                Certificate.not_after < now,
                Institution.ended_at.is_not(None),
                Customer.locked_at.is_not(None),
                SignIn.signed_at <= now - SESSION_LIFE,
            ),
        )
        .order_by(SignIn.id)
        .limit(limit)
    )
    return session.scalars(stmt).all()


def end_all(session: Session, sign_ins: Iterable[SignIn], now: datetime) -> int:
    """End sign-ins with their tokens, and have their institutions told; count them."""
    ended = 0
    for sign_in in sign_ins:
        done = session.execute(
            update(SignIn)
            .where(SignIn.id == sign_in.id, SignIn.ended_at.is_(None))
            .values(ended_at=now)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]
            continue
        session.expire(sign_in)
        _revoke_grants(session, sign_in.id, now)
        _tell(session, sign_in, now)
        ended += 1
    return ended


def _consent_of(
    session: Session, institution_id: str, customer_id: int, now: datetime
) -> Consent:
    """Return the one consent of a person for an institution, locked."""
    if find_consent(session, institution_id, customer_id) is None:
        with suppress(IntegrityError), session.begin_nested():  # else it is there now
            session.add(
                Consent(
                    institution_id=institution_id,
                    customer_id=customer_id,
                    asked="",
                    granted="",
                    since=now,
                    agreed_at=now,
                    used_at=now,
                )
            )
    consent = session.get_one(Consent, (institution_id, customer_id))
    # Of two pages that agree at once, one does so after the other.
    lock(session, consent)
    return consent


def _revoke_grants(session: Session, sign_in_id: str, now: datetime) -> None:
    session.execute(
        update(Grant)
        .where(Grant.sign_in_id == sign_in_id, Grant.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def _tell(session: Session, sign_in: SignIn, now: datetime) -> None:
    """Have an institution told that a session ended, where it wants to be told."""
    institution = session.get_one(Institution, sign_in.institution_id)
    was_long_ago = now - sign_in.signed_at >= SESSION_LIFE
    address = institution.backchannel_logout_uri
    if address and not was_long_ago:
        logout.enqueue(session, sign_in, address, now)


def subject_for(
    session: Session, sector: str, customer_id: int, random: Callable[[int], bytes]
) -> str:
    """Return what a person is called in a sector; the same for ever."""
    stmt = select(Subject.id).where(
        Subject.sector == sector, Subject.customer_id == customer_id
    )
    stored = session.scalar(stmt)
    if stored is not None:
        return stored
    name = random(_SUBJECT_BYTES).hex()
    with suppress(IntegrityError), session.begin_nested():  # else there is one now
        session.add(Subject(id=name, sector=sector, customer_id=customer_id))
    return session.scalars(stmt).one()


def _places(session: Session, certificate_id: str) -> set[str]:
    stmt = select(CertificateCopy.place).where(
        CertificateCopy.certificate_id == certificate_id,
        CertificateCopy.how != "removed",
    )
    return set(session.scalars(stmt))


def _record(
    session: Session, event: AuditEvent, sign_in: SignIn, now: datetime, **detail: str
) -> None:
    record(
        session,
        event,
        at=now,
        customer_id=sign_in.customer_id,
        certificate_id=sign_in.certificate_id,
        detail={"institution": sign_in.institution_id, **detail},
    )
