"""Register, change, find and end institutions. Whoever calls has seen who may."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.db import lock
from webapp.relying.deliveries import queue
from webapp.relying.deliveries.rules import Told
from webapp.relying.institutions.errors import (
    InstitutionEndedError,
    InstitutionRefusedError,
    InstitutionUnknownError,
    InstitutionWaitingError,
    NoSecretError,
    NothingWaitsError,
)
from webapp.relying.institutions.models import Institution
from webapp.relying.institutions.rules import (
    AuthMethod,
    Registration,
    changed_fields,
    choose_sector,
    from_json,
    to_json,
)
from webapp.relying.program_secrets import hash_secret, last_use, matches

CHANCE: Final = 40  # random bytes: eight name the institution, the others are secret
SECRET_BYTES: Final = 32
_NAMED_BY: Final = 8
_ADDRESSES_OF: Final = {
    "backchannel_logout_uri": Told.LOGOUT,
    "events_uri": Told.EVENT,
    "webhook_uri": Told.REQUEST,
}
_ID_LENGTH: Final = 2 * _NAMED_BY


def register(
    session: Session,
    registration: Registration,
    *,
    operator_id: int,
    chance: bytes,
    now: datetime,
    is_confirmed: bool = True,
) -> tuple[Institution, str | None]:
    """Store a new institution; return it and its secret, which is not kept.

    It asks nobody where it is not confirmed: a second operator agrees first.
    `chance` are CHANCE random bytes: the secret has 256 bits, so that a hash without
    salt or stretching hides it. None for one that signs with keys of its own.
    """
    secret = None
    if registration.auth_method is AuthMethod.SECRET:
        secret = chance[_NAMED_BY:].hex()
    institution = Institution(
        id=chance[:_NAMED_BY].hex(),
        auth_method=registration.auth_method,
        secret_hash=hash_secret(secret) if secret else None,
        sector=registration.sector,
        made_at=now,
        made_by=operator_id,
        confirmed_at=now if is_confirmed else None,
    )
    institution.write(registration)
    session.add(institution)
    _record(session, AuditEvent.INSTITUTION_REGISTERED, institution, operator_id, now)
    return institution, secret


def list_institutions(session: Session) -> Sequence[Institution]:
    """Return all institutions, those in use first, then by name."""
    stmt = select(Institution).order_by(
        Institution.ended_at.is_not(None), Institution.name, Institution.id
    )
    return session.scalars(stmt).all()


def find(session: Session, institution_id: str) -> Institution:
    """Return an institution of that id, in use or ended.

    Raises:
        InstitutionUnknownError: there is none.
    """
    institution = session.get(Institution, institution_id[:_ID_LENGTH])
    if institution is None or institution.id != institution_id:
        raise InstitutionUnknownError
    return institution


def find_active(session: Session, institution_id: str) -> Institution:
    """Return an institution that may ask people.

    Raises:
        InstitutionUnknownError: there is none, or it was ended.
    """
    institution = find(session, institution_id)
    if not institution.is_active:
        raise InstitutionUnknownError
    return institution


def authenticate(session: Session, institution_id: str, secret: str) -> Institution:
    """Return the institution whose secret a program sent.

    Raises:
        InstitutionRefusedError: it is unknown, was ended, signs with keys, or the
            secret is another.
    """
    try:
        institution = find_active(session, institution_id)
    except InstitutionUnknownError:
        raise InstitutionRefusedError from None
    if not is_secret(institution, secret):
        raise InstitutionRefusedError
    return institution


def is_secret(institution: Institution, secret: str) -> bool:
    """Tell whether this is the secret of an institution."""
    return matches(institution.secret_hash, secret)


def change(
    session: Session,
    institution: Institution,
    registration: Registration,
    *,
    operator_id: int,
    now: datetime,
) -> None:
    """Store another registration; who it is and its sector stay.

    Raises:
        InstitutionEndedError: somebody ended it before.
        InstitutionWaitingError: it waits for a second operator.
        RegistrationSectorError: no address is left at the host of its sector.
    """
    _lock_active(session, institution)
    if institution.asked_by is not None:
        raise InstitutionWaitingError
    fixed = _as_fixed(institution, registration)
    changed = changed_fields(institution.registration, fixed)
    if not changed:
        return
    institution.write(fixed)
    for field, kind in _ADDRESSES_OF.items():
        if field in changed:
            queue.move(session, institution.id, kind, getattr(fixed, field), now)
    _record(
        session,
        AuditEvent.INSTITUTION_CHANGED,
        institution,
        operator_id,
        now,
        fields=" ".join(changed),
    )


def ask_change(
    session: Session,
    institution: Institution,
    registration: Registration,
    *,
    operator_id: int,
    now: datetime,
) -> None:
    """Keep another registration until a second operator agrees to it.

    Raises:
        As `change`.
    """
    _lock_active(session, institution)
    if institution.asked_by is not None:
        raise InstitutionWaitingError
    fixed = _as_fixed(institution, registration)
    changed = changed_fields(institution.registration, fixed)
    if not changed:
        return
    institution.waiting = to_json(fixed)
    institution.waiting_by, institution.waiting_at = operator_id, now
    event = AuditEvent.INSTITUTION_CHANGE_ASKED
    names = " ".join(changed)
    _record(session, event, institution, operator_id, now, fields=names)


def agree(
    session: Session, institution: Institution, *, operator_id: int, now: datetime
) -> None:
    """Do what waits; whoever calls has locked it and seen who may.

    Raises:
        InstitutionEndedError, RegistrationSectorError: as `change`.
        NothingWaitsError: nothing waits.
    """
    asked_by, waiting = institution.asked_by, institution.waiting
    if asked_by is None:
        raise NothingWaitsError
    event = AuditEvent.INSTITUTION_CHANGE_AGREED
    _record(session, event, institution, operator_id, now)
    if institution.confirmed_at is None:
        institution.confirmed_at = now
        return
    _forget_waiting(institution)
    session.flush()
    change(session, institution, from_json(waiting), operator_id=asked_by, now=now)


def decline(
    session: Session, institution: Institution, *, operator_id: int, now: datetime
) -> None:
    """Forget a change that waits; a new institution is ended instead.

    Raises:
        NothingWaitsError: no change waits.
    """
    lock(session, institution)
    if not institution.waiting:
        raise NothingWaitsError
    _forget_waiting(institution)
    event = AuditEvent.INSTITUTION_CHANGE_DECLINED
    _record(session, event, institution, operator_id, now)


def lock_active(session: Session, institution: Institution) -> None:
    """Lock an institution.

    Raises:
        InstitutionEndedError: somebody ended it before.
    """
    _lock_active(session, institution)


def renew_secret(
    session: Session,
    institution: Institution,
    *,
    operator_id: int,
    chance: bytes,
    detail: Mapping[str, str],
    now: datetime,
) -> str:
    """Give an institution another secret of SECRET_BYTES; the one before ends at once.

    Raises:
        InstitutionEndedError: somebody ended it before.
        NoSecretError: it signs with keys of its own.
    """
    _lock_active(session, institution)
    if institution.auth_method != AuthMethod.SECRET:
        raise NoSecretError
    secret = chance[:SECRET_BYTES].hex()
    institution.secret_hash = hash_secret(secret)
    event = AuditEvent.INSTITUTION_SECRET_RENEWED
    _record(session, event, institution, operator_id, now, **detail)
    return secret


def end(
    session: Session,
    institution: Institution,
    *,
    operator_id: int,
    detail: Mapping[str, str],
    now: datetime,
) -> None:
    """End an institution for good: it may ask nobody any more.

    Raises:
        InstitutionEndedError: somebody did before.
    """
    _lock_active(session, institution)
    institution.ended_at, institution.ended_by = now, operator_id
    event = AuditEvent.INSTITUTION_ENDED
    _record(session, event, institution, operator_id, now, **detail)


def note_use(institution: Institution, now: datetime) -> None:
    """Keep that an institution asks; at most once a minute."""
    institution.used_at = last_use(institution.used_at, now)


def _forget_waiting(institution: Institution) -> None:
    institution.waiting, institution.waiting_by, institution.waiting_at = "", None, None


def _as_fixed(institution: Institution, registration: Registration) -> Registration:
    """Return a registration with what never changes of an institution."""
    addresses = registration.redirect_uris or (registration.page,)
    return replace(
        registration,
        auth_method=AuthMethod(institution.auth_method),
        sector=choose_sector(institution.sector, addresses),
    )


def _lock_active(session: Session, institution: Institution) -> None:
    lock(session, institution)  # of two who end it at once, one is told so
    if institution.is_ended:
        raise InstitutionEndedError


def _record(
    session: Session,
    event: AuditEvent,
    institution: Institution,
    operator_id: int,
    now: datetime,
    **detail: str,
) -> None:
    record(
        session,
        event,
        at=now,
        actor=Actor.operator(operator_id),
        detail={"institution": institution.id, **detail},
    )
