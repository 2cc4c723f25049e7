"""Where a certificate is kept, as far as the centre was told: kind of place, and when.

Told by the person's own browser. The centre learns no path, no name of a device and
nothing of the key; what a browser calls itself becomes a few words ("Chrome, Windows").
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.certificates.errors import (
    PhoneOnlyError,
    TooManyPlacesError,
    UnknownPlaceError,
)
from webapp.certificates.models import Certificate, CertificateCopy
from webapp.certificates.revocation import lock_certificate

REPEATED: Final = timedelta(seconds=3)  # nobody keeps a copy twice as fast
MAX_ROWS: Final = 200  # rows of one certificate; a script that runs wild fills no table


class StorageKind(StrEnum):
    """A kind of place."""

    BROWSER = "browser"
    PHONE = "phone"
    COMPUTER = "computer"
    HARD_DISK = "hard-disk"
    REMOVABLE_DISK = "removable-disk"
    FILE = "file"


class CopyEvent(StrEnum):
    """What happened there."""

    MADE = "made"
    SAVED = "saved"
    SENT = "sent"
    REMOVED = "removed"


# What a browser may tell by itself; MADE follows from the delivery.
REPORTABLE: Final[Mapping[CopyEvent, frozenset[StorageKind]]] = MappingProxyType(
    {
        CopyEvent.SAVED: frozenset(
            {StorageKind.FILE, StorageKind.HARD_DISK, StorageKind.REMOVABLE_DISK}
        ),
        CopyEvent.SENT: frozenset({StorageKind.PHONE, StorageKind.COMPUTER}),
        CopyEvent.REMOVED: frozenset({StorageKind.BROWSER}),
    }
)
# The same of a certificate whose key stays on the phone that made it.
REPORTABLE_PHONE_ONLY: Final[Mapping[CopyEvent, frozenset[StorageKind]]] = (
    MappingProxyType({CopyEvent.REMOVED: frozenset({StorageKind.PHONE})})
)
_EVENTS: Final[Mapping[CopyEvent, AuditEvent]] = MappingProxyType(
    {
        CopyEvent.SAVED: AuditEvent.CERTIFICATE_SAVED,
        CopyEvent.SENT: AuditEvent.CERTIFICATE_SENT,
        CopyEvent.REMOVED: AuditEvent.CERTIFICATE_REMOVED,
    }
)


def record_copy(
    session: Session,
    certificate: Certificate,
    *,
    place: str,
    event: str,
    device: str,
    now: datetime,
) -> None:
    """Note in the caller's transaction that something happened at a place.

    Raises:
        UnknownPlaceError: there is no such place, or nothing of that kind happens.
    """
    if place not in tuple(StorageKind) or event not in tuple(CopyEvent):
        raise UnknownPlaceError
    session.add(
        CertificateCopy(
            certificate_id=certificate.id,
            place=place,
            how=event,
            device=device[:60],
            at=now,
        )
    )


def report_copy(
    session: Session,
    certificate: Certificate,
    *,
    place: str,
    event: str,
    device: str,
    now: datetime,
    client: Mapping[str, str] | None = None,
    is_phone_only: bool = False,
) -> None:
    """Note what the person's own browser tells; sent twice, it counts once.

    It goes into the log too, with the device and network of `client`.

    Raises:
        UnknownPlaceError: a browser does not do that there.
        PhoneOnlyError: nobody can do that with a key that stays on its phone.
        TooManyPlacesError: more was told of this certificate than anybody does.
    """
    _require_reportable(place, event, is_phone_only=is_phone_only)
    lock_certificate(session, certificate)
    if _is_repeated(
        session, certificate, place=place, event=event, device=device, now=now
    ):
        return
    count = session.scalar(
        select(func.count(CertificateCopy.id)).where(
            CertificateCopy.certificate_id == certificate.id
        )
    )
    if (count or 0) >= MAX_ROWS:
        raise TooManyPlacesError
    record_copy(session, certificate, place=place, event=event, device=device, now=now)
    record(
        session,
        _EVENTS[CopyEvent(event)],
        customer_id=certificate.customer_id,
        certificate_id=certificate.id,
        at=now,
        detail={"place": place, **(client or {})},
    )


def _require_reportable(place: str, event: str, *, is_phone_only: bool) -> None:
    reportable = REPORTABLE_PHONE_ONLY if is_phone_only else REPORTABLE
    if event in reportable and place in reportable[CopyEvent(event)]:
        return
    is_reportable = event in REPORTABLE and place in REPORTABLE[CopyEvent(event)]
    raise PhoneOnlyError if is_phone_only and is_reportable else UnknownPlaceError


def _is_repeated(
    session: Session,
    certificate: Certificate,
    *,
    place: str,
    event: str,
    device: str,
    now: datetime,
) -> bool:
    """Tell whether the same was told a moment ago: sent twice, it counts once."""
    told = session.scalar(
        select(CertificateCopy.id)
        .where(
            CertificateCopy.certificate_id == certificate.id,
            CertificateCopy.place == place,
            CertificateCopy.how == event,
            CertificateCopy.device == device[:60],
            CertificateCopy.at > now - REPEATED,
            CertificateCopy.at <= now + REPEATED,
        )
        .limit(1)
    )
    return told is not None


def list_copies(session: Session, certificate: Certificate) -> list[CertificateCopy]:
    """Return what happened to the copies of a certificate, the newest first."""
    return list(
        session.scalars(
            select(CertificateCopy)
            .where(CertificateCopy.certificate_id == certificate.id)
            .order_by(CertificateCopy.at.desc(), CertificateCopy.id.desc())
        )
    )


def present_copies(session: Session, certificate: Certificate) -> list[CertificateCopy]:
    """Return the last thing told of each kind of place that has a copy, oldest first.

    A browser in which it was deleted has none any more.
    """
    return _present(reversed(list_copies(session, certificate)))


def present_copies_of(
    session: Session, ids: Sequence[str]
) -> dict[str, list[CertificateCopy]]:
    """Return the same of several certificates, by id; those without are left out."""
    stmt = (
        select(CertificateCopy)
        .where(CertificateCopy.certificate_id.in_(ids))
        .order_by(CertificateCopy.at, CertificateCopy.id)
    )
    events: dict[str, list[CertificateCopy]] = {}
    for copy in session.scalars(stmt):
        events.setdefault(copy.certificate_id, []).append(copy)
    return {id_: _present(copies) for id_, copies in events.items()}


def _present(copies: Iterable[CertificateCopy]) -> list[CertificateCopy]:
    present: dict[str, CertificateCopy] = {}
    for copy in copies:
        present.pop(copy.place, None)
        if copy.how != CopyEvent.REMOVED:
            present[copy.place] = copy
    return list(present.values())


def latest_copies(session: Session, ids: Sequence[str]) -> dict[str, CertificateCopy]:
    """Return where each certificate went last, as far as the centre was told.

    What was deleted in a browser is said only where it went nowhere from there: after a
    move the copy on the phone is what there is.
    """
    stmt = (
        select(CertificateCopy)
        .where(CertificateCopy.certificate_id.in_(ids))
        .order_by(CertificateCopy.at, CertificateCopy.id)
    )
    latest: dict[str, CertificateCopy] = {}
    for copy in session.scalars(stmt):
        before = latest.get(copy.certificate_id)
        went_on = before is not None and before.how in (CopyEvent.SENT, CopyEvent.SAVED)
        if copy.how != CopyEvent.REMOVED or not went_on:
            latest[copy.certificate_id] = copy
    return latest
