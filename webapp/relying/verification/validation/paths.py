"""Whether a certificate counts at a time: its path to a trusted root, and its status.

Paths are built and validated by pyhanko-certvalidator (RFC 5280 6), and nothing is ever
fetched. The status of each certificate comes from whoever keeps the records of its
issuer, else from revocation lists and OCSP responses that are given. Pure.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import policy_decl
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
    StaleRevinfoError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import (
    CertificateRegistry,
    SimpleTrustManager,
    TrustManager,
)
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer
from pyhanko_certvalidator.validate import async_validate_path

# Before a certificate is read: it teaches the library their names.
from webapp.relying.verification.validation import limits, other_names  # noqa: F401
from webapp.relying.verification.validation.verdicts import (
    GRAVITY,
    Note,
    Reason,
    Suspension,
    Verdict,
    verdict_of,
)

CLOCK_TOLERANCE: Final = timedelta(minutes=5)  # between our clock and others'
_ANY_PURPOSE: Final = "2.5.29.37.0"
_REQUIRED: Final = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
_BY_LISTS: Final = RevocationCheckingPolicy(_REQUIRED, _REQUIRED)
# The last one's status is known otherwise.
_ABOVE_BY_LISTS: Final = RevocationCheckingPolicy(
    RevocationCheckingRule.NO_CHECK, _REQUIRED
)


class TooComplexError(Exception):
    """The search for a path would take longer than it may."""


class StatusSourceError(Exception):
    """The records of an issuer cannot be asked just now."""


class State(StrEnum):
    """What the records of an issuer say of a certificate."""

    GOOD = "good"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # the issuer is ours, and has no such certificate


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """Which certificate is meant: its issuer's key, its serial and its SHA-256.

    `issuer_id` are the first 16 bytes of the SHA-256 of the issuer's public key, in
    hexadecimal; `serial` is hexadecimal without leading zeros.
    """

    issuer_id: str
    serial: str
    sha256: str


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """The state, since when it is so, and what was lifted before it, in order."""

    state: State
    since: datetime | None = None
    lifted: tuple[Suspension, ...] = ()


# None: nobody keeps the records of that issuer here.
StatusSource = Callable[[StatusQuery], StatusAnswer | None]


def no_records(_query: StatusQuery) -> None:
    """Know of no issuer: the status source of who has no centre."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: roots, and what is known beside them; DER throughout.

    `intermediates` are only ever links of a path. A list of `crls` counts only where
    its issuer's signature is right.
    """

    roots: tuple[bytes, ...] = field(repr=False)
    intermediates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a certificate has to be for: any of these, where it says what it is for.

    `is_required` asks for the extended key usage to be there (RFC 3161 2.3).
    """

    key_usage: frozenset[str] = frozenset()
    extended: frozenset[str] = frozenset()
    is_required: bool = False


ANY_PURPOSE: Final = Purpose()
SIGNING: Final = Purpose(
    key_usage=frozenset({"digital_signature", "non_repudiation"}),
    extended=frozenset(
        {
            _ANY_PURPOSE,
            "1.3.6.1.5.5.7.3.4",  # emailProtection (RFC 5280 4.2.1.12)
            "1.3.6.1.5.5.7.3.2",  # clientAuth: what people sign in with
            "1.3.6.1.5.5.7.3.36",  # documentSigning (RFC 9336)
            "1.3.6.1.4.1.311.10.3.12",  # the same, before there was an RFC
            "1.2.840.113583.1.1.5",
        }
    ),
)
TIME_STAMPING: Final = Purpose(
    key_usage=frozenset({"digital_signature", "non_repudiation"}),
    extended=frozenset({"1.3.6.1.5.5.7.3.8"}),
    is_required=True,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Why a certificate does not count; without reasons it does."""

    reasons: tuple[Reason, ...] = ()
    notes: tuple[Note, ...] = ()
    since: datetime | None = None
    suspensions: tuple[Suspension, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the certificate may be relied upon."""
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateJudge:
    """Judges certificates by one trust, one clock and one source of status.

    `now` is the time that the judge stands in: no status is known for after it.
    `others` are certificates that came along, as candidates for links, and
    `embedded` the revocation lists and responses that did.
    """

    trust: Trust
    now: datetime
    status_source: StatusSource = no_records
    others: tuple[x509.Certificate, ...] = ()
    embedded: tuple[crl.CertificateList | ocsp.OCSPResponse, ...] = ()

    async def judge(
        self, certificate: x509.Certificate, at: datetime, purpose: Purpose
    ) -> Judgement:
        """Return whether `certificate` counts at `at` for `purpose`.

        Raises:
            TooComplexError: there are too many ways to a root to look at.
        """
        if at > self.now + CLOCK_TOLERANCE:
            return Judgement((Reason.TIME_IN_FUTURE,))
        best: Judgement | None = None
        context = self._context(at)
        paths = context.path_builder.async_build_paths_lazy(certificate)
        count = 0
        try:
            async for path in paths:
                judgement = await self._judge_path(path, at, purpose)
                if judgement.is_good:
                    return judgement
                best = min(best or judgement, judgement, key=_gravity)
                count += 1
                if count >= limits.MAX_PATHS:
                    break
        except PathBuildingError:
            return best or Judgement((Reason.NO_PATH,))
        except RecursionError:
            raise TooComplexError from None
        return best or Judgement((Reason.NO_PATH,))

    async def _judge_path(
        self, path: ValidationPath, at: datetime, purpose: Purpose
    ) -> Judgement:
        certificates = list(path.iter_certs(include_root=False))
        if len(certificates) > limits.MAX_PATH_LENGTH:
            raise TooComplexError
        target = certificates[-1] if certificates else _anchor(path)
        refusal = await self._path_refusal(path, target, at)
        if refusal is not None and refusal is not Reason.CERTIFICATE_EXPIRED:
            return Judgement((refusal,))
        if not _serves(target, purpose):
            return Judgement((Reason.WRONG_PURPOSE,))
        then = min(at, target.not_valid_after)
        status = await self._status_of_all(path, certificates, then)
        if refusal is None:
            expired = target.not_valid_after < self.now
            notes = (Note.EXPIRED_SINCE,) if expired else ()
            return replace(status, notes=(*notes, *status.notes))
        if verdict_of(status.reasons) in (Verdict.REVOKED, Verdict.SUSPENDED):
            return replace(status, reasons=(*status.reasons, refusal))
        return Judgement((refusal,))

    async def _path_refusal(
        self, path: ValidationPath, target: x509.Certificate, at: datetime
    ) -> Reason | None:
        """Return why RFC 5280 6.1 refuses a path, status apart; None: it is good.

        Of several faults the end of the target's validity is told last.
        """
        if not target.not_valid_before - CLOCK_TOLERANCE <= at:
            return Reason.NOT_YET_VALID
        if at > target.not_valid_after:
            inside = target.not_valid_after
            other = await self._refusal_at(path, target, inside)
            return other or Reason.CERTIFICATE_EXPIRED
        return await self._refusal_at(path, target, max(at, target.not_valid_before))

    async def _refusal_at(
        self, path: ValidationPath, target: x509.Certificate, at: datetime
    ) -> Reason | None:
        try:
            await async_validate_path(self._context(at), path)
        except ExpiredError:
            return Reason.ISSUER_EXPIRED
        except NotYetValidError:
            return Reason.NOT_YET_VALID
        except DisallowedAlgorithmError:
            return Reason.WEAK_ALGORITHM
        except PathValidationError:
            return Reason.PATH_INVALID
        return None

    async def _status_of_all(
        self, path: ValidationPath, certificates: list[x509.Certificate], at: datetime
    ) -> Judgement:
        """Return what status says of the certificates below the root, from the top on.

        The records decide of the last one alone: who keeps them issues no authorities.
        """
        if not certificates:
            return Judgement()
        target = certificates[-1]
        issuer = certificates[-2] if len(certificates) > 1 else _anchor(path)
        try:
            answer = self.status_source(query_for(target, issuer))
        except Exception as error:  # a fault of the source, never of the file
            raise StatusSourceError from error
        rule = _BY_LISTS if answer is None else _ABOVE_BY_LISTS
        own = list(_lists(self.trust.crls))
        judgement = await self._by_lists(path, at, own, rule)
        if Reason.STATUS_UNKNOWN in judgement.reasons and self.embedded:
            judgement = await self._by_lists(path, at, [*own, *self.embedded], rule)
        if not judgement.is_good or answer is None:
            return judgement
        return _by_records(answer, at)

    async def _by_lists(
        self,
        path: ValidationPath,
        at: datetime,
        given: Iterable[crl.CertificateList | ocsp.OCSPResponse],
        rule: RevocationCheckingPolicy,
    ) -> Judgement:
        """Return what lists and responses say, those that are about this time."""
        usable = list(_about(given, path, at=at, now=self.now))
        context = self._context(at, rule, usable)
        try:
            await async_validate_path(context, path)
        except RevokedError as error:
            if error.is_side_validation:  # who signed the list is revoked
                return Judgement((Reason.STATUS_UNKNOWN,))
            is_hold = error.reason.native == "certificate_hold"
            reason = (
                Reason.CERTIFICATE_SUSPENDED if is_hold else Reason.CERTIFICATE_REVOKED
            )
            if not error.is_ee_cert:
                reason = _OF_ISSUER[reason]
            return Judgement((reason,), since=error.revocation_dt)
        except StaleRevinfoError:
            return Judgement((Reason.STATUS_STALE,))
        except PathValidationError:
            return Judgement((Reason.STATUS_UNKNOWN,))
        return Judgement()

    def _context(
        self,
        at: datetime,
        rule: RevocationCheckingPolicy = policy_decl.NO_REVOCATION,
        given: Iterable[crl.CertificateList | ocsp.OCSPResponse] = (),
    ) -> ValidationContext:
        """Return what the library validates by; it has no way to fetch anything."""
        roots = [x509.Certificate.load(one) for one in self.trust.roots]
        registry = _BoundedRegistry()
        links = [x509.Certificate.load(one) for one in self.trust.intermediates]
        registry.register_multiple([*roots, *links, *self.others])
        policy = CertRevTrustPolicy(rule, retroactive_revinfo=at < self.now)
        return ValidationContext(
            trust_manager=SimpleTrustManager.build(trust_roots=roots),
            certificate_registry=registry,
            moment=at,
            revinfo_policy=policy,
            allow_fetching=False,
            crls=[
                CRLContainer(one)
                for one in given
                if isinstance(one, crl.CertificateList)
            ],
            ocsps=[
                container
                for one in given
                if isinstance(one, ocsp.OCSPResponse)
                for container in OCSPContainer.load_multi(one)
            ],
        )


class _BoundedRegistry(CertificateRegistry):
    """Certificates to build paths of; so many cross-certified ones have no end."""

    def __init__(self) -> None:
        super().__init__()
        self._left = limits.MAX_ISSUER_LOOKUPS

    def find_potential_issuers(
        self, cert: x509.Certificate, trust_manager: TrustManager
    ) -> Iterator[Any]:
        self._left -= 1
        if self._left < 0:
            raise TooComplexError
        issuers: Iterator[Any] = super().find_potential_issuers(cert, trust_manager)
        return issuers


def query_for(target: x509.Certificate, issuer: x509.Certificate) -> StatusQuery:
    """Return the question of a certificate's status, as its issuer's records put it."""
    return StatusQuery(
        issuer_id=hashlib.sha256(issuer.public_key.dump()).hexdigest()[:32],
        serial=f"{target.serial_number:x}",
        sha256=hashlib.sha256(target.dump()).hexdigest(),
    )


def _anchor(path: ValidationPath) -> x509.Certificate:
    authority = path.trust_anchor.authority
    assert isinstance(authority, AuthorityWithCert)  # noqa: S101  # ours are
    certificate: x509.Certificate = authority.certificate
    return certificate


def _by_records(answer: StatusAnswer, at: datetime) -> Judgement:
    if answer.state is State.UNKNOWN:
        return Judgement((Reason.NOT_IN_RECORDS,))
    lifted = tuple(one for one in answer.lifted if one.since <= at)
    judgement = replace(_by_state(answer, at), suspensions=lifted)
    if not judgement.is_good or not lifted:
        return judgement
    last = lifted[-1]
    if last.until <= at:
        notes = (*judgement.notes, Note.SUSPENDED_BEFORE)
        return replace(judgement, notes=notes)
    return replace(
        judgement,
        reasons=(Reason.CERTIFICATE_SUSPENDED,),
        notes=(*judgement.notes, Note.RESUMED_LATER),
        since=last.since,
    )


def _by_state(answer: StatusAnswer, at: datetime) -> Judgement:
    """Return what the present state says of a time."""
    if answer.state is State.GOOD:
        return Judgement()
    is_hold = answer.state is State.SUSPENDED
    if answer.since is not None and answer.since > at:
        note = Note.SUSPENDED_LATER if is_hold else Note.REVOKED_LATER
        return Judgement(notes=(note,), since=answer.since)
    reason = Reason.CERTIFICATE_SUSPENDED if is_hold else Reason.CERTIFICATE_REVOKED
    return Judgement((reason,), since=answer.since)


_OF_ISSUER: Final = {
    Reason.CERTIFICATE_REVOKED: Reason.ISSUER_REVOKED,
    Reason.CERTIFICATE_SUSPENDED: Reason.ISSUER_SUSPENDED,
}


def _gravity(judgement: Judgement) -> int:
    """Order judgements: what tells most goes first, a good one last.

    Links that came along and lead nowhere must not hide that the real path is revoked.
    """
    return _TELLING.index(verdict_of(judgement.reasons))


_TELLING: Final = (
    Verdict.REVOKED,
    Verdict.SUSPENDED,
    Verdict.EXPIRED,
    Verdict.STATUS_UNAVAILABLE,
    Verdict.UNTRUSTED,
    Verdict.MALFORMED,
    Verdict.VALID,
)
assert set(_TELLING) == set(GRAVITY)  # noqa: S101


def _serves(certificate: x509.Certificate, purpose: Purpose) -> bool:
    usage = certificate.key_usage_value
    if purpose.key_usage and usage is not None and not purpose.key_usage & usage.native:
        return False
    extended = certificate.extended_key_usage_value
    if extended is None:
        return not purpose.is_required
    if not purpose.extended:
        return True
    return bool(purpose.extended & {one.dotted for one in extended})


def _lists(ders: Iterable[bytes]) -> Iterator[crl.CertificateList]:
    for der in ders:
        with suppress(ValueError):
            yield crl.CertificateList.load(der)


def _about(
    given: Iterable[crl.CertificateList | ocsp.OCSPResponse],
    path: ValidationPath,
    *,
    at: datetime,
    now: datetime,
) -> Iterator[crl.CertificateList | ocsp.OCSPResponse]:
    """Yield what may be believed of the certificates of a path at a time.

    A list that was made after the end of a certificate does not name it any more (RFC
    5280 3.3). What says that it is of tomorrow is believed of nothing.
    """
    ends = {one.issuer.hashable: one.not_valid_after for one in path.iter_certs(False)}
    last = path.last.not_valid_after
    for one in given:
        made_at = _made_at(one)
        if made_at is None or made_at > now + CLOCK_TOLERANCE:
            continue
        is_list = isinstance(one, crl.CertificateList)
        end = ends.get(one.issuer.hashable, last) if is_list else last
        if at < now and made_at > end:
            continue
        yield one


def _made_at(given: crl.CertificateList | ocsp.OCSPResponse) -> datetime | None:
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        if isinstance(given, crl.CertificateList):
            made_at: datetime = given["tbs_cert_list"]["this_update"].native
            return made_at
        basic = given.basic_ocsp_response
        if basic is not None:
            produced_at: datetime = basic["tbs_response_data"]["produced_at"].native
            return produced_at
    return None
