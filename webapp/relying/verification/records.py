"""What this centre trusts and knows: its root, its lists, and its own records."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy.orm import Session

from webapp.ca.material import read_crl
from webapp.certificates.public.status import CertificateId, PublicStatus
from webapp.certificates.records.suspensions import list_lifted_suspensions
from webapp.pki.crl import crl_der
from webapp.relying.verification.validation.paths import (
    State,
    StatusAnswer,
    StatusQuery,
    StatusSource,
    Trust,
)
from webapp.relying.verification.validation.verdicts import Suspension
from webapp.repository import status_lookup

_STATES: Final = {
    PublicStatus.GOOD: State.GOOD,
    PublicStatus.EXPIRED: State.GOOD,  # its time is judged with the path
    PublicStatus.SUSPENDED: State.SUSPENDED,
    PublicStatus.REVOKED: State.REVOKED,
    PublicStatus.UNKNOWN: State.UNKNOWN,
}


def own_records(
    session: Session,
    issuer_id: str,
    now: datetime,
    *,
    services: Callable[[], Iterable[x509.Certificate]] = tuple,
) -> StatusSource:
    """Return the source that asks the database for certificates of `issuer_id`.

    `services` are the certificates of the centre's own services, which no table has.
    """

    def answer(query: StatusQuery) -> StatusAnswer | None:
        if query.issuer_id != issuer_id:
            return None
        meant = CertificateId(query.serial, bytes.fromhex(query.sha256))
        response = status_lookup.look_up(
            session, [meant], issuer_id=issuer_id, now=now
        )[0]
        if response.status is not PublicStatus.UNKNOWN:
            lifted = tuple(
                Suspension(one.since, one.until)
                for one in list_lifted_suspensions(session, issuer_id, query.serial)
            )
            return StatusAnswer(_STATES[response.status], response.at, lifted)
        is_service = any(
            meant.sha256 == one.fingerprint(hashes.SHA256()) for one in services()
        )
        return StatusAnswer(State.GOOD if is_service else State.UNKNOWN)

    return answer


def own_trust(
    root: bytes,
    issuing: bytes,
    *,
    root_crl: Path,
    root_crl_at_start: bytes,
    more_roots: Iterable[bytes] = (),
) -> Trust:
    """Return whom this centre believes: its root, and those that an operator named.

    The root's list is read again each time: it is signed anew while the centre runs.
    """
    try:
        crl = crl_der(read_crl(root_crl))
    except (OSError, ValueError):  # half written, or gone
        crl = root_crl_at_start
    return Trust((root, *more_roots), (issuing,), (crl,))
