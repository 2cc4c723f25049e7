"""Do the work that is due, piece by piece, until told to stop.

A piece that fails is logged by its kind and tried again in a few minutes; the others
go on.
"""

import os
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.db import unit_of_work_on
from webapp.jobs.leases import Lease, claim, defer, finish
from webapp.jobs.tasks import TASKS, JobContext, Task

log = structlog.get_logger()
POLL_INTERVAL: Final = 30.0  # seconds between two looks at what is due
RETRY_DELAY: Final = timedelta(minutes=5)  # after a failure


def new_name() -> str:
    """Return a name for this worker that no other has."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """One worker."""

    engine: Engine = field(repr=False)
    context: JobContext = field(repr=False)
    clock: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    name: str = field(default_factory=new_name)
    tasks: tuple[Task, ...] = TASKS

    def run_due(self, *, force: bool = False) -> Iterator[str]:
        """Do what is due, or everything; yield a line for each piece that was done."""
        for task in self.tasks:
            if self.stopping():
                return
            try:
                result = self._do(task, force=force)
            except SQLAlchemyError as error:
                result = self._unreachable(task, error)
            if result is not None:
                yield f"{task.schedule.name}: {result}"

    def run(
        self, wait: Callable[[float], object], told: Callable[[str], object]
    ) -> None:
        """Look at what is due now and then, until stopped; `wait` may return early."""
        while not self.stopping():
            for line in self.run_due():
                told(line)
            wait(POLL_INTERVAL)

    def _do(self, task: Task, *, force: bool) -> str | None:
        schedule, now = task.schedule, self.clock()
        with Session(self.engine, expire_on_commit=False) as session:
            with unit_of_work_on(session):
                is_claimed = claim(
                    session, schedule, worker=self.name, now=now, force=force
                )
            if not is_claimed:
                return "another worker does it" if force else None
            lease = Lease(
                session=session,
                schedule=schedule,
                worker=self.name,
                clock=self.clock,
                until=now + schedule.lease_ttl,
                stopping=self.stopping,
            )
            try:
                result = task.work(self.context, session, now, lease.should_continue)
            except Exception as error:
                return self._failed(session, task, error)
            session.rollback()
            with unit_of_work_on(session):
                finish(
                    session, schedule, worker=self.name, now=self.clock(), result=result
                )
        return result

    def _unreachable(self, task: Task, error: SQLAlchemyError) -> str:
        kind = type(error).__name__
        log.error("job_failed", job=task.schedule.name, kind=kind, place="database")
        return f"the database cannot be used ({kind})"

    def _failed(self, session: Session, task: Task, error: Exception) -> str:
        # The kind and place only: a message may carry what must not be logged.
        session.rollback()
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = (
            f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
        )
        kind = type(error).__name__
        log.error("job_failed", job=task.schedule.name, kind=kind, place=place)
        result = f"failed ({kind}), tried again in 5 minutes"
        until = self.clock() + RETRY_DELAY
        with unit_of_work_on(session):
            defer(session, task.schedule, worker=self.name, until=until, result=result)
        return result
