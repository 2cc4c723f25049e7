"""Who does which work: a claim in the database that runs out by itself.

Any number of workers may run. A claim is one conditional UPDATE, so one of them gets
it; what a dead worker claimed is free again when its time is over.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.db import lock, unit_of_work_on
from webapp.jobs.models import Job

MAX_RESULT: Final = 200  # characters of what a run says


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often work is done, and for how long a claim holds."""

    name: str
    every: timedelta
    lease_ttl: timedelta


def claim(
    session: Session,
    schedule: Schedule,
    *,
    worker: str,
    now: datetime,
    force: bool = False,
) -> bool:
    """Claim work that is due, or is to be done `anyway`; tell whether it is ours.

    Where the clock was set back, what lies in the future counts as over.
    """
    lock(session)
    _make_sure(session, schedule.name)
    rested = or_(
        Job.finished_at.is_(None),
        Job.finished_at <= now - schedule.every,
        Job.finished_at > now + schedule.every,
    )
    free = or_(
        Job.claimed_until.is_(None),
        Job.claimed_until <= now,
        Job.claimed_until > now + 2 * schedule.lease_ttl,
    )
    claimable = (Job.name == schedule.name, free, *(() if force else (rested,)))
    done = session.execute(
        update(Job)
        .where(*claimable)
        .values(claimed_by=worker, claimed_until=now + schedule.lease_ttl)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def extend(session: Session, schedule: Schedule, *, worker: str, now: datetime) -> bool:
    """Lease a claim for longer; tell whether it still is ours."""
    return _mine(session, schedule, worker, {"claimed_until": now + schedule.lease_ttl})


def finish(
    session: Session, schedule: Schedule, *, worker: str, now: datetime, result: str
) -> bool:
    """Note what was done and let go; tell whether the claim still was ours."""
    values: dict[str, object] = {
        "claimed_by": None,
        "claimed_until": None,
        "finished_at": now,
        "result": result[:MAX_RESULT],
    }
    return _mine(session, schedule, worker, values)


def defer(
    session: Session,
    schedule: Schedule,
    *,
    worker: str,
    until: datetime,
    result: str,
) -> bool:
    """Keep a claim until a later moment, so that nobody tries what just failed."""
    return _mine(
        session,
        schedule,
        worker,
        {"claimed_until": until, "result": result[:MAX_RESULT]},
    )


@dataclass(slots=True, kw_only=True)
class Lease:
    """A claim while its work is done: extended in time, given up when asked to stop."""

    session: Session
    schedule: Schedule
    worker: str
    clock: Callable[[], datetime]
    until: datetime
    stopping: Callable[[], bool]

    def should_continue(self) -> bool:
        """Tell whether to go on with the next piece; never called within a change."""
        now = self.clock()
        if self.stopping():
            return False
        if now < self.until - self.schedule.lease_ttl / 2:
            return True
        self.until = now + self.schedule.lease_ttl
        with unit_of_work_on(self.session):
            return extend(self.session, self.schedule, worker=self.worker, now=now)


def _make_sure(session: Session, name: str) -> None:
    if session.scalar(select(Job.name).where(Job.name == name)) is None:
        with suppress(IntegrityError), session.begin_nested():  # else it is there now
            session.add(Job(name=name))


def _mine(
    session: Session, schedule: Schedule, worker: str, values: dict[str, object]
) -> bool:
    done = session.execute(
        update(Job)
        .where(Job.name == schedule.name, Job.claimed_by == worker)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]
