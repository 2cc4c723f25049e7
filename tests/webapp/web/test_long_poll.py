"""An answer is held until a value has changed, with one look for all who wait."""

import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from webapp.web.long_poll import LongPoll

LONG = 10.0  # seconds, which nobody waits in these tests


class Values:
    """Values that are read, and what was read when."""

    def __init__(self, **values):
        self.values, self.reads, self.has_read = values, [], threading.Event()
        self.problem = None

    def read(self, names):
        self.reads.append(sorted(names))
        self.has_read.set()
        if self.problem is not None:
            raise self.problem
        return {name: self.values[name] for name in names if name in self.values}


def waiting(poll, name, previous, seconds=LONG):
    thread = threading.Thread(target=poll.wait, args=(name, previous, seconds))
    thread.start()
    return thread


@pytest.fixture
def values():
    return Values(a="made", b="made")


@pytest.fixture
def poll(values):
    return LongPoll(values.read, 0.01)


def test_who_knows_an_old_value_is_answered_at_once(poll):
    began = time.monotonic()

    poll.wait("a", "seen", LONG)

    assert time.monotonic() - began < LONG / 2


def test_a_change_answers_who_waits_for_it_alone(poll, values):
    first, second = waiting(poll, "a", "made"), waiting(poll, "b", "made", 1)
    values.has_read.wait(LONG)

    values.values["a"] = "seen"
    first.join(LONG)

    assert not first.is_alive()
    assert second.is_alive()
    second.join(LONG)


def test_what_was_just_changed_here_waits_for_no_look(values):
    poll = LongPoll(values.read, LONG)
    thread = waiting(poll, "a", "made")
    values.has_read.wait(LONG)
    values.values["a"] = "seen"

    poll.look("a")
    thread.join(1)

    assert not thread.is_alive()
    assert values.reads[-1] == ["a"]


def test_one_look_reads_for_all(values):
    poll = LongPoll(values.read, 0.2)
    threads = [waiting(poll, name, "made", 1) for name in ("a", "b", "a")]
    for thread in threads:
        thread.join(LONG)

    assert ["a", "b"] in values.reads
    assert len(values.reads) < 10


def test_nobody_is_looked_for_when_nobody_waits(poll, values):
    poll.wait("a", "made", 0.05)
    poll.look("a")
    time.sleep(0.05)
    count = len(values.reads)
    time.sleep(0.1)

    assert len(values.reads) == count
    poll.wait("a", "seen", LONG)  # and begins anew


def test_what_is_gone_is_a_change(poll, values):
    del values.values["a"]

    thread = waiting(poll, "a", "made")
    thread.join(LONG)

    assert not thread.is_alive()


def test_a_database_that_is_away_is_looked_at_again(poll, values):
    values.problem = OperationalError("SELECT", {}, Exception("locked"))
    thread = waiting(poll, "a", "made")
    values.has_read.wait(LONG)

    values.problem, values.values["a"] = None, "seen"
    thread.join(LONG)

    assert not thread.is_alive()
