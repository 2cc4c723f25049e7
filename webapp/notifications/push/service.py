"""Which devices are told by push, and of what. Nothing commits here."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.models import AuditEntry
from webapp.authenticators.encryption import decrypt, encrypt
from webapp.db import announce
from webapp.devices.models import PairedDevice
from webapp.notifications.models import (
    PushKey,
    PushNotice,
    PushSubscription,
    UseNoticeMark,
)
from webapp.notifications.push.errors import PushUnavailableError
from webapp.notifications.push.web_push import Subscription, read_subscription
from webapp.notifications.use_email import TOLD
from webapp.notifications.use_notices import NEWS_FOR, NOT_BY_COUNTER

USE_LIFE: Final = timedelta(hours=12)
_LOOK: Final = 5000  # entries of the log
_MARK: Final = 2  # of `use_notice_mark`; 1 is that of the e-mails


class Kind(StrEnum):
    """What a notice says."""

    REQUEST = "request"  # a request waits
    USE = "use"  # something was done in the person's name


def subscribe(
    session: Session,
    device: PairedDevice,
    subscription: Subscription,
    *,
    key_id: str,
    seal: bytes,
    random: Callable[[int], bytes],
    now: datetime,
) -> None:
    """Have a device told from now on, at this address and no other.

    Raises:
        PushUnavailableError: there is no such key.
    """
    if session.get(PushKey, key_id[:32]) is None:
        raise PushUnavailableError
    unsubscribe(session, device.id)
    session.add(
        PushSubscription(
            device_id=device.id,
            sealed=encrypt(subscription.to_json(), seal, _owner(device.id), random),
            key_id=key_id,
            since=now,
        )
    )
    session.flush()


def unsubscribe(session: Session, device_id: str) -> None:
    """Have a device told no longer."""
    for model in (PushNotice, PushSubscription):
        session.execute(
            delete(model)
            .where(model.device_id == device_id)
            .execution_options(synchronize_session=False)
        )


def open_subscription(
    stored: PushSubscription, seal: bytes, *, allow_plain: bool
) -> Subscription:
    """Return where a device is told.

    Raises:
        OtherKeyError, BrokenSealError: as for every sealed secret.
    """
    fields: dict[str, Any] = json.loads(
        decrypt(stored.sealed, seal, _owner(stored.device_id))
    )
    return read_subscription(fields, allow_plain=allow_plain)


def queue_request_push(
    session: Session, customer_id: int, *, expires_at: datetime, now: datetime
) -> int:
    """Have each device of a customer told that a request waits; return how many."""
    stmt = select(PushSubscription.device_id).join(
        PairedDevice, PairedDevice.id == PushSubscription.device_id
    )
    devices = session.scalars(stmt.where(PairedDevice.customer_id == customer_id)).all()
    for device_id in devices:
        _queue(session, device_id, Kind.REQUEST, expires_at=expires_at, now=now)
    if devices:
        announce(session)  # it leaves right after the commit
    return len(devices)


def queue_use_pushes(session: Session, now: datetime) -> int:
    """Read the log on, and have devices told of what was done; return how many.

    At most _LOOK entries at once, and at the first look none that are there already.
    """
    newest = session.scalar(select(func.max(AuditEntry.id))) or 0
    mark = session.get(UseNoticeMark, _MARK, with_for_update=True)
    if mark is None:
        session.add(UseNoticeMark(id=_MARK, entry_id=newest))
        return 0
    first, last = mark.entry_id + 1, min(newest, mark.entry_id + _LOOK)
    waiting = exists().where(
        PushNotice.device_id == PushSubscription.device_id,
        PushNotice.kind == Kind.USE,
        PushNotice.try_at.is_not(None),
    )
    devices = session.scalars(
        select(PushSubscription.device_id)
        .join(PairedDevice, PairedDevice.id == PushSubscription.device_id)
        .join(Customer, Customer.id == PairedDevice.customer_id)
        .join(AuditEntry, AuditEntry.customer_id == Customer.id)
        .where(
            AuditEntry.id.between(first, last),
            AuditEntry.at > now - NEWS_FOR,
            AuditEntry.event.in_(TOLD),
            NOT_BY_COUNTER,
            ~waiting,
            or_(
                Customer.is_pushed_of_use,
                AuditEntry.event == AuditEvent.CUSTOMER_PUSHES_OFF,
            ),
        )
        .distinct()
    ).all()
    for device_id in devices:
        _queue(session, device_id, Kind.USE, expires_at=now + USE_LIFE, now=now)
    mark.entry_id = max(last, mark.entry_id)
    return len(devices)


def _queue(
    session: Session, device_id: str, kind: Kind, *, expires_at: datetime, now: datetime
) -> None:
    session.add(
        PushNotice(
            device_id=device_id,
            kind=kind,
            expires_at=expires_at,
            attempts=0,
            try_at=now,
        )
    )


def _owner(device_id: str) -> str:
    return f"push subscription {device_id}"
