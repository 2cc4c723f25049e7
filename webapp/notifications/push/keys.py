"""The keys that say to push services who sends (RFC 8292): made, used, forgotten.

Each is sealed with CERTFERRY_IDENTITY_KEY; there is none without it. A subscription is
tied to the key it was made with: that key stays as long as one uses it, and a page that
is opened later subscribes to the newest.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from joserfc.jwk import ECKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.authenticators.encryption import decrypt, encrypt
from webapp.notifications.models import PushKey, PushSubscription
from webapp.notifications.push.web_push import public_point

ROTATED_EVERY: Final = timedelta(days=365)
_ID_BYTES: Final = 16


def newest_key(session: Session) -> PushKey | None:
    """Return the key that new subscriptions are made with; None: none was made."""
    stmt = select(PushKey).order_by(PushKey.made_at.desc(), PushKey.id).limit(1)
    return session.scalar(stmt)


def open_key(stored: PushKey, seal: bytes) -> ECKey:
    """Return the private key of a stored one.

    Raises:
        OtherKeyError, BrokenSealError: as for every sealed secret.
    """
    return ECKey.import_key(decrypt(stored.sealed, seal, _owner(stored.id)))


def prepare(
    session: Session, seal: bytes, random: Callable[[int], bytes], now: datetime
) -> bool:
    """Make the next key in time, forget unused ones; tell whether one was made."""
    newest = newest_key(session)
    if newest is not None:
        used = select(PushSubscription.key_id)
        session.execute(
            delete(PushKey)
            .where(PushKey.id != newest.id, PushKey.id.not_in(used))
            .execution_options(synchronize_session=False)
        )
        if newest.made_at > now - ROTATED_EVERY:
            return False
    session.add(_make(seal, random, now))
    return True


def _make(seal: bytes, random: Callable[[int], bytes], now: datetime) -> PushKey:
    key, id_ = ECKey.generate_key("P-256"), random(_ID_BYTES).hex()
    return PushKey(
        id=id_,
        sealed=encrypt(key.as_pem(private=True), seal, _owner(id_), random),
        public=public_point(key),
        made_at=now,
    )


def _owner(id_: str) -> str:
    return f"push key {id_}"
