"""Make, find and revoke API keys. Whoever calls has seen who may."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.actors import Actor
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.db import lock
from webapp.relying.api_keys.errors import (
    ApiKeyFieldsError,
    ApiKeyRefusedError,
    ApiKeyRevokedError,
    ApiKeyUnknownError,
)
from webapp.relying.api_keys.models import ApiKey
from webapp.relying.program_secrets import hash_secret, last_use, matches
from webapp.values.text_input import normalize_text

MAX_NAME: Final = 60
MAX_PURPOSE: Final = 200
MAX_CALLS: Final = 6000
DEFAULT_CALLS: Final = 120
CHANCE: Final = 40  # random bytes of a key: eight name it, the others are its secret
_NAMED_BY: Final = 8
_PREFIX: Final = "certferry"
_FORM: Final = re.compile(rf"{_PREFIX}_([0-9a-f]{{16}})_([0-9a-f]{{64}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """What somebody asks for: a name, what for, and how many calls a minute."""

    name: str
    purpose: str
    calls_a_minute: int


def parse_new_key(name: str, purpose: str, calls: str) -> NewApiKey:
    """Return what was typed for a new key.

    Raises:
        ApiKeyFieldsError: a field is empty, too long or no number in the limits.
    """
    name, purpose = normalize_text(name), normalize_text(purpose)
    number = int(calls) if calls.isascii() and calls.isdecimal() else 0
    if (
        not 0 < len(name) <= MAX_NAME
        or not 0 < len(purpose) <= MAX_PURPOSE
        or not 0 < number <= MAX_CALLS
    ):
        raise ApiKeyFieldsError
    return NewApiKey(name, purpose, number)


def make_key(
    session: Session,
    new_key: NewApiKey,
    *,
    operator_id: int,
    chance: bytes,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Store a new key; return it and the text that its owner sends, which is not kept.

    `chance` are CHANCE random bytes: the secret has 256 bits, so that a hash without
    salt or stretching hides it.
    """
    id_, secret = chance[:_NAMED_BY].hex(), chance[_NAMED_BY:].hex()
    api_key = ApiKey(
        id=id_,
        name=new_key.name,
        purpose=new_key.purpose,
        secret_hash=hash_secret(secret),
        calls_a_minute=new_key.calls_a_minute,
        made_at=now,
        made_by=operator_id,
    )
    session.add(api_key)
    _record(session, AuditEvent.API_KEY_MADE, api_key, operator_id, now)
    return api_key, f"{_PREFIX}_{id_}_{secret}"


def list_keys(session: Session) -> Sequence[ApiKey]:
    """Return all keys, those in use first, then the newest first."""
    stmt = select(ApiKey).order_by(
        ApiKey.revoked_at.is_not(None), ApiKey.made_at.desc(), ApiKey.id
    )
    return session.scalars(stmt).all()


def find_key(session: Session, key_id: str) -> ApiKey:
    """Return the key of that name.

    Raises:
        ApiKeyUnknownError: there is none.
    """
    api_key = session.get(ApiKey, key_id[:16])
    if api_key is None or api_key.id != key_id:
        raise ApiKeyUnknownError
    return api_key


def authenticate(session: Session, text: str) -> ApiKey:
    """Return the key that a call was sent with.

    Raises:
        ApiKeyRefusedError: it is none of ours, or was revoked.
    """
    parts = _FORM.fullmatch(text)
    api_key = session.get(ApiKey, parts[1]) if parts else None
    if parts is None or api_key is None or api_key.is_revoked:
        raise ApiKeyRefusedError
    if not matches(api_key.secret_hash, parts[2]):
        raise ApiKeyRefusedError
    return api_key


def note_use(api_key: ApiKey, now: datetime) -> None:
    """Keep that a key is in use; at most once a minute, since a call writes nothing."""
    api_key.used_at = last_use(api_key.used_at, now)


def revoke_key(
    session: Session,
    api_key: ApiKey,
    *,
    operator_id: int,
    detail: dict[str, str],
    now: datetime,
) -> None:
    """End a key for good.

    Raises:
        ApiKeyRevokedError: somebody did before.
    """
    lock(session, api_key)  # of two who end it at once, one is told so
    if api_key.is_revoked:
        raise ApiKeyRevokedError
    api_key.revoked_at, api_key.revoked_by = now, operator_id
    _record(session, AuditEvent.API_KEY_REVOKED, api_key, operator_id, now, **detail)


def _record(
    session: Session,
    event: AuditEvent,
    api_key: ApiKey,
    operator_id: int,
    now: datetime,
    **detail: str,
) -> None:
    record(
        session,
        event,
        at=now,
        actor=Actor.operator(operator_id),
        detail={"key": api_key.id, **detail},
    )
