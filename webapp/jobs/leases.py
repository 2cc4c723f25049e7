"""Who does which work: a claim in the database that runs out by itself.

Any number of workers may run. A claim is one conditional UPDATE, so one of them gets
it; what a dead worker claimed is free again when its time is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.jobs.models import Job

SAID: Final = 200  # characters of what a run says


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often work is done, and for how long a claim holds."""

    name: str
    every: timedelta
    holds: timedelta


def claim(
    session: Session, rhythm: Rhythm, *, by: str, now: datetime, anyway: bool = False
) -> bool:
    """Claim work that is due, or is to be done `anyway`; tell whether it is ours.

    Where the clock was set back, what lies in the future counts as over.
    """
    _make_sure(session, rhythm.name)
    rested = or_(
        Job.finished_at.is_(None),
        Job.finished_at <= now - rhythm.every,
        Job.finished_at > now + rhythm.every,
    )
    free = or_(
        Job.claimed_until.is_(None),
        Job.claimed_until <= now,
        Job.claimed_until > now + 2 * rhythm.holds,
    )
    wanted = (Job.name == rhythm.name, free, *(() if anyway else (rested,)))
    done = session.execute(
        update(Job)
        .where(*wanted)
        .values(claimed_by=by, claimed_until=now + rhythm.holds)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def extend(session: Session, rhythm: Rhythm, *, by: str, now: datetime) -> bool:
    """Hold a claim for longer; tell whether it still is ours."""
    return _mine(session, rhythm, by, {"claimed_until": now + rhythm.holds})


def finish(
    session: Session, rhythm: Rhythm, *, by: str, now: datetime, said: str
) -> bool:
    """Note what was done and let go; tell whether the claim still was ours."""
    values: dict[str, object] = {
        "claimed_by": None,
        "claimed_until": None,
        "finished_at": now,
        "said": said[:SAID],
    }
    return _mine(session, rhythm, by, values)


def put_off(
    session: Session,
    rhythm: Rhythm,
    *,
    by: str,
    until: datetime,
    said: str,
) -> bool:
    """Keep a claim until a later moment, so that nobody tries what just failed."""
    return _mine(session, rhythm, by, {"claimed_until": until, "said": said[:SAID]})


@dataclass(slots=True, kw_only=True)
class Hold:
    """A claim while its work is done: extended in time, given up when asked to stop."""

    session: Session
    rhythm: Rhythm
    by: str
    clock: Callable[[], datetime]
    until: datetime
    stopping: Callable[[], bool]

    def go_on(self) -> bool:
        """Tell whether to go on with the next piece; never called within a change."""
        now = self.clock()
        if self.stopping():
            return False
        if now < self.until - self.rhythm.holds / 2:
            return True
        self.until = now + self.rhythm.holds
        return extend(self.session, self.rhythm, by=self.by, now=now)


def _make_sure(session: Session, name: str) -> None:
    if session.scalar(select(Job.name).where(Job.name == name)) is None:
        session.add(Job(name=name))
        try:
            session.commit()
        except IntegrityError:
            session.rollback()


def _mine(session: Session, rhythm: Rhythm, by: str, values: dict[str, object]) -> bool:
    done = session.execute(
        update(Job)
        .where(Job.name == rhythm.name, Job.claimed_by == by)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]
