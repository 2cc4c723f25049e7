"""Have a phone asked, hand out the SAD of its approval, and once the signatures.

Nothing commits here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.models import Certificate
from webapp.db import lock
from webapp.relying.asking import service as asking
from webapp.relying.asking.contents import Asker, Hashes, contents_hash
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.openers import Approval
from webapp.relying.asking.rules import State, state_at
from webapp.relying.cloud_signature import rules
from webapp.relying.cloud_signature.callers import Caller
from webapp.relying.cloud_signature.credentials import Credential
from webapp.relying.cloud_signature.errors import (
    DeclinedError,
    KeyKindError,
    OtherCertificateError,
    PurposeError,
    SadExpiredError,
    SadUnknownError,
    SadUsedError,
    UnansweredError,
)
from webapp.relying.cloud_signature.models import CloudSignature
from webapp.relying.documents.signers import require_usable
from webapp.relying.program_secrets import hash_secret

OPENER: Final = "cloud_signature"
KEPT: Final = timedelta(days=30)
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Authorization:
    """A SAD, and until when it is good."""

    sad: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOrder:
    """What a program wants signatures for."""

    sad: str
    hashes: tuple[bytes, ...]
    hash_algo: str
    sign_algo: str
    params: str


def begin(
    session: Session,
    caller: Caller,
    credential: Credential,
    contents: Hashes,
    *,
    random: Callable[[int], bytes],
    now: datetime,
) -> str:
    """Have the person asked, and return the id of the request.

    The same call again joins the request, until its end was told or its SAD used: who
    said no is not asked once more by a program that only waits on.

    Raises:
        PurposeError: the institution may not ask for these.
        KeyKindError: no device signs a hash alone with this key.
        SignerRevokedError, SignerSuspendedError, SignerExpiredError
        TooManyOpenError: see `asking.service.ask`.
    """
    _require_allowed(caller, credential, contents)
    certificate = credential.certificate
    # Of the same call twice at once, one asks.
    lock(session, session.get_one(Customer, caller.customer_id), certificate)
    require_usable(certificate, now)
    digest = contents_hash(contents).hex()
    joined = _find_open(session, caller, certificate, digest, now)
    if joined is not None:
        return joined
    institution = caller.institution
    asked = asking.ask(
        session,
        Asker(institution.id, institution.name, institution.origin),
        contents,
        opener=OPENER,
        browser=None,
        expires_at=now + rules.LIFE,
        now=now,
        random=random,
        customer_id=caller.customer_id,
    )
    session.add(
        CloudSignature(
            id=asked.request_id,
            institution_id=institution.id,
            customer_id=caller.customer_id,
            certificate_id=certificate.id,
            contents_hash=digest,
            made_at=now,
        )
    )
    session.flush()
    return asked.request_id


def is_open(session: Session, request_id: str, now: datetime) -> bool:
    """Tell whether the person can still answer, as the database has it now."""
    stmt = select(AskingRequest.state, AskingRequest.expires_at)
    row = session.execute(stmt.where(AskingRequest.id == request_id)).one()
    return state_at(State(row.state), row.expires_at, now).is_open


def hand_out_sad(
    session: Session, request_id: str, *, random: Callable[[int], bytes], now: datetime
) -> Authorization:
    """Return a new SAD for a request that ended; the one handed out before ends.

    Raises:
        DeclinedError, UnansweredError: it was not approved.
        SadExpiredError, SadUsedError: its approval is too old, or was used.
    """
    row = session.get_one(CloudSignature, request_id)
    lock(session, row)
    approval = _approval(session, row, now)
    expires_at = approval.approved_at + rules.SAD_LIFE
    if row.used_at is not None:
        raise SadUsedError
    if now >= expires_at:
        raise SadExpiredError
    sad = random(32).hex()
    row.sad_hash, row.sad_expires_at = hash_secret(sad), expires_at
    return Authorization(sad, expires_at)


def check_approval(session: Session, approval: Approval) -> None:
    """Take an approval by the very certificate that was asked for.

    Raises:
        OtherCertificateError
    """
    row = session.get_one(CloudSignature, approval.request_id)
    if row.certificate_id != approval.certificate_id:
        raise OtherCertificateError


def take_signatures(
    session: Session,
    caller: Caller,
    credential: Credential,
    order: SigningOrder,
    now: datetime,
) -> tuple[bytes, ...]:
    """Return the signatures that a SAD stands for, in the order of the hashes, once.

    Raises:
        SadUnknownError: none of this program, person and credential.
        SadUsedError, SadExpiredError, SadHashError, AlgorithmError
        SignerRevokedError, SignerSuspendedError, SignerExpiredError: meanwhile.
    """
    certificate = credential.certificate
    lock(session, certificate, share=True)  # it is not suspended meanwhile
    row = session.scalar(
        select(CloudSignature).where(
            CloudSignature.sad_hash == hash_secret(order.sad),
            CloudSignature.institution_id == caller.institution.id,
            CloudSignature.customer_id == caller.customer_id,
            CloudSignature.certificate_id == certificate.id,
        )
    )
    if row is None:
        raise SadUnknownError
    lock(session, row)
    approval, hashes = _approval(session, row, now), _hashes(session, row)
    rules.check_sad(
        authorized=hashes,
        asked=order.hashes,
        used_at=row.used_at,
        expires_at=row.sad_expires_at or approval.approved_at,
        now=now,
    )
    rules.check_algorithms(
        credential.key,
        hash_algo=order.hash_algo,
        sign_algo=order.sign_algo,
        params=order.params,
    )
    require_usable(certificate, now)
    row.used_at = now
    _record(session, row, len(hashes), now)
    return approval.signatures[-len(hashes) :]


def forget_old(session: Session, now: datetime) -> int:
    """Delete a batch of authorizations of long ago; return how many."""
    stmt = select(CloudSignature.id).where(CloudSignature.made_at <= now - KEPT)
    ids = session.scalars(stmt.limit(BATCH)).all()
    session.execute(
        delete(CloudSignature)
        .where(CloudSignature.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _require_allowed(caller: Caller, credential: Credential, contents: Hashes) -> None:
    if not contents.is_bare:
        if not caller.may_ask_documents:
            raise PurposeError
        return
    if not caller.may_ask_bare:
        raise PurposeError
    if not credential.signs_bare_hashes:
        raise KeyKindError


def _find_open(
    session: Session,
    caller: Caller,
    certificate: Certificate,
    digest: str,
    now: datetime,
) -> str | None:
    """Return the request of the same call whose end the program was not told yet."""
    stmt = (
        select(CloudSignature.id, AskingRequest.state, AskingRequest.ended_at)
        .join(AskingRequest, AskingRequest.id == CloudSignature.id)
        .where(
            CloudSignature.certificate_id == certificate.id,
            CloudSignature.contents_hash == digest,
            CloudSignature.institution_id == caller.institution.id,
            CloudSignature.customer_id == caller.customer_id,
            CloudSignature.used_at.is_(None),
            CloudSignature.made_at > now - rules.LIFE - rules.SAD_LIFE,
        )
        .order_by(CloudSignature.made_at.desc())
    )
    for row in session.execute(stmt):
        is_approved = row.state == State.APPROVED
        if not is_approved or now < row.ended_at + rules.SAD_LIFE:
            return str(row.id)
    return None


def _approval(session: Session, row: CloudSignature, now: datetime) -> Approval:
    request = asking.find(session, row.id)
    session.refresh(request)
    approval = asking.find_approval(session, row.id)
    if approval is not None:
        return approval
    row.used_at = now  # told: the next call asks anew
    is_declined = asking.state_of(session, row.id, now) is State.DECLINED
    raise DeclinedError if is_declined else UnansweredError


def _hashes(session: Session, row: CloudSignature) -> tuple[bytes, ...]:
    contents = asking.contents_of(asking.find(session, row.id))
    if not isinstance(contents, Hashes):
        raise TypeError("a request for something else than hashes")
    return contents.hashes


def _record(session: Session, row: CloudSignature, count: int, now: datetime) -> None:
    record(
        session,
        AuditEvent.REQUEST_HASHES_SIGNED,
        at=now,
        customer_id=row.customer_id,
        certificate_id=row.certificate_id,
        detail={
            "institution": row.institution_id,
            "request": row.id,
            "signatures": str(count),
        },
    )
