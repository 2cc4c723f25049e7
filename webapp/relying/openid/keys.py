"""The keys that sign what institutions are told: made, published, used, forgotten.

Each is sealed with CERTFERRY_IDENTITY_KEY; there is no key without it.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.authenticators.encryption import decrypt, encrypt, read_key
from webapp.db import lock
from webapp.relying.deliveries.kinds import Sender
from webapp.relying.openid.models import SigningKey

ALGORITHM: Final = "RS256"  # which everybody understands (Core 15.1)
_BITS: Final = 2048
ROTATED_EVERY: Final = timedelta(days=90)
PUBLISHED_BEFORE: Final = timedelta(days=1)  # it signs, for who keeps the set a while
KEPT: Final = 2 * ROTATED_EVERY + PUBLISHED_BEFORE  # for an old id_token_hint


def current_key(session: Session, seal: bytes, now: datetime) -> RSAKey:
    """Return the private key that signs now.

    Raises:
        NoKeyError, OtherKeyError, BrokenSealError: as for every sealed secret.
        LookupError: `prepare` was never called.
    """
    stored = choose(list_keys(session, now), now)
    return _open(stored.id, stored.sealed, seal)


def choose(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """Return the newest of keys, newest first, that was published long enough.

    Raises:
        LookupError: there is none.
    """
    if not keys:
        raise LookupError("no key was made")
    ripe = [key for key in keys if key.made_at <= now - PUBLISHED_BEFORE]
    return ripe[0] if ripe else keys[-1]


def list_keys(session: Session, now: datetime) -> Sequence[SigningKey]:
    """Return the keys that are published, the newest first."""
    stmt = (
        select(SigningKey)
        .where(SigningKey.made_at > now - KEPT)
        .order_by(SigningKey.made_at.desc(), SigningKey.id)
    )
    return session.scalars(stmt).all()


def published_keys(session: Session, now: datetime) -> dict[str, Any]:
    """Return the JWK Set of the public keys (RFC 7517 5)."""
    return {"keys": _published(session, now)}


def public_key_set(session: Session, now: datetime) -> KeySet:
    """Return what checks what was signed here."""
    return KeySet([RSAKey.import_key(key) for key in _published(session, now)])


def prepare(
    session: Session, seal: bytes, random: Callable[[int], bytes], now: datetime
) -> bool:
    """Make the next key in time and forget the oldest; tell whether one was made."""
    keys = list_keys(session, now)
    session.execute(delete(SigningKey).where(SigningKey.made_at <= now - KEPT))
    if keys and keys[0].made_at > now - ROTATED_EVERY:
        return False
    session.add(_make(seal, random, now))
    return True


def make_first(session: Session, sender: Sender) -> bool:
    """Make the first key, before an institution is told anything; false, for a feed."""
    identity_key = sender.config.identity_key
    if identity_key and not list_keys(session, sender.now):
        lock(session)
        prepare(session, read_key(identity_key), sender.random, sender.now)
    return False


@lru_cache(maxsize=2)  # the key that signs: reading it costs ten times a signature
def _open(kid: str, sealed: bytes, seal: bytes) -> RSAKey:
    pem = decrypt(sealed, seal, _owner(kid))
    return RSAKey.import_key(pem, {"kid": kid, "alg": ALGORITHM, "use": "sig"})


def _published(session: Session, now: datetime) -> list[dict[str, Any]]:
    return [json.loads(key.public) for key in list_keys(session, now)]


def _make(seal: bytes, random: Callable[[int], bytes], now: datetime) -> SigningKey:
    kid = random(16).hex()
    key = RSAKey.generate_key(_BITS, {"kid": kid, "alg": ALGORITHM, "use": "sig"})
    return SigningKey(
        id=kid,
        sealed=encrypt(key.as_pem(private=True), seal, _owner(kid), random),
        public=json.dumps(key.as_dict(private=False)),
        made_at=now,
    )


def _owner(kid: str) -> str:
    return f"openid key {kid}"
