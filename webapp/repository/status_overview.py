"""How the lists and the responder stand, for operators: what counts until when.

A date that the background work keeps by itself is due only when it has not been kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from webapp.ca.context import CaContext
from webapp.ca.material import read_crl
from webapp.ca.service_certificates import ServiceSignerError
from webapp.pki.authority import Authority
from webapp.pki.crl import crl_end, crl_number, parse_crl
from webapp.pki.crl_partitions import PARTITIONS
from webapp.pki.errors import AuthorityExpiresFirstError
from webapp.pki.services.certificates import ServiceKind, is_renewal_due
from webapp.repository.crl import CRL_REFRESH, newest_list

# Lists are looked at every 20 seconds and certificates every hour.
LIST_LATE_AFTER: Final = timedelta(minutes=10)
RENEWED_WITHIN: Final = timedelta(hours=3)
ROOT_LIST_DUE_BEFORE: Final = timedelta(days=60)


class Health(StrEnum):
    """How something stands: it counts, something is to be done, or it is too late."""

    GOOD = "good"
    DUE = "due"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOverview:
    """A revocation list; its age and size, in octets, are of the list handed out."""

    health: Health
    number: int
    this_update: datetime
    next_update: datetime
    age: timedelta
    entries: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOverview:
    """A certificate that the centre signs with; none was made yet without an `end`."""

    name: str  # of a `ServiceKind`, or "issuing"
    health: Health
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOverview:
    """Everything that relying parties depend on."""

    responder: Health
    full: ListOverview | None
    root: ListOverview | None
    certificates: tuple[CertificateOverview, ...]
    parts: int = PARTITIONS

    @property
    def health(self) -> Health:
        """The worst of all."""
        lists = (entry.health if entry else Health.LATE for entry in self._lists())
        every = {self.responder, *lists, *(held.health for held in self.certificates)}
        return next(
            (one for one in (Health.LATE, Health.DUE) if one in every), Health.GOOD
        )

    def _lists(self) -> tuple[ListOverview | None, ListOverview | None]:
        return self.full, self.root


def overview(session: Session, ca: CaContext, now: datetime) -> StatusOverview:
    """Return how lists, responder and certificates stand at `now`."""
    return StatusOverview(
        responder=_responder(ca, now),
        full=_full(session, ca.authority, now),
        root=_root(ca, now),
        certificates=tuple(_certificates(ca, now)),
    )


def _responder(ca: CaContext, now: datetime) -> Health:
    """Tell whether there is a key to sign answers with."""
    try:
        ca.services.signer(ServiceKind.OCSP_RESPONDER, now)
    except ServiceSignerError:
        return Health.LATE
    return Health.GOOD


def _full(session: Session, authority: Authority, now: datetime) -> ListOverview | None:
    newest = newest_list(session, authority.issuer_id)
    if newest is None:
        return None
    due_at = newest.this_update + CRL_REFRESH + LIST_LATE_AFTER
    return _list_overview(parse_crl(newest.der), len(newest.der), due_at, now)


def _root(ca: CaContext, now: datetime) -> ListOverview | None:
    try:
        crl = read_crl(ca.config.root_crl)
        end = crl_end(crl)
    except (OSError, ValueError):
        return None
    size = len(crl.public_bytes(Encoding.DER))
    return _list_overview(crl, size, end - ROOT_LIST_DUE_BEFORE, now)


def _list_overview(
    crl: x509.CertificateRevocationList, size: int, due_at: datetime, now: datetime
) -> ListOverview:
    return ListOverview(
        health=_health(due_at, crl_end(crl), now),
        number=crl_number(crl),
        this_update=crl.last_update_utc,
        next_update=crl_end(crl),
        age=now - crl.last_update_utc,
        entries=len(crl),
        size=size,
    )


def _certificates(ca: CaContext, now: datetime) -> Iterator[CertificateOverview]:
    issuer = ca.authority.certificate
    yield CertificateOverview(
        name="issuing", health=_issuing(ca, now), end=issuer.not_valid_after_utc
    )
    for kind in ServiceKind:
        held = ca.services.certificates(kind)
        newest = max(
            held, key=lambda certificate: certificate.not_valid_before_utc, default=None
        )
        if newest is None:
            yield CertificateOverview(name=kind, health=Health.LATE, end=None)
            continue
        end = newest.not_valid_after_utc
        looked_at = max(now - RENEWED_WITHIN, newest.not_valid_before_utc)
        is_due = is_renewal_due(newest, kind, issuer, looked_at)
        health = Health.DUE if is_due else Health.GOOD
        yield CertificateOverview(
            name=kind, health=Health.LATE if now >= end else health, end=end
        )


def _issuing(ca: CaContext, now: datetime) -> Health:
    try:
        ca.require_ca_outlives(now)
    except AuthorityExpiresFirstError:
        return Health.LATE
    return Health.GOOD


def _health(due_at: datetime, end: datetime, now: datetime) -> Health:
    if now >= end:
        return Health.LATE
    return Health.DUE if now >= due_at else Health.GOOD
