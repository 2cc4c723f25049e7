"""Whether everything that a centre needs is there at this moment, part by part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.authenticators.encryption import NoKeyError, is_sealed_with, read_key
from webapp.authenticators.models import SecurityCard, TotpSecret
from webapp.ca.context import CaContext
from webapp.jobs.models import Job
from webapp.repository.status_overview import Health, overview

# The worker looks every 30 seconds; a long import may keep it for some minutes.
WORKER_LATE_AFTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is needed; `reason` says in a few words why it is not ready."""

    name: str
    is_ready: bool
    reason: str = ""


def list_parts(
    session: Session,
    ca: CaContext,
    now: datetime,
    redis_answers: Callable[[], bool] | None = None,
) -> list[Part]:
    """Return the parts, the database first; without it the others are not known.

    `redis_answers` asks the Redis that workers share; None where there is none.
    """
    redis = [] if redis_answers is None else [_redis(redis_answers)]
    try:
        return [Part("database", is_ready=True), *_stored(session, ca, now), *redis]
    except SQLAlchemyError:
        session.rollback()
        return [Part("database", is_ready=False, reason="it does not answer"), *redis]


def redis_check(url: str | None) -> Callable[[], bool] | None:
    """Return what asks a Redis whether it is there; None without one."""
    if url is None:
        return None
    from webapp.bridge_redis import is_reachable  # only here: most are without

    return partial(is_reachable, url)


def _stored(session: Session, ca: CaContext, now: datetime) -> Iterator[Part]:
    yield _worker(session, now)
    status = overview(session, ca, now)
    for name, entry in (("revocation list", status.full), ("root list", status.root)):
        is_late = entry is None or entry.health is Health.LATE
        reason = "there is none" if entry is None else "it has ended"
        yield Part(name, not is_late, reason if is_late else "")
    for held in status.certificates:
        is_late = held.health is Health.LATE
        reason = "it ends too soon" if held.end else "there is none"
        yield Part(f"{held.name} certificate", not is_late, reason if is_late else "")
    yield _identity_key(session, ca.config.identity_key)


def _worker(session: Session, now: datetime) -> Part:
    newest = session.scalar(
        select(Job.finished_at)
        .where(Job.finished_at.is_not(None))
        .order_by(Job.finished_at.desc())
        .limit(1)
    )
    if newest is None:
        return Part("worker", is_ready=False, reason="it has never run")
    if now - newest > WORKER_LATE_AFTER:
        minutes = int((now - newest).total_seconds() // 60)
        return Part(
            "worker", is_ready=False, reason=f"it did nothing for {minutes} minutes"
        )
    return Part("worker", is_ready=True)


def _identity_key(session: Session, digits: str | None) -> Part:
    """Tell whether the key of the settings opens what is sealed in the database."""
    newest = (
        session.scalar(select(column).order_by(order.desc()).limit(1))
        for column, order in (
            (SecurityCard.codes, SecurityCard.issued_at),
            (TotpSecret.secret, TotpSecret.id),
        )
    )
    for sealed in newest:
        if sealed is None:
            continue
        try:
            if not is_sealed_with(sealed, read_key(digits)):
                return Part("identity key", is_ready=False, reason="it is another one")
        except NoKeyError:
            return Part("identity key", is_ready=False, reason="it is not set")
    return Part("identity key", is_ready=True)


def _redis(answers: Callable[[], bool]) -> Part:
    is_ready = answers()
    return Part("redis", is_ready, "" if is_ready else "it does not answer")
