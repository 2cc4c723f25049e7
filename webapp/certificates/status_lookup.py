"""Look up whether certificates count now, for anybody who has them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobile_bridge.bundle import about
from webapp.certificates.life import Life, State
from webapp.certificates.models import Certificate
from webapp.certificates.public_status import (
    UNKNOWN,
    CertificateId,
    PublicStatus,
    StatusResponse,
    respond,
)
from webapp.pki.revocation import Reason
from webapp.publication.models import RestoredRevocation

_SIGNED = (State.VALID, State.SUSPENDED, State.REVOKED)
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
    now: datetime,
) -> list[StatusResponse]:
    """Return the answer for each certificate, in the order of the question.

    A hash names one certificate of any issuer of this centre. A serial alone is one of
    the issuer `issuer_name`, as an offer names it, or else of `issuer_id`.
    """
    rows = session.execute(
        select(*_COLUMNS).where(
            Certificate.serial.in_({each.serial for each in ids}),
            Certificate.state.in_(_SIGNED),
        )
    )
    by_serial: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_serial[row.serial].append(row)

    def is_meant(row: Any, wanted: CertificateId) -> bool:
        if wanted.sha256 is not None:
            return hashlib.sha256(row.der).digest() == wanted.sha256
        if issuer_name is not None:
            return about(row.der)["issuer"] == issuer_name
        return bool(row.issuer_id == issuer_id)

    lost = _revoked_by_serial(session, issuer_id, ids)
    return [
        lost.get(wanted.serial)
        or _answer(
            (row for row in by_serial[wanted.serial] if is_meant(row, wanted)), now
        )
        for wanted in ids
    ]


def _revoked_by_serial(
    session: Session, issuer_id: str, ids: list[CertificateId]
) -> dict[str, StatusResponse]:
    """Return what was revoked though the database has lost the certificate."""
    rows = session.scalars(
        select(RestoredRevocation).where(
            RestoredRevocation.issuer_id == issuer_id,
            RestoredRevocation.serial.in_({each.serial for each in ids}),
        )
    )
    return {
        row.serial: StatusResponse(
            PublicStatus.REVOKED, Reason(row.reason), row.revoked_at
        )
        for row in rows
    }


def _answer(rows: Iterable[Any], now: datetime) -> StatusResponse:
    row = next(iter(rows), None)
    if row is None:
        return UNKNOWN
    life = Life(state=row.state, not_after=row.not_after, suspended_at=row.suspended_at)
    return respond(life, now, reason=row.revocation_reason, revoked_at=row.revoked_at)
