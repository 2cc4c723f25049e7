"""Requests of programs: made once for a key, found by their own institution alone.

Nothing commits here. Whoever calls has seen which institution it is.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.accounts.service import find_by_login_id
from webapp.relying.asking import service as asking
from webapp.relying.asking.contents import Asker, Documents
from webapp.relying.asking.documents import service as documents
from webapp.relying.asking.documents.models import AskingDocument
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.rules import State
from webapp.relying.institutions.models import Institution
from webapp.relying.openid.models import Consent, Subject
from webapp.relying.signing.errors import (
    KeyReusedError,
    NoResultError,
    PersonUnknownError,
    ResultOverError,
    ReturnAddressError,
    SigningPurposeError,
    SigningUnknownError,
)
from webapp.relying.signing.models import IdempotencyKey, SigningRequest
from webapp.relying.signing.rules import KEY_LIFE, RESULT_LIFE, Addressee, Order

OPENER: Final = "signing"
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Call:
    """What makes a call the same as another: its key, and the bytes of its body."""

    key: str
    body: bytes

    @property
    def key_hash(self) -> str:
        """What is kept of the key."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def body_hash(self) -> str:
        """What is kept of the body."""
        return hashlib.sha256(self.body).hexdigest()


def find_answer(session: Session, institution_id: str, call: Call) -> str | None:
    """Return what was answered to the same call before; None where it is new.

    Raises:
        KeyReusedError: the key came with another body.
    """
    stored = session.get(IdempotencyKey, (institution_id, call.key_hash))
    if stored is None:
        return None
    if stored.body_hash != call.body_hash:
        raise KeyReusedError
    return stored.answer


def keep_answer(
    session: Session, institution_id: str, call: Call, answer: str, now: datetime
) -> None:
    """Keep what is answered to a call, after all else was written.

    Raises:
        IntegrityError: the same key came with another call in this moment.
    """
    session.add(
        IdempotencyKey(
            institution_id=institution_id,
            key_hash=call.key_hash,
            body_hash=call.body_hash,
            answer=answer,
            made_at=now,
        )
    )
    session.flush()


def make(
    session: Session,
    institution: Institution,
    order: Order,
    *,
    random: Callable[[int], bytes],
    now: datetime,
) -> SigningRequest:
    """Make a request of an institution.

    A login hint that nobody has makes a request that nobody sees, and no difference.

    Raises:
        SigningPurposeError: it may not ask for that.
        ReturnAddressError: the address is not registered, or one is missing.
        PersonUnknownError: it knows nobody by that `sub`.
        ContentsError, TooManyOpenError: as `asking.ask`.
    """
    if order.contents.purpose not in institution.purposes:
        raise SigningPurposeError
    if order.return_uri and order.return_uri not in institution.return_uris:
        raise ReturnAddressError
    if not order.return_uri and order.addressee is None:
        raise ReturnAddressError
    customer_id = _customer_of(session, institution, order.addressee)
    asked = asking.ask(
        session,
        Asker(institution.id, institution.name, institution.origin),
        order.contents,
        opener=OPENER,
        browser=None,
        expires_at=now + order.life,
        now=now,
        random=random,
        customer_id=customer_id,
    )
    if isinstance(order.contents, Documents):
        documents.attach(session, asked.request_id, order.contents, order.files)
    request = SigningRequest(
        id=asked.request_id,
        institution_id=institution.id,
        is_addressed=order.addressee is not None,
        return_uri=order.return_uri,
        expires_at=asked.expires_at,
        facts="",
    )
    session.add(request)
    session.flush()
    return request


def find(
    session: Session, institution_id: str, request_id: str
) -> tuple[SigningRequest, AskingRequest]:
    """Return a request of an institution.

    Raises:
        SigningUnknownError: there is none of that id, or another one made it.
    """
    request = session.get(SigningRequest, request_id[:32])
    is_own = request is not None and request.institution_id == institution_id
    if request is None or not is_own or request.id != request_id:
        raise SigningUnknownError
    return request, asking.find(session, request_id)


def find_result(
    session: Session, institution_id: str, request_id: str, now: datetime
) -> tuple[SigningRequest, AskingRequest]:
    """Return an approved request whose result is still kept.

    Raises:
        SigningUnknownError: as `find`.
        NoResultError: nobody approved it.
        ResultOverError: that was too long ago.
    """
    request, asked = find(session, institution_id, request_id)
    if asked.state != State.APPROVED or asked.ended_at is None:
        raise NoResultError
    if now >= asked.ended_at + RESULT_LIFE:
        raise ResultOverError
    return request, asked


def keep_approval(
    session: Session,
    request: SigningRequest,
    *,
    subject: str,
    facts: Mapping[str, Any],
    receipt: bytes,
) -> None:
    """Keep what an institution is told of who approved."""
    request.subject = subject
    request.facts = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    request.receipt = receipt
    session.flush()


def forget_files(session: Session, request_id: str) -> None:
    """Delete the documents of a request that nobody is going to sign any more."""
    session.execute(
        update(AskingDocument)
        .where(AskingDocument.request_id == request_id)
        .values(content=None, revision=None)
        .execution_options(synchronize_session=False)
    )


def list_expired(session: Session, now: datetime) -> list[str]:
    """Return requests whose time is over and whose institution was not told."""
    stmt = (
        select(SigningRequest.id)
        .where(SigningRequest.told_at.is_(None), SigningRequest.expires_at <= now)
        .order_by(SigningRequest.expires_at)
        .limit(BATCH)
    )
    return list(session.scalars(stmt))


def forget_old(session: Session, now: datetime) -> int:
    """Delete a batch of keys and results that are over; return how many."""
    old_keys = (
        select(IdempotencyKey.institution_id, IdempotencyKey.key_hash)
        .where(IdempotencyKey.made_at <= now - KEY_LIFE)
        .limit(BATCH)
    )
    pairs = session.execute(old_keys).all()
    for institution_id, key_hash in pairs:
        session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.institution_id == institution_id,
                IdempotencyKey.key_hash == key_hash,
            )
        )
    old_results = (
        select(SigningRequest.id)
        .join(AskingRequest, AskingRequest.id == SigningRequest.id)
        .where(
            AskingRequest.ended_at <= now - RESULT_LIFE,
            SigningRequest.receipt.is_not(None),
        )
        .limit(BATCH)
    )
    ids = session.scalars(old_results).all()
    for table, key, values in (
        (SigningRequest, SigningRequest.id, {"receipt": None, "facts": ""}),
        (
            AskingDocument,
            AskingDocument.request_id,
            {"content": None, "revision": None, "signature": None, "stamp": None}
            | {"result": None},
        ),
    ):
        session.execute(
            update(table)
            .where(key.in_(ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    return len(pairs) + len(ids)


def _customer_of(
    session: Session, institution: Institution, addressee: Addressee | None
) -> int | None:
    """Return whom a request is for; None for nobody by name, and for an empty hint."""
    if addressee is None:
        return None
    if addressee.login_hint is not None:
        customer = find_by_login_id(session, addressee.login_hint)
        return customer.id if customer else None
    subject = session.get(Subject, (addressee.sub or "")[:43])
    if subject is None or subject.id != addressee.sub:
        raise PersonUnknownError
    if subject.sector != institution.sector or not _is_known(
        session, institution, subject
    ):
        raise PersonUnknownError
    return subject.customer_id


def _is_known(session: Session, institution: Institution, subject: Subject) -> bool:
    """Tell whether a person signed in there or approved something, and goes on with it.

    A connection that the person ended counts no more, whatever was approved before.
    """
    consent = session.get(Consent, (institution.id, subject.customer_id))
    if consent is not None:
        return consent.ended_at is None
    stmt = select(SigningRequest.id).where(
        SigningRequest.institution_id == institution.id,
        SigningRequest.subject == subject.id,
    )
    return session.scalar(stmt.limit(1)) is not None
