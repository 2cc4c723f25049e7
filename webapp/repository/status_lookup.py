"""Look up whether certificates count now, for anybody who has them."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobile_bridge.core.bundle import describe_certificate
from mobile_bridge.pki.certificate import fingerprint
from webapp.certificates.lifecycle import LifecycleFacts, StoredState
from webapp.certificates.models import Certificate
from webapp.certificates.public.status import (
    UNKNOWN,
    CertificateId,
    PublicStatus,
    StatusResponse,
    respond,
)
from webapp.pki.crl import ReasonCode
from webapp.repository.models import RestoredRevocation

_SIGNED = (StoredState.VALID, StoredState.SUSPENDED, StoredState.REVOKED)
_COLUMNS = (
    Certificate.serial,
    Certificate.issuer_id,
    Certificate.der,
    Certificate.state,
    Certificate.not_after,
    Certificate.suspended_at,
    Certificate.revoked_at,
    Certificate.revocation_reason,
)


def look_up(
    session: Session,
    ids: list[CertificateId],
    *,
    issuer_id: str,
    issuer_name: str | None = None,
    own_name: str | None = None,
    now: datetime,
) -> list[StatusResponse]:
    """Return the answer for each certificate, in the order of the question.

    A hash names one certificate of any issuer of this centre. A serial alone is one of
    the issuer `issuer_name`, as an offer names it, or else of `issuer_id`, which an
    offer names `own_name`.
    """
    rows = session.execute(
        select(*_COLUMNS).where(
            Certificate.serial.in_({id_.serial for id_ in ids}),
            Certificate.state.in_(_SIGNED),
        )
    )
    by_serial: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_serial[row.serial].append(row)

    def is_meant(row: Any, requested: CertificateId) -> bool:
        if requested.sha256 is not None:
            return fingerprint(row.der) == requested.sha256.hex()
        if issuer_name is not None:
            return describe_certificate(row.der)["issuer"] == issuer_name
        return bool(row.issuer_id == issuer_id)

    lost = _restored(session, issuer_id, ids)
    is_own = issuer_name is None or issuer_name == own_name

    def answer(requested: CertificateId) -> StatusResponse:
        rows = by_serial[requested.serial]
        meant = next((row for row in rows if is_meant(row, requested)), None)
        own = next((row for row in rows if row.issuer_id == issuer_id), None)
        from_database, from_list = _answer(meant, now), lost.get(requested.serial)
        # Of a lost certificate nobody knows the hash; of one that is there, we do.
        if from_list is None or not is_own or meant is not own:
            return from_database
        return _graver(from_database, from_list, now)

    return [answer(id_) for id_ in ids]


def _restored(
    session: Session, issuer_id: str, ids: list[CertificateId]
) -> dict[str, StatusResponse]:
    """Return what was revoked or suspended, and the database has lost it."""
    rows = session.scalars(
        select(RestoredRevocation).where(
            RestoredRevocation.issuer_id == issuer_id,
            RestoredRevocation.serial.in_({id_.serial for id_ in ids}),
        )
    )
    return {row.serial: _answer_of_lost(row) for row in rows}


def _answer_of_lost(row: RestoredRevocation) -> StatusResponse:
    if row.reason == ReasonCode.CERTIFICATE_HOLD:
        return StatusResponse(PublicStatus.SUSPENDED, at=row.revoked_at)
    return StatusResponse(PublicStatus.REVOKED, ReasonCode(row.reason), row.revoked_at)


def _graver(
    stored: StatusResponse, lost: StatusResponse, now: datetime
) -> StatusResponse:
    """Return what the list says of one that stands in both tables (`one_each`)."""

    def gravity(response: StatusResponse) -> tuple[int, datetime]:
        grave = (PublicStatus.REVOKED, PublicStatus.SUSPENDED)
        rank = grave.index(response.status) if response.status in grave else len(grave)
        return rank, response.at or now

    return min(stored, lost, key=gravity)


def _answer(row: Any, now: datetime) -> StatusResponse:
    if row is None:
        return UNKNOWN
    life = LifecycleFacts(
        state=row.state, not_after=row.not_after, suspended_at=row.suspended_at
    )
    return respond(life, now, reason=row.revocation_reason, revoked_at=row.revoked_at)
