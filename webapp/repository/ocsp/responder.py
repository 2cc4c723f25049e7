"""The OCSP responder (RFC 6960, profile of RFC 5019): answers from memory, or signed.

An answer without a nonce is signed once and handed out for hours. Each worker asks the
database every quarter of a second whether any status changed; then each answer is
compared with the status of its certificate before it goes out again.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from cryptography import x509
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.ca.context import CaContext
from webapp.ca.service_certificates import ServiceCertificates, ServiceSignerError
from webapp.pki.authority import Authority
from webapp.pki.errors import IssuerMismatchError, OcspRequestError
from webapp.pki.services.certificates import ServiceKind
from webapp.pki.services.ocsp import (
    CertId,
    CertStatus,
    ErrorStatus,
    IssuerHashes,
    OcspRequest,
    ResponseSigner,
    build_request,
    error_response,
    parse_request,
)
from webapp.repository.certificate_status import count_changes, find_status

VALIDITY: Final = timedelta(hours=4)
REFRESH: Final = timedelta(hours=2)  # then an answer is signed anew when asked for
UNKNOWN_VALIDITY: Final = timedelta(minutes=5)  # it may be issued a moment later
TOLERANCE: Final = timedelta(minutes=5)  # between clocks
MAX_AGE: Final = 300  # seconds that a cache may keep an answer
POLL_SECONDS: Final = 0.25  # between two looks whether a status changed
LONGEST_WAIT: Final = 0.75  # seconds since that look after which a request waits
MAX_ANSWERS: Final = 50_000  # kept in memory, about 1.2 KB each
# What was never issued has no end: so many signatures a second, and no more.
UNKNOWN_A_SECOND, UNKNOWN_BURST = 20.0, 100.0
# Whole requests are kept too, to be known again without a parser.
MAX_KEPT_REQUEST: Final = 200  # octets; the usual ones have 70 to 150
NONCE_LENGTHS: Final = (16, 32)  # octets, that clients take; others are parsed
SIGNER_SECONDS: Final = 60.0  # between two looks for a newer responder's certificate

log = structlog.get_logger()
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """An OCSPResponse; one that caches may keep says from when until when it counts."""

    der: bytes = field(repr=False)
    this_update: datetime | None = None
    next_update: datetime | None = None
    etag: str = ""

    def max_age(self, now: datetime) -> int:
        """Return for how many seconds a cache may keep it; 0 for not at all."""
        if self.next_update is None:
            return 0
        return max(0, min(MAX_AGE, int((self.next_update - now).total_seconds())))


REFUSALS: Final = {status: OcspAnswer(error_response(status)) for status in ErrorStatus}


class OcspRefusedError(Exception):
    """There is no signed answer; the status says why."""

    def __init__(self, status: ErrorStatus) -> None:
        super().__init__(status.name)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Known:
    status: CertStatus
    changes: int  # as many had been counted when it was read


@dataclass(frozen=True, slots=True)
class _PreSigned:
    status: CertStatus
    answer: OcspAnswer


@dataclass(frozen=True, slots=True)
class _Ready:
    """What a request without a nonce got, and at which count of changes."""

    answer: OcspAnswer
    changes: int


@dataclass(frozen=True, slots=True)
class _Question:
    """What a request with a nonce asked before that, and what the answer was."""

    length: int  # of the whole request, in octets
    cert_id: CertId
    reading: _Known


class TokenBucket:
    """So many a second, and at most `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()

    def take(self) -> bool:
        """Take one; tell whether there was one."""
        moment = time.monotonic()
        grown = self._tokens + (moment - self._at) * self._rate
        self._tokens, self._at = min(self._burst, grown), moment
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class OcspResponder:
    """Answers for one issuing CA; any number of threads and processes may have one."""

    def __init__(
        self,
        authority: Authority,
        services: ServiceCertificates,
        sessions: Callable[[], Session],
        clock: Callable[[], datetime],
    ) -> None:
        self._issuer_id = authority.issuer_id
        self._hashes = IssuerHashes.of(authority.certificate)
        self._services, self._sessions, self._clock = services, sessions, clock
        self._statuses: dict[int, _Known] = {}
        self._answers: dict[bytes, _PreSigned] = {}
        self._ready: dict[bytes, _Ready] = {}  # by the request
        self._questions: dict[bytes, _Question] = {}  # by the request before its nonce
        self._changes = ChangeWatch(self._count_changes)
        self._signer: tuple[ResponseSigner, float] | None = None
        self._unknown = TokenBucket(UNKNOWN_A_SECOND, UNKNOWN_BURST)

    def answer(self, content: bytes) -> OcspAnswer:
        """Return the answer to a request in DER; whatever it is, there is one."""
        try:
            request = parse_request(content)
            return self._answer(content, request, self._clock())
        except OcspRequestError:
            return REFUSALS[ErrorStatus.MALFORMED_REQUEST]
        except OcspRefusedError as refusal:
            return REFUSALS[refusal.status]
        except (SQLAlchemyError, ServiceSignerError) as error:
            self._changes.complain(type(error).__name__)
            return REFUSALS[ErrorStatus.TRY_LATER]

    def ready_answer(self, content: bytes) -> OcspAnswer | None:
        """Return an answer for which nobody waits; None where `answer` has to look.

        It knows the requests that were parsed and answered since the last change of any
        status, byte for byte, or up to the nonce at their end.
        """
        changes = self._changes.glance()
        if changes is None:
            return None
        now = self._clock()
        ready = self._ready.get(content)
        if ready is not None:
            is_good = ready.changes == changes and _counts(ready.answer, now, REFRESH)
            return ready.answer if is_good else None
        signer = self._recent_signer(now)
        for length in NONCE_LENGTHS:
            question = self._questions.get(content[:-length])
            if question is None or question.length != len(content):
                continue
            if signer is None or question.reading.changes != changes:
                return None
            answers = [(question.cert_id, question.reading.status)]
            nonce = content[-length:]
            return OcspAnswer(_sign(signer, answers, now, nonce).der)
        return None

    def _answer(
        self, content: bytes, request: OcspRequest, now: datetime
    ) -> OcspAnswer:
        cert_ids = request.cert_ids
        if not any(self._hashes.match(cert_id) for cert_id in cert_ids):
            raise OcspRefusedError(ErrorStatus.UNAUTHORIZED)
        changes = self._changes.count()
        if len(cert_ids) == 1 and request.nonce is None:
            return self._pre_signed(content, cert_ids[0], changes, now)
        if self._changes.is_away:  # what is signed now has to be true now
            raise OcspRefusedError(ErrorStatus.TRY_LATER)
        statuses = [self._status(cert_id, changes) for cert_id in cert_ids]
        if not all(status.is_known for status in statuses):
            self._pay_for_unknown()
        signed = self._sign(
            list(zip(cert_ids, statuses, strict=True)), now, request.nonce
        )
        if len(cert_ids) == 1 and request.nonce and statuses[0].is_known:
            self._note_question(content, cert_ids[0], request.nonce, changes)
        return OcspAnswer(signed.der)  # nobody else asks with this nonce

    def _note_question(
        self, content: bytes, cert_id: CertId, nonce: bytes, changes: int
    ) -> None:
        """Keep a request up to its nonce, where that is all that may be another one."""
        reading = self._statuses.get(cert_id.serial)
        is_usual = len(nonce) in NONCE_LENGTHS and content == build_request(
            [cert_id], nonce
        )
        if is_usual and reading is not None and reading.changes == changes:
            question = _Question(len(content), cert_id, reading)
            _keep(self._questions, content[: -len(nonce)], question)

    def _pre_signed(
        self, content: bytes, cert_id: CertId, changes: int, now: datetime
    ) -> OcspAnswer:
        kept = self._answers.get(cert_id.encoded)
        if self._changes.is_away:
            if kept is None or not _counts(kept.answer, now, VALIDITY):
                raise OcspRefusedError(ErrorStatus.TRY_LATER)
            return kept.answer
        status = self._status(cert_id, changes)
        if not status.is_known:
            # Never kept: it may be issued a moment later.
            self._pay_for_unknown()
            return OcspAnswer(self._sign([(cert_id, status)], now).der)
        if kept and kept.status == status and _counts(kept.answer, now, REFRESH):
            answer = kept.answer
        else:
            answer = self._sign([(cert_id, status)], now)
            _keep(self._answers, cert_id.encoded, _PreSigned(status, answer))
        if len(content) <= MAX_KEPT_REQUEST:
            _keep(self._ready, content, _Ready(answer, changes))
        return answer

    def _status(self, cert_id: CertId, changes: int) -> CertStatus:
        if not self._hashes.match(cert_id):
            return CertStatus(is_known=False)
        cached = self._statuses.get(cert_id.serial)
        if cached is not None and cached.changes == changes:
            return cached.status
        with self._sessions() as session:
            status = find_status(
                session, self._issuer_id, cert_id.serial, self._services.serials()
            )
        if status.is_known:
            _keep(self._statuses, cert_id.serial, _Known(status, changes))
        return status

    def _sign(
        self,
        answers: list[tuple[CertId, CertStatus]],
        now: datetime,
        nonce: bytes | None = None,
    ) -> OcspAnswer:
        return _sign(self._current_signer(now), answers, now, nonce)

    def _current_signer(self, now: datetime) -> ResponseSigner:
        recent = self._recent_signer(now)
        if recent is not None:
            return recent
        moment = time.monotonic()
        service = self._services.signer(ServiceKind.OCSP_RESPONDER, now)
        signer = ResponseSigner.of(service.certificate, service.key)
        self._signer = (signer, moment)
        return signer

    def _recent_signer(self, now: datetime) -> ResponseSigner | None:
        if self._signer is None:
            return None
        signer, looked_at = self._signer
        is_recent = time.monotonic() < looked_at + SIGNER_SECONDS
        return signer if is_recent and signer.not_before <= now < signer.end else None

    def _pay_for_unknown(self) -> None:
        if not self._unknown.take():
            raise OcspRefusedError(ErrorStatus.TRY_LATER)

    def _count_changes(self) -> int:
        with self._sessions() as session:
            return count_changes(session, self._issuer_id)


class ChangeWatch:
    """How often a status changed, asked for again after a quarter of a second.

    While the database is away the last count stands.
    """

    def __init__(self, read: Callable[[], int]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._seen, self._at = -1, float("-inf")
        self._logged = float("-inf")
        self.is_away = False

    def count(self) -> int:
        """Return the count, at most a second old while the database answers."""
        age = time.monotonic() - self._at
        if age < POLL_SECONDS:
            return self._seen
        # One looks; others wait only where what is known may be too old.
        waits = age > LONGEST_WAIT and not self.is_away
        if not self._lock.acquire(blocking=waits):
            return self._seen
        try:
            if time.monotonic() - self._at >= POLL_SECONDS:
                self._look()
        finally:
            self._lock.release()
        return self._seen

    def glance(self) -> int | None:
        """Return the count without a look; None where it is time for one.

        While one looks, the others go on with what was seen, for a while.
        """
        age = time.monotonic() - self._at
        is_looked_for = age <= LONGEST_WAIT and self._lock.locked()
        if self.is_away or not (age < POLL_SECONDS or is_looked_for):
            return None
        return self._seen

    def complain(self, kind: str) -> None:
        """Log a trouble, once a minute."""
        moment = time.monotonic()
        if moment > self._logged + 60:
            self._logged = moment
            log.error("ocsp_not_answered", kind=kind)

    def _look(self) -> None:
        began = time.monotonic()
        try:
            self._seen, self.is_away = self._read(), False
        except SQLAlchemyError as error:
            self.is_away = True
            self.complain(type(error).__name__)
            began = time.monotonic()
        self._at = began


def ocsp_response_for(
    session: Session, certificate: x509.Certificate, *, ca: CaContext, now: datetime
) -> bytes:
    """Return a signed OCSPResponse in DER on one of our certificates, as of now.

    For what is signed here: it needs no request, has no nonce and is kept by nobody.

    Raises:
        ServiceSignerError: there is no key to sign it with.
        IssuerMismatchError: another CA has issued the certificate.
    """
    if certificate.issuer != ca.authority.certificate.subject:
        raise IssuerMismatchError
    serial = certificate.serial_number
    status = find_status(session, ca.authority.issuer_id, serial, ca.services.serials())
    service = ca.services.signer(ServiceKind.OCSP_RESPONDER, now)
    cert_id = IssuerHashes.of(ca.authority.certificate).cert_id(serial)
    return ResponseSigner.of(service.certificate, service.key).sign(
        [(cert_id, status)], this_update=now, next_update=now + _validity([status])
    )


def _sign(
    signer: ResponseSigner,
    answers: list[tuple[CertId, CertStatus]],
    now: datetime,
    nonce: bytes | None,
) -> OcspAnswer:
    now = now.replace(microsecond=0)
    end = min(now + _validity(status for _cert_id, status in answers), signer.end)
    der = signer.sign(answers, this_update=now, next_update=end, nonce=nonce)
    if nonce is not None:  # no cache keeps it
        return OcspAnswer(der, now, end)
    return OcspAnswer(der, now, end, f'"{hashlib.sha256(der).hexdigest()[:32]}"')


def _validity(statuses: Iterable[CertStatus]) -> timedelta:
    """Return for how long an answer counts; nobody keeps `unknown` for long."""
    is_known = all(status.is_known for status in statuses)
    return VALIDITY if is_known else UNKNOWN_VALIDITY


def _counts(answer: OcspAnswer, now: datetime, life: timedelta) -> bool:
    """Tell whether an answer may go out; one of a clock that ran ahead may not."""
    if answer.this_update is None or answer.next_update is None:
        return False
    end = min(answer.this_update + life, answer.next_update)
    return answer.this_update - TOLERANCE <= now < end


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    """Keep a value; of too many the one goes that was kept first."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > MAX_ANSWERS:
        with suppress(StopIteration, RuntimeError):  # other threads do the same
            kept.pop(next(iter(kept)), None)
