"""Work is done by one worker at a time, and by another where one dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from webapp.jobs.leases import Hold, Rhythm, claim, extend, finish, put_off
from webapp.jobs.models import Job

NOON = datetime(2027, 3, 5, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RHYTHM = Rhythm(name="sweep", every=10 * MINUTE, holds=5 * MINUTE)


def test_what_was_done_is_due_again_after_its_time(stored):
    assert claim(stored, RHYTHM, by="a", now=NOON)
    finish(stored, RHYTHM, by="a", now=NOON, said="3 swept")

    assert not claim(stored, RHYTHM, by="a", now=NOON + 10 * MINUTE - MINUTE)
    assert claim(stored, RHYTHM, by="b", now=NOON + 10 * MINUTE)
    assert stored.get_one(Job, "sweep").said == "3 swept"


def test_what_somebody_does_is_left_to_them(stored):
    claim(stored, RHYTHM, by="a", now=NOON)

    assert not claim(stored, RHYTHM, by="b", now=NOON + 4 * MINUTE)
    assert not claim(stored, RHYTHM, by="b", now=NOON + 4 * MINUTE, anyway=True)


def test_the_claim_of_a_dead_worker_runs_out(stored):
    claim(stored, RHYTHM, by="dead", now=NOON)

    assert claim(stored, RHYTHM, by="b", now=NOON + 5 * MINUTE)
    assert not extend(stored, RHYTHM, by="dead", now=NOON + 6 * MINUTE)
    assert not finish(stored, RHYTHM, by="dead", now=NOON + 6 * MINUTE, said="late")


def test_a_month_without_a_worker_is_one_run(stored):
    claim(stored, RHYTHM, by="a", now=NOON)
    finish(stored, RHYTHM, by="a", now=NOON, said="")
    later = NOON + timedelta(days=30)

    assert claim(stored, RHYTHM, by="a", now=later)
    finish(stored, RHYTHM, by="a", now=later, said="")
    assert not claim(stored, RHYTHM, by="a", now=later + MINUTE)


@pytest.mark.parametrize("ended", [True, False])
def test_a_clock_that_is_set_back_stops_no_work(stored, ended):
    ahead = NOON + timedelta(days=365)
    claim(stored, RHYTHM, by="a", now=ahead)
    if ended:
        finish(stored, RHYTHM, by="a", now=ahead, said="")

    assert claim(stored, RHYTHM, by="b", now=NOON)


def test_once_does_what_is_not_due_too(stored):
    claim(stored, RHYTHM, by="a", now=NOON)
    finish(stored, RHYTHM, by="a", now=NOON, said="")

    assert claim(stored, RHYTHM, by="b", now=NOON + MINUTE, anyway=True)


def test_what_failed_is_not_tried_at_once(stored):
    claim(stored, RHYTHM, by="a", now=NOON)
    put_off(stored, RHYTHM, by="a", until=NOON + 2 * MINUTE, said="failed")

    assert not claim(stored, RHYTHM, by="b", now=NOON + MINUTE)
    assert claim(stored, RHYTHM, by="b", now=NOON + 2 * MINUTE)


def test_of_many_at_the_same_moment_one_gets_it(app):
    bind = app.extensions["certferry.sessions"].kw["bind"]
    together = Barrier(6)

    def ask(number: int) -> bool:
        with Session(bind) as session:
            together.wait()
            return claim(session, RHYTHM, by=f"w{number}", now=NOON)

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(ask, range(6)))

    assert got.count(True) == 1


def test_long_work_holds_its_claim_and_notices_when_it_lost_it(stored):
    clock = [NOON]
    claim(stored, RHYTHM, by="a", now=NOON)
    hold = Hold(
        session=stored,
        rhythm=RHYTHM,
        by="a",
        clock=lambda: clock[0],
        until=NOON + RHYTHM.holds,
        stopping=lambda: False,
    )

    for _ in range(4):
        clock[0] += 4 * MINUTE
        assert hold.go_on()
        assert not claim(stored, RHYTHM, by="b", now=clock[0])
    clock[0] += 20 * MINUTE  # the machine slept
    assert claim(stored, RHYTHM, by="b", now=clock[0])
    assert not hold.go_on()
