"""What is handed out of revocation lists: built beside the requests that ask for them.

Who asks waits a moment for a list that knows of the last change, and no longer: while a
long one is built, the last good one goes out. After a build there is a pause as long as
the build was, so that changes without end take half of a processor and no more.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from webapp.pki.authority import Authority
from webapp.pki.crl_partitions import Partition, SplitList, split_list
from webapp.repository.crl import (
    Run,
    current_crl,
    good_list,
    newest_list,
    require_not_behind,
)
from webapp.repository.models import Crl
from webapp.repository.newest_crl import NewestCrl

LONGEST_WAIT: Final = 0.3  # seconds that a request waits while a good list is there


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list as it goes out: DER, its number, and from when until when it counts."""

    der: bytes = field(repr=False)
    number: int
    this_update: datetime
    next_update: datetime


class _Build:
    """A list that is being built, and how that ended."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: BaseException | None = None


class CrlPublisher:
    """The lists of one issuing CA, full and in parts, for one process."""

    def __init__(
        self,
        authority: Authority,
        sessions: Callable[[], Session],
        *,
        crl_url: str,
        newest_crl: NewestCrl,
        run: Run,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authority, self._sessions, self._crl_url = authority, sessions, crl_url
        self.newest_crl, self._run, self._timer = newest_crl, run, timer
        self._pause_end = float("-inf")  # by the timer, in seconds
        self._lock = threading.Lock()
        self._build: _Build | None = None
        self._split: SplitList | None = None
        self._parts: dict[Partition, PublishedList] = {}

    def full(self, session: Session, now: datetime) -> PublishedList:
        """Return the full list.

        Raises:
            ListBehindError: somebody has put an older database in place.
        """
        issuer_id = self._authority.issuer_id
        require_not_behind(session, issuer_id, self.newest_crl)
        crl = good_list(session, issuer_id, now)
        if crl is None:
            crl = self._next(session, now)
        self.newest_crl.note(crl.number, crl.der)
        return PublishedList(crl.der, crl.number, crl.this_update, crl.next_update)

    def part(
        self, session: Session, partition: Partition, now: datetime
    ) -> PublishedList:
        """Return one part of the full list.

        Raises:
            ListBehindError: somebody has put an older database in place.
        """
        full = self.full(session, now)
        session.rollback()
        part = self._parts.get(partition)
        if part is not None and part.number == full.number:
            return part
        der = self._sign_part(full, partition)
        part = PublishedList(der, full.number, full.this_update, full.next_update)
        self._parts[partition] = part
        return part

    def _sign_part(self, full: PublishedList, partition: Partition) -> bytes:
        with self._lock:  # of many who ask, one takes the list apart
            split = self._split
            if split is None or split.number != full.number:
                split = self._split = _apart(self._run, full.der)
        return split.build(self._authority, partition, self._crl_url)

    def _next(self, session: Session, now: datetime) -> Crl:
        """Have the next list built; return it, or the last good one meanwhile."""
        last = self._last_good(session, now)
        if last is not None and self._timer() < self._pause_end:
            return last
        session.rollback()  # others use the connection meanwhile
        build = self._begin(now)
        if not build.done.wait(LONGEST_WAIT):
            last = self._last_good(session, now)
            if last is not None:
                return last
            session.rollback()
            build.done.wait()
        if build.error is not None:
            raise build.error
        newest = newest_list(session, self._authority.issuer_id)
        if newest is None:
            raise RuntimeError("a list was built, and there is none")
        return newest

    def _last_good(self, session: Session, now: datetime) -> Crl | None:
        """Return the newest list, where it still counts."""
        newest = newest_list(session, self._authority.issuer_id)
        if newest is not None and newest.this_update <= now < newest.next_update:
            return newest
        return None

    def _begin(self, now: datetime) -> _Build:
        with self._lock:
            if self._build is None or self._build.done.is_set():
                self._build = _Build()
                work = partial(self._work, self._build, now)
                threading.Thread(target=work, name="crl", daemon=True).start()
            return self._build

    def _work(self, build: _Build, now: datetime) -> None:
        began = self._timer()
        try:
            with self._sessions() as session:
                current_crl(
                    session,
                    self._authority,
                    now,
                    newest_crl=self.newest_crl,
                    run=self._run,
                )
        except BaseException as error:
            build.error = error  # for who waits; the next who asks tries again
        finally:
            ended = self._timer()
            self._pause_end = ended + (ended - began)
            build.done.set()


def _apart(run: Run, der: bytes) -> SplitList:
    split: list[SplitList] = []

    def work() -> bytes:
        split.append(split_list(der))
        return der

    run(work)
    return split[0]
