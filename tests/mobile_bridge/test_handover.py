"""What a worker leaves to the next one, through memory and nothing else."""

import multiprocessing
import os
import time
from dataclasses import replace

import pytest

from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.errors import NotAvailableError
from mobile_bridge.relay import pairing as pairings
from mobile_bridge.relay.pairing import Pairing, Seat
from mobile_bridge.relay.pairing_store import MemoryRegistry
from mobile_bridge.server.handover import Handover

NUMBER = "123456789012"
SID = b"s" * 16
forked = multiprocessing.get_context("fork")


def shown(sid=SID, number=NUMBER):
    said = (b"\x00" * 30_000, b"\xff" * 30_000)
    seat = Seat("pc", pairings.token_hash(b"t" * 16), "computer", "192.0.2.7", said)
    where = (Mode.TYPED, Direction.SHOWER_SENDS)
    return Pairing(sid, *where, seat, shown_at=1.5, expires_at=2.5, number=number)


def worker(handover, start, *, kept=(), seconds=0.0, leaves=True):
    """Be a worker for a while; end as one that was asked to, or as a killed one."""

    def work():
        registry = MemoryRegistry()
        handover.take(registry)
        for pairing in kept:
            registry.add(pairing)
        start.set()
        time.sleep(seconds)
        if leaves:
            handover.leave(registry)
        os._exit(0)

    process = forked.Process(target=work)
    process.start()
    assert start.wait(10)
    return process


@pytest.fixture
def handover():
    return Handover(os.memfd_create("test"))


def test_the_next_worker_knows_every_pairing_and_its_number(handover):
    many = [shown(bytes([n]) * 16, number=str(n)) for n in range(50)]
    before = worker(handover, forked.Event(), kept=[shown(), *many])
    registry = MemoryRegistry()

    assert handover.take(registry) == 51
    before.join(10)
    assert registry.get(SID) == registry.find(NUMBER) == shown()
    assert [registry.get(it.sid) for it in many] == many


def test_the_next_worker_waits_until_the_one_before_has_left(handover):
    before = worker(handover, forked.Event(), kept=[shown()], seconds=0.3)
    began = time.monotonic()

    assert handover.take(MemoryRegistry()) == 1
    assert time.monotonic() - began > 0.2
    before.join(10)


def test_one_that_never_leaves_is_not_waited_for_without_end(handover):
    before = worker(handover, forked.Event(), kept=[shown()], seconds=5)

    assert handover.take(MemoryRegistry(), patience=0.2) == 0
    before.kill()
    before.join(10)


def test_a_killed_worker_leaves_nothing_and_blocks_nobody(handover):
    before = worker(handover, forked.Event(), kept=[shown()], leaves=False)
    before.join(10)

    assert handover.take(MemoryRegistry()) == 0


def test_what_was_left_is_taken_once(handover):
    worker(handover, forked.Event(), kept=[shown()]).join(10)
    taken = forked.Event()
    second = worker(handover, taken, leaves=False)
    second.join(10)

    assert handover.take(MemoryRegistry()) == 0


def test_who_has_left_knows_no_pairing_any_more(handover):
    registry = MemoryRegistry()
    handover.take(registry)
    registry.add(shown())

    handover.leave(registry)

    with pytest.raises(NotAvailableError):
        registry.change(SID, lambda it: it)


def test_a_pairing_shown_meanwhile_under_the_same_number_stays(handover):
    worker(handover, forked.Event(), kept=[shown()]).join(10)
    registry = MemoryRegistry()
    newer = replace(shown(b"n" * 16), shown_at=2.0)
    registry.add(newer)

    assert handover.take(registry) == 0
    assert registry.find(NUMBER) == newer
