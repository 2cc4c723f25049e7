"""What a worker leaves to the next one, through memory and nothing else."""

import multiprocessing
import os
import time

import pytest
from msgspec.structs import replace

from mobile_bridge.core.protocol import Direction, Mode
from mobile_bridge.errors import NotAvailableError
from mobile_bridge.relay import pairing as pairings
from mobile_bridge.relay.pairing import Pairing, Participant
from mobile_bridge.relay.pairing_store import MemoryPairingStore
from mobile_bridge.server.handover import Handover

NUMBER = "123456789012"
SID = b"s" * 16
forked = multiprocessing.get_context("fork")


def shown(sid=SID, number=NUMBER):
    messages = (b"\x00" * 30_000, b"\xff" * 30_000)
    seat = Participant(
        "pc", pairings.token_hash(b"t" * 16), "computer", "192.0.2.7", messages
    )
    where = (Mode.TYPED, Direction.INITIATOR_SENDS)
    return Pairing(sid, *where, seat, shown_at=1.5, expires_at=2.5, number=number)


def worker(handover, start, *, kept=(), seconds=0.0, leaves=True):
    """Be a worker for a while; end as one that was asked to, or as a killed one."""

    def work():
        store = MemoryPairingStore()
        handover.take(store)
        for pairing in kept:
            store.add(pairing)
        start.set()
        time.sleep(seconds)
        if leaves:
            handover.leave(store)
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
    store = MemoryPairingStore()

    assert handover.take(store) == 51
    before.join(10)
    assert store.get(SID) == store.find(NUMBER) == shown()
    assert [store.get(it.sid) for it in many] == many


def test_the_next_worker_waits_until_the_one_before_has_left(handover):
    before = worker(handover, forked.Event(), kept=[shown()], seconds=0.3)
    began = time.monotonic()

    assert handover.take(MemoryPairingStore()) == 1
    assert time.monotonic() - began > 0.2
    before.join(10)


def test_one_that_never_leaves_is_not_waited_for_without_end(handover):
    before = worker(handover, forked.Event(), kept=[shown()], seconds=5)

    assert handover.take(MemoryPairingStore(), max_wait=0.2) == 0
    before.kill()
    before.join(10)


def test_a_killed_worker_leaves_nothing_and_blocks_nobody(handover):
    before = worker(handover, forked.Event(), kept=[shown()], leaves=False)
    before.join(10)

    assert handover.take(MemoryPairingStore()) == 0


def test_what_was_left_is_taken_once(handover):
    worker(handover, forked.Event(), kept=[shown()]).join(10)
    taken = forked.Event()
    second = worker(handover, taken, leaves=False)
    second.join(10)

    assert handover.take(MemoryPairingStore()) == 0


def test_who_has_left_knows_no_pairing_any_more(handover):
    store = MemoryPairingStore()
    handover.take(store)
    store.add(shown())

    handover.leave(store)

    with pytest.raises(NotAvailableError):
        store.update(SID, lambda it: it)


def test_a_pairing_shown_meanwhile_under_the_same_number_stays(handover):
    worker(handover, forked.Event(), kept=[shown()]).join(10)
    store = MemoryPairingStore()
    newer = replace(shown(b"n" * 16), shown_at=2.0)
    store.add(newer)

    assert handover.take(store) == 0
    assert store.find(NUMBER) == newer
