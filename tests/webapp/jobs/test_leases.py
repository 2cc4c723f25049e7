"""Work is done by one worker at a time, and by another where one dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from webapp.db import unit_of_work_on
from webapp.jobs.leases import Lease, Schedule, claim, defer, extend, finish
from webapp.jobs.models import Job

NOON = datetime(2027, 3, 5, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SCHEDULE = Schedule(name="sweep", every=10 * MINUTE, lease_ttl=5 * MINUTE)


def test_what_was_done_is_due_again_after_its_time(stored):
    assert claim(stored, SCHEDULE, worker="a", now=NOON)
    finish(stored, SCHEDULE, worker="a", now=NOON, result="3 swept")

    assert not claim(stored, SCHEDULE, worker="a", now=NOON + 10 * MINUTE - MINUTE)
    assert claim(stored, SCHEDULE, worker="b", now=NOON + 10 * MINUTE)
    assert stored.get_one(Job, "sweep").result == "3 swept"


def test_what_somebody_does_is_left_to_them(stored):
    claim(stored, SCHEDULE, worker="a", now=NOON)

    assert not claim(stored, SCHEDULE, worker="b", now=NOON + 4 * MINUTE)
    assert not claim(stored, SCHEDULE, worker="b", now=NOON + 4 * MINUTE, force=True)


def test_the_claim_of_a_dead_worker_runs_out(stored):
    claim(stored, SCHEDULE, worker="dead", now=NOON)

    assert claim(stored, SCHEDULE, worker="b", now=NOON + 5 * MINUTE)
    assert not extend(stored, SCHEDULE, worker="dead", now=NOON + 6 * MINUTE)
    assert not finish(
        stored, SCHEDULE, worker="dead", now=NOON + 6 * MINUTE, result="late"
    )


def test_a_month_without_a_worker_is_one_run(stored):
    claim(stored, SCHEDULE, worker="a", now=NOON)
    finish(stored, SCHEDULE, worker="a", now=NOON, result="")
    later = NOON + timedelta(days=30)

    assert claim(stored, SCHEDULE, worker="a", now=later)
    finish(stored, SCHEDULE, worker="a", now=later, result="")
    assert not claim(stored, SCHEDULE, worker="a", now=later + MINUTE)


@pytest.mark.parametrize("ended", [True, False])
def test_a_clock_that_is_set_back_stops_no_work(stored, ended):
    ahead = NOON + timedelta(days=365)
    claim(stored, SCHEDULE, worker="a", now=ahead)
    if ended:
        finish(stored, SCHEDULE, worker="a", now=ahead, result="")

    assert claim(stored, SCHEDULE, worker="b", now=NOON)


def test_once_does_what_is_not_due_too(stored):
    claim(stored, SCHEDULE, worker="a", now=NOON)
    finish(stored, SCHEDULE, worker="a", now=NOON, result="")

    assert claim(stored, SCHEDULE, worker="b", now=NOON + MINUTE, force=True)


def test_what_failed_is_not_tried_at_once(stored):
    claim(stored, SCHEDULE, worker="a", now=NOON)
    defer(stored, SCHEDULE, worker="a", until=NOON + 2 * MINUTE, result="failed")

    assert not claim(stored, SCHEDULE, worker="b", now=NOON + MINUTE)
    assert claim(stored, SCHEDULE, worker="b", now=NOON + 2 * MINUTE)


def test_of_many_at_the_same_moment_one_gets_it(app):
    bind = app.extensions["certferry.sessions"].kw["bind"]
    together = Barrier(6)

    def ask(number: int) -> bool:
        with Session(bind) as session:
            together.wait()
            with unit_of_work_on(session):
                return claim(session, SCHEDULE, worker=f"w{number}", now=NOON)

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(ask, range(6)))

    assert got.count(True) == 1


def test_long_work_holds_its_claim_and_notices_when_it_lost_it(stored):
    clock = [NOON]
    claim(stored, SCHEDULE, worker="a", now=NOON)
    lease = Lease(
        session=stored,
        schedule=SCHEDULE,
        worker="a",
        clock=lambda: clock[0],
        until=NOON + SCHEDULE.lease_ttl,
        stopping=lambda: False,
    )

    for _ in range(4):
        clock[0] += 4 * MINUTE
        assert lease.should_continue()
        assert not claim(stored, SCHEDULE, worker="b", now=clock[0])
    clock[0] += 20 * MINUTE  # the machine slept
    assert claim(stored, SCHEDULE, worker="b", now=clock[0])
    assert not lease.should_continue()
