"""The loop that sends: in each process that serves, and in `certferry worker`.

It sleeps until something was committed here, until what waits is due, or at most
POLL seconds, since another process that ended may have left something. Each post has a
thread of its own, so that one institution that is slow holds up nobody else.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.config import Config
from webapp.db import is_transient, listen_for_news, unit_of_work_on
from webapp.relying.deliveries import queue, transport
from webapp.relying.deliveries.kinds import Kind, Kinds, Sender
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import (
    Answer,
    Failure,
    Outcome,
    Post,
    Reach,
    Verdict,
)

POLL: Final = 5.0  # seconds
REST: Final = 0.05  # seconds between two looks, however much is committed
AFTER_FAULT: Final = 5.0
WHEN_BUSY: Final = 0.5  # until the database or a thread is free
AT_ONCE: Final = 16  # posts on their way from one process …
AT_ONCE_THERE: Final = 2  # … and of these to one address
BATCH: Final = 50
RECORD_TRIES: Final = 10
RECORD_WAIT: Final = 1.0  # seconds

log = structlog.get_logger()
# Puts into the queue what the tables say is to be told; true where there may be more.
Feed = Callable[[Session, Sender], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """What posts are made and sent with."""

    engine: Engine = field(repr=False)
    config: Config = field(repr=False)
    kinds: Kinds
    clock: Callable[[], datetime]
    feeds: tuple[Feed, ...] = ()
    send: transport.Send = transport.send
    name: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def reach(self) -> Reach:
        """Where posts may go."""
        config = self.config
        return Reach(
            networks=config.delivery_networks,
            is_demo=config.demo,
            trusted_root=config.root_certificate if config.demo else None,
        )

    def sender(self) -> Sender:
        """Return what a post is made with now."""
        return Sender(config=self.config, now=self.clock())

    def session(self) -> Session:
        """Return a session of its own."""
        return Session(self.engine, expire_on_commit=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed delivery, ready to go; without a post nobody needs it any more."""

    delivery: Delivery
    kind: Kind | None
    post: Post | None
    failure: Failure | None = None


def feed(courier: Courier) -> None:
    """Put into the queue what is to be told."""
    with courier.session() as session:
        for source in courier.feeds:
            is_going_on = True
            while is_going_on:
                with unit_of_work_on(session):
                    is_going_on = source(session, courier.sender())


def deliver_due(courier: Courier) -> tuple[int, int]:
    """Send all that is due, one after another; return how many arrived, and not."""
    outcomes: Counter[bool] = Counter()
    feed(courier)
    while due := _list_due(courier):
        for delivery_id, _address in due:
            parcel = pick_up(courier, delivery_id)
            if parcel is not None:
                outcomes[hand_over(courier, parcel) is Outcome.DELIVERED] += 1
    return outcomes[True], outcomes[False]


def pick_up(courier: Courier, delivery_id: int) -> Parcel | None:
    """Claim a delivery and make its post; None where another worker has it."""
    with courier.session() as session:
        sender = courier.sender()
        with unit_of_work_on(session):
            delivery = queue.claim(
                session, delivery_id, claimant=courier.name, now=sender.now
            )
        if delivery is None:
            return None
        session.expunge(delivery)
        kind = courier.kinds.get(delivery.kind)
        try:
            post = kind.compose(session, delivery, sender) if kind else None
        except Exception as error:
            _log_fault("delivery_fault", error)
            return Parcel(delivery, kind, None, Failure.FAULT)
        finally:
            session.rollback()
    return Parcel(delivery, kind, post)


def hand_over(courier: Courier, parcel: Parcel) -> Outcome:
    """Send a claimed delivery, and store what came of it."""
    verdict = _try(courier, parcel)
    _finish(courier, parcel, verdict)
    if verdict.outcome is not Outcome.DELIVERED:
        log.info(
            "delivery_failed",
            delivery=parcel.delivery.id,
            kind=parcel.delivery.kind,
            result=verdict.result,
        )
    return verdict.outcome


def _finish(courier: Courier, parcel: Parcel, verdict: Verdict) -> None:
    """Store what came of a try; try hard, since else it would leave once more."""
    for tries_left in reversed(range(RECORD_TRIES)):
        try:
            with courier.session() as session, unit_of_work_on(session):
                queue.finish(session, parcel.delivery, verdict, courier.clock())
        except SQLAlchemyError as error:
            if not tries_left or not is_transient(error):
                raise
            threading.Event().wait(RECORD_WAIT)
        else:
            return


def _try(courier: Courier, parcel: Parcel) -> Verdict:
    if parcel.failure is not None:
        return Verdict(Outcome.WAITING, parcel.failure)
    if parcel.post is None or parcel.kind is None:
        return Verdict(Outcome.DROPPED, "")
    try:
        answer = courier.send(parcel.delivery.address, parcel.post, courier.reach)
        return parcel.kind.judge(answer)
    except Exception as error:  # a claim that nobody ends would hold the next up
        _log_fault("delivery_fault", error)
        return parcel.kind.judge(Answer(failure=Failure.FAULT))


def _log_fault(event: str, error: Exception) -> None:
    # The kind only: a message may carry what must not be logged.
    log.error(event, kind=type(error).__name__)


def _list_due(
    courier: Courier, busy: Collection[str] = ()
) -> Sequence[tuple[int, str]]:
    with courier.session() as session:
        return queue.list_due(session, courier.clock(), BATCH, busy=busy)


class Loop:
    """Sends in the background until it is stopped."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        # Made here and not at the import: gevent may have replaced them since.
        self._news, self._lock = threading.Event(), threading.Lock()
        self._on_way: Counter[str] = Counter()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._forget: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._forget = listen_for_news(self._news.set)
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> None:
        """Claim nothing more; what is on its way has a lease that runs out."""
        self._stopping = True
        self._forget()
        self._news.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = threading.Event()
        while not self._stopping:
            self._news.clear()
            try:
                self._look()
                wait = self._seconds_left()
            except SQLAlchemyError as error:
                wait = WHEN_BUSY if is_transient(error) else AFTER_FAULT
                log.warning("deliveries_wait", kind=type(error).__name__)
            except Exception as error:
                wait = AFTER_FAULT
                _log_fault("deliveries_fault", error)
            self._news.wait(wait)
            pause.wait(REST)

    def _look(self) -> None:
        """Feed the queue, and begin with all that is due and has a free thread."""
        feed(self._courier)
        while due := _list_due(self._courier, self._busy()):
            begun = [self._begin(*row) for row in due if not self._stopping]
            if not any(begun):
                break

    def _begin(self, delivery_id: int, address: str) -> bool:
        if not self._enter(address):
            return False
        parcel = None
        try:
            parcel = pick_up(self._courier, delivery_id)
        finally:
            if parcel is None:
                self._leave(address)
        if parcel is None:
            return False
        threading.Thread(
            target=self._carry, args=(parcel, address), daemon=True
        ).start()
        return True

    def _carry(self, parcel: Parcel, address: str) -> None:
        try:
            hand_over(self._courier, parcel)
        except SQLAlchemyError as error:  # its lease runs out, and it is tried again
            _log_fault("delivery_not_noted", error)
        finally:
            self._leave(address)
            self._news.set()

    def _busy(self) -> tuple[str, ...]:
        with self._lock:
            posts = self._on_way.items()
            return tuple(name for name, count in posts if count >= AT_ONCE_THERE)

    def _enter(self, address: str) -> bool:
        with self._lock:
            if self._on_way.total() >= AT_ONCE or (
                self._on_way[address] >= AT_ONCE_THERE
            ):
                return False
            self._on_way[address] += 1
            return True

    def _leave(self, address: str) -> None:
        with self._lock:
            self._on_way[address] -= 1
            if not self._on_way[address]:
                del self._on_way[address]

    def _seconds_left(self) -> float:
        """Return how long nothing is due."""
        with self._courier.session() as session:
            due_at = queue.next_due(session)
        if due_at is None:
            return POLL
        left = (due_at - self._courier.clock()).total_seconds()
        # What is due and was not begun waits for a free thread, which wakes us.
        return min(POLL, left) if left > 0 else WHEN_BUSY
