"""Make requests, show them to a device, and take its answer. Nothing commits here.

A request is locked before it is looked at, after the certificate that answers it: of
two who end it at once, one does.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.accounts.service import require_open
from webapp.audit.actors import KEY_HOLDER, UNKNOWN
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.models import Certificate
from webapp.certificates.proof import (
    is_signed,
    public_key,
    record_bare_signatures,
)
from webapp.certificates.service import find_by_serial
from webapp.db import lock
from webapp.notifications.push.service import queue_request_push
from webapp.pki.key_proof import verify_over_digest
from webapp.relying.asking.contents import (
    Asker,
    Contents,
    Fact,
    Hashes,
    from_json,
    hashes_of,
    to_json,
)
from webapp.relying.asking.documents.attributes import messages_of
from webapp.relying.asking.documents.service import (
    Completer,
    keep_signatures,
    prepared_digests,
)
from webapp.relying.asking.errors import (
    ForeignCertificateError,
    LifetimeError,
    NumberNeededError,
    NumberWrongError,
    OtherPersonError,
    RequestApprovedError,
    RequestExpiredError,
    RequestUnknownError,
    SignatureError,
)
from webapp.relying.asking.limits import (
    ADDRESSED_SCOPES,
    PAGE_SCOPES,
    Scope,
    require_room,
)
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.openers import Approval, Openers
from webapp.relying.asking.rules import Event, State, next_state, state_at
from webapp.relying.asking.scan_code import NumberCheck
from webapp.relying.asking.statement import Statement
from webapp.relying.documents.signers import require_usable
from webapp.relying.institutions.rules import Purpose
from webapp.values.code_token import ID_BYTES
from webapp.web.pagination import Cursor, keyset_condition, split_page

MAX_LIFE: Final = timedelta(days=7)
MAX_LISTED: Final = 20
USE_WITHIN: Final = timedelta(minutes=5)  # after the approval
MAX_AHEAD: Final = timedelta(minutes=1)  # of a device's reckoning
_OPEN: Final = (State.MADE, State.SEEN)
ADULT_YEARS: Final = 19  # Civil Act (Korea), article 4


@dataclass(frozen=True, slots=True)
class AskingBrowser:
    """The browser that waits: its network, empty where unknown, and what it is."""

    network: str
    device: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that was made."""

    request_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a device answers: its certificate, its signatures, the number picked."""

    serial: str
    signatures: tuple[bytes, ...]
    number: str
    centre: str  # origin of the page that signed
    network: str  # of the device, empty where unknown
    signed_after: int = 0  # seconds since it was asked; in signatures of documents


def ask(
    session: Session,
    asker: Asker,
    contents: Contents,
    *,
    opener: str,
    browser: AskingBrowser | None,
    expires_at: datetime,
    now: datetime,
    random: Callable[[int], bytes],
    customer_id: int | None = None,
) -> Asking:
    """Make a request; with `customer_id` nobody else can approve it.

    Raises:
        LifetimeError: it would be over already, or live longer than MAX_LIFE.
        TooManyOpenError: too many are open (limits.py).
    """
    asked_at, ends_at = now.replace(microsecond=0), expires_at.replace(microsecond=0)
    if not now < ends_at <= now + MAX_LIFE:
        raise LifetimeError
    waiting = browser or AskingBrowser("", "")
    institution_id = asker.institution_id
    _require_room(session, institution_id, customer_id, waiting.network, now=now)
    request = AskingRequest(
        id=random(ID_BYTES).hex(),
        institution_id=asker.institution_id,
        asker_name=asker.name,
        asker_origin=asker.origin,
        opener=opener,
        purpose=contents.purpose,
        contents=json.dumps(to_json(contents), ensure_ascii=False),
        state=State.MADE,
        browser_network=waiting.network,
        browser_device=waiting.device[:60],
        customer_id=customer_id,
        is_of_program=browser is None and customer_id is not None,
        asked_at=asked_at,
        expires_at=ends_at,
    )
    session.add(request)
    session.flush()
    if customer_id is not None:
        queue_request_push(session, customer_id, expires_at=ends_at, now=now)
    return Asking(request.id, ends_at)


def find(session: Session, request_id: str) -> AskingRequest:
    """Return a request.

    Raises:
        RequestUnknownError: there is none with this id.
    """
    request = session.get(AskingRequest, request_id[:32])
    if request is None or request.id != request_id:
        raise RequestUnknownError
    return request


def state_of(session: Session, request_id: str, now: datetime) -> State:
    """Return what a request is at `now`.

    Raises:
        RequestUnknownError
    """
    return _state(find(session, request_id), now)


def require_seen(session: Session, request_id: str, now: datetime) -> AskingRequest:
    """Return a request that a device was shown, and that is still to be answered.

    Raises:
        AskingError: it is over, was not seen, or there is none.
    """
    request = find(session, request_id)
    next_state(_state(request, now), Event.APPROVE)
    return request


def note_browser(
    session: Session, request_id: str, browser: AskingBrowser, now: datetime
) -> None:
    """Note which browser waits for a request that a program made.

    Raises:
        AskingError: it is over.
    """
    request = _lock(session, request_id)
    next_state(_state(request, now), Event.WITHDRAW)  # while it is open
    request.browser_network = browser.network
    request.browser_device = browser.device[:60]


def lock_seen(session: Session, request_id: str, now: datetime) -> None:
    """Have nobody answer a request in this transaction.

    Raises:
        AskingError: somebody did, or its time is over.
    """
    next_state(_state(_lock(session, request_id), now), Event.APPROVE)


def states_of(
    session: Session, request_ids: Collection[str], now: datetime
) -> dict[str, State]:
    """Return what requests are at `now`, by their ids; an unknown one is left out."""
    stmt = select(AskingRequest.id, AskingRequest.state, AskingRequest.expires_at)
    rows = session.execute(stmt.where(AskingRequest.id.in_(request_ids)))
    return {id_: state_at(State(stored), ends, now) for id_, stored, ends in rows}


def list_waiting(
    session: Session, customer: Customer, now: datetime, after: Cursor | None = None
) -> tuple[Sequence[AskingRequest], Cursor | None]:
    """Return open requests that are addressed to a customer, the newest first.

    At most MAX_LISTED, and where the next page begins; None on the last one.
    """
    asked_at, id_ = AskingRequest.asked_at, AskingRequest.id
    stmt = (
        select(AskingRequest)
        .where(*_open_for(customer.id, now), *keyset_condition(asked_at, id_, after))
        .order_by(asked_at.desc(), id_.desc())
        .limit(MAX_LISTED + 1)
    )
    requests, has_more = split_page(session.scalars(stmt).all(), MAX_LISTED)
    if not has_more:
        return requests, None
    last = requests[-1]
    return requests, Cursor(last.asked_at, last.id)


def list_waiting_ids(
    session: Session, customer: Customer, now: datetime
) -> Sequence[str]:
    """Return the ids of all open requests that are addressed to a customer, in order.

    They are no more than may be open at once (limits.py).
    """
    stmt = select(AskingRequest.id).where(*_open_for(customer.id, now))
    return session.scalars(stmt.order_by(AskingRequest.id)).all()


def open_request(session: Session, request_id: str, *, now: datetime) -> AskingRequest:
    """Note that a device is shown a request, and return it.

    Raises:
        AskingError: it is over, or there is none.
    """
    request = _lock(session, request_id)
    was_seen = request.seen_at is not None
    request.state = next_state(_state(request, now), Event.OPEN)
    request.seen_at = request.seen_at if was_seen else now
    return request


def needs_number(request: AskingRequest, network: str) -> bool:
    """Tell whether a device has to pick the number that the asking page shows.

    It has not where both are on one network, as far as that is known, nor where no
    page shows one: a program asked one person, who alone is shown the request.
    """
    if request.is_of_program:
        return False
    return not network or network != request.browser_network


def approve(
    session: Session,
    request_id: str,
    answer: Answer,
    *,
    issuer_id: str,
    numbers: NumberCheck,
    openers: Openers,
    now: datetime,
    completer: Completer | None = None,
) -> Approval:
    """Take a device's signatures for what a request asks for.

    Without a `completer` nobody signs documents for other programs.

    Raises:
        RequestUnknownError, RequestUnseenError: there is none, or nobody saw it.
        RequestApprovedError and the others: it is over.
        NumberNeededError: the networks differ, and no number was picked.
        NumberWrongError: it is another one; the request is declined by that.
        ForeignCertificateError: this centre issued none with this serial.
        SignerRevokedError, SignerSuspendedError, SignerExpiredError: it counts no more.
        OtherPersonError: the request is addressed to somebody else.
        SignatureError: a signature is missing, or not by that key over this request.
        AccountLockedError: the counter locked the holder's account.
        ServiceSignerError: a document gets a time stamp, and nobody stamps now.
    """
    certificate = find_by_serial(session, issuer_id, answer.serial)
    if certificate is not None:  # neither is locked or revoked meanwhile
        holder = session.get_one(Customer, certificate.customer_id)
        lock(session, holder, certificate, share=True)
    request = _lock(session, request_id)
    approved = next_state(_state(request, now), Event.APPROVE)
    _check_number(session, request, answer, numbers, openers, now)
    if certificate is None:
        raise ForeignCertificateError
    require_usable(certificate, now)
    if request.customer_id not in (None, certificate.customer_id):
        raise OtherPersonError
    messages = _check_signatures(session, request, certificate, answer, now)
    require_open(holder)  # said only to who has the key
    request.state, request.ended_at = approved, now
    request.customer_id = certificate.customer_id
    request.certificate_id, request.centre = certificate.id, answer.centre
    request.signatures = json.dumps([one.hex() for one in answer.signatures])
    _note_bare_signatures(session, request, certificate, now)
    _record(session, AuditEvent.REQUEST_APPROVED, request, now)
    session.flush()
    if completer is not None:
        keep_signatures(
            session,
            request.id,
            certificate.signed_der,
            messages=messages,
            signatures=answer.signatures,
            completer=completer,
        )
    approval = _approval(request)
    openers[request.opener].on_approved(session, approval)
    return approval


def decline(
    session: Session, request_id: str, *, openers: Openers, now: datetime
) -> None:
    """Say no on a device that was shown the request.

    Raises:
        AskingError: it is over, was not seen, or there is none.
    """
    request = _lock(session, request_id)
    _decline(session, request, AuditEvent.REQUEST_DECLINED, openers, now)


def withdraw(
    session: Session, request_id: str, *, openers: Openers, now: datetime
) -> None:
    """Take a request back; whoever calls has seen that it is theirs.

    Raises:
        AskingError: it is over, or there is none.
    """
    request = _lock(session, request_id)
    request.state = next_state(_state(request, now), Event.WITHDRAW)
    request.ended_at = now
    session.flush()
    openers[request.opener].on_ended(session, request.id)


def find_approval(session: Session, request_id: str) -> Approval | None:
    """Return who approved a request; None where nobody did.

    Raises:
        RequestUnknownError
    """
    request = find(session, request_id)
    return _approval(request) if request.state == State.APPROVED else None


def use_approval(
    session: Session, request_id: str, *, opener: str, now: datetime
) -> Approval:
    """Return an approval of a part's own request, to that part once.

    The caller has locked its customer and certificate.

    Raises:
        RequestUnknownError: there is none, another part asked, or nobody approved.
        RequestApprovedError: it was used before.
        RequestExpiredError: it was approved more than USE_WITHIN ago.
    """
    request = _lock(session, request_id)
    if request.opener != opener or request.state != State.APPROVED:
        raise RequestUnknownError
    approval = _approval(request)
    if request.used_at is not None:
        raise RequestApprovedError
    if now - approval.approved_at >= USE_WITHIN:
        raise RequestExpiredError
    request.used_at = now
    return approval


def asker_of(request: AskingRequest) -> Asker:
    """Return who asked, as they were called then."""
    return Asker(request.institution_id, request.asker_name, request.asker_origin)


def contents_of(request: AskingRequest) -> Contents:
    """Return what is asked for."""
    return from_json(json.loads(request.contents))


def statement_of(
    request: AskingRequest, certificate: Certificate, centre: str
) -> Statement:
    """Return what a certificate's key signs on a page of `centre`."""
    return Statement(
        request_id=request.id,
        asker=asker_of(request),
        contents=contents_of(request),
        centre=centre,
        asked_at=request.asked_at,
        expires_at=request.expires_at,
        fingerprint=certificate.fingerprint,
    )


def facts_of(
    customer: Customer, facts: Sequence[Fact], today: date
) -> dict[str, str | bool]:
    """Return what the centre knows of a customer, by the names of the facts.

    A birth date is ISO 8601; `adult` is whether they are 19 or older on `today`.
    """
    values: dict[Fact, str | bool] = {
        Fact.NAME: customer.name,
        Fact.BIRTH_DATE: customer.birth_date.isoformat(),
        Fact.ADULT: _age(customer.birth_date, today) >= ADULT_YEARS,
    }
    return {fact.value: values[fact] for fact in facts}


def _age(birth_date: date, today: date) -> int:
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday)


def _open_for(customer_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what the open requests are that are addressed to a customer."""
    return AskingRequest.customer_id == customer_id, *_open_at(now)


def _open_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return AskingRequest.state.in_(_OPEN), AskingRequest.expires_at > now


def _require_room(
    session: Session,
    institution_id: str,
    customer_id: int | None,
    network: str,
    *,
    now: datetime,
) -> None:
    """Refuse another open request where there are too many of its kind.

    Who asks a customer does so one after the other: the customer is locked.
    """
    theirs = AskingRequest.institution_id == institution_id
    conditions = {
        Scope.INSTITUTION_PAGES: (theirs, AskingRequest.customer_id.is_(None)),
        Scope.INSTITUTION_ADDRESSED: (theirs, AskingRequest.customer_id.is_not(None)),
        Scope.CUSTOMER_INSTITUTION: (theirs, AskingRequest.customer_id == customer_id),
        Scope.CUSTOMER: (AskingRequest.customer_id == customer_id,),
        Scope.INSTITUTION_NETWORK: (
            *(theirs, AskingRequest.customer_id.is_(None)),
            AskingRequest.browser_network == network,
        ),
    }
    if customer_id is not None:
        lock(session, session.get_one(Customer, customer_id))
    for scope in ADDRESSED_SCOPES if customer_id is not None else PAGE_SCOPES:
        if scope is Scope.INSTITUTION_NETWORK and not network:
            continue  # not known: nobody is counted for another one
        stmt = select(func.count(), func.min(AskingRequest.expires_at)).where(
            *conditions[scope], *_open_at(now)
        )
        count, first_end = session.execute(stmt).one()
        require_room(scope, count, first_end, now)


def _lock(session: Session, request_id: str) -> AskingRequest:
    request = find(session, request_id)
    lock(session, request)
    return request


def _state(request: AskingRequest, now: datetime) -> State:
    return state_at(State(request.state), request.expires_at, now)


def _check_number(
    session: Session,
    request: AskingRequest,
    answer: Answer,
    numbers: NumberCheck,
    openers: Openers,
    now: datetime,
) -> None:
    if not answer.number and needs_number(request, answer.network):
        raise NumberNeededError
    if answer.number and answer.number != numbers.shown:
        _decline(session, request, AuditEvent.REQUEST_NUMBER_WRONG, openers, now)
        raise NumberWrongError


def _check_signatures(
    session: Session,
    request: AskingRequest,
    certificate: Certificate,
    answer: Answer,
    now: datetime,
) -> Sequence[bytes]:
    """Check what was signed for each item, and the hashes behind; return the former."""
    statement = statement_of(request, certificate, answer.centre)
    messages = messages_of(
        statement,
        certificate.signed_der,
        signed_at=_signing_time(request, answer, now),
        prepared=prepared_digests(session, request.id, certificate.id),
    )
    hashes = hashes_of(statement.contents)
    if messages is None or len(answer.signatures) != len(messages) + len(hashes):
        raise SignatureError
    own, others = answer.signatures[: len(messages)], answer.signatures[len(messages) :]
    for signature, message in zip(own, messages, strict=True):
        if not is_signed(session, certificate, signature, message):
            raise SignatureError
    key = public_key(certificate)
    for signature, digest in zip(others, hashes, strict=True):
        if not verify_over_digest(key, signature, digest):
            raise SignatureError
    return messages


def _note_bare_signatures(
    session: Session, request: AskingRequest, certificate: Certificate, now: datetime
) -> None:
    contents = contents_of(request)
    if isinstance(contents, Hashes) and contents.is_bare:
        record_bare_signatures(session, certificate, contents.hashes, now)


def _signing_time(request: AskingRequest, answer: Answer, now: datetime) -> datetime:
    """Return when it was signed: the device reckons it from what it was told."""
    latest = int((now + MAX_AHEAD - request.asked_at).total_seconds())
    if not 0 <= answer.signed_after <= latest:
        raise SignatureError
    return request.asked_at + timedelta(seconds=answer.signed_after)


def _decline(
    session: Session,
    request: AskingRequest,
    event: AuditEvent,
    openers: Openers,
    now: datetime,
) -> None:
    request.state = next_state(_state(request, now), Event.DECLINE)
    request.ended_at = now
    _record(session, event, request, now)
    session.flush()
    openers[request.opener].on_ended(session, request.id)


def _record(
    session: Session, event: AuditEvent, request: AskingRequest, now: datetime
) -> None:
    record(
        session,
        event,
        at=now,
        actor=KEY_HOLDER if request.certificate_id else UNKNOWN,
        customer_id=request.customer_id,
        certificate_id=request.certificate_id,
        detail={
            "institution": request.asker_name,
            "purpose": request.purpose,
            "request": request.id,
        },
    )


def _approval(request: AskingRequest) -> Approval:
    if request.customer_id is None or not request.certificate_id:
        raise ValueError("an approval by nobody")
    if request.ended_at is None or request.signatures is None:
        raise ValueError("an approval without signatures")
    signatures = json.loads(request.signatures)
    return Approval(
        request_id=request.id,
        purpose=Purpose(request.purpose),
        customer_id=request.customer_id,
        certificate_id=request.certificate_id,
        signatures=tuple(bytes.fromhex(one) for one in signatures),
        approved_at=request.ended_at,
    )
