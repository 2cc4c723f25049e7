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

from webapp.jobs.leases import Hold, claim, finish, put_off
from webapp.jobs.tasks import PIECES, Piece, Tools

log = structlog.get_logger()
LOOK: Final = 30.0  # seconds between two looks at what is due
AGAIN: Final = timedelta(minutes=5)  # after a failure


def new_name() -> str:
    """Return a name for this worker that no other has."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """One worker."""

    engine: Engine = field(repr=False)
    tools: Tools = field(repr=False)
    clock: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    name: str = field(default_factory=new_name)
    pieces: tuple[Piece, ...] = PIECES

    def run_due(self, *, anyway: bool = False) -> Iterator[str]:
        """Do what is due, or everything; yield a line for each piece that was done."""
        for piece in self.pieces:
            if self.stopping():
                return
            try:
                said = self._do(piece, anyway=anyway)
            except SQLAlchemyError as error:
                said = self._unreachable(piece, error)
            if said is not None:
                yield f"{piece.rhythm.name}: {said}"

    def run(
        self, wait: Callable[[float], object], told: Callable[[str], object]
    ) -> None:
        """Look at what is due now and then, until stopped; `wait` may return early."""
        while not self.stopping():
            for line in self.run_due():
                told(line)
            wait(LOOK)

    def _do(self, piece: Piece, *, anyway: bool) -> str | None:
        rhythm, now = piece.rhythm, self.clock()
        with Session(self.engine, expire_on_commit=False) as session:
            if not claim(session, rhythm, by=self.name, now=now, anyway=anyway):
                return "another worker does it" if anyway else None
            hold = Hold(
                session=session,
                rhythm=rhythm,
                by=self.name,
                clock=self.clock,
                until=now + rhythm.holds,
                stopping=self.stopping,
            )
            try:
                said = piece.work(self.tools, session, now, hold.go_on)
            except Exception as error:
                return self._failed(session, piece, error)
            session.rollback()
            finish(session, rhythm, by=self.name, now=self.clock(), said=said)
        return said

    def _unreachable(self, piece: Piece, error: SQLAlchemyError) -> str:
        kind = type(error).__name__
        log.error("job_failed", job=piece.rhythm.name, kind=kind, place="database")
        return f"the database cannot be used ({kind})"

    def _failed(self, session: Session, piece: Piece, error: Exception) -> str:
        # The kind and place only: a message may carry what must not be logged.
        session.rollback()
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = (
            f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
        )
        kind = type(error).__name__
        log.error("job_failed", job=piece.rhythm.name, kind=kind, place=place)
        said = f"failed ({kind}), tried again in 5 minutes"
        until = self.clock() + AGAIN
        put_off(session, piece.rhythm, by=self.name, until=until, said=said)
        return said
