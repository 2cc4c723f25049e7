"""Posts leave right after the commit, in order, and again where nobody answers."""

import json
import threading
import time
from datetime import timedelta

import pytest

from tests.support.receiver import Receiver, receiving
from webapp.clock import utc_now
from webapp.db import unit_of_work_on
from webapp.relying.deliveries import queue
from webapp.relying.deliveries.loop import Loop, deliver_due
from webapp.relying.deliveries.models import Delivery
from webapp.relying.deliveries.rules import GIVEN_UP_AFTER, WAITS, Outcome


class Clock:
    """A clock that a test sets."""

    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment


@pytest.fixture
def clock(now):
    return Clock(now)


@pytest.fixture
def running(courier_of):
    """Begin a loop; each ends with the test."""
    loops = []

    def begin(**options):
        loop = Loop(courier_of(**options))
        loop.start()
        loops.append(loop)
        return loop

    yield begin
    for loop in loops:
        loop.stop()


def numbers(posts):
    return [json.loads(post.body)["number"] for post in posts]


def state_of(stored, delivery):
    stored.rollback()
    stored.refresh(delivery)
    return delivery.outcome, delivery.result


def test_it_is_sent_within_a_second_of_the_commit(running, enqueue, receiver):
    running()
    time.sleep(0.3)  # it sleeps by now
    began = time.monotonic()

    enqueue(1)

    (post,) = receiver.wait_for(1)
    assert post.at - began < 1.0
    assert post.path == "/events"
    assert post.headers["Content-Type"] == "application/json"


def test_what_is_rolled_back_is_not_told(
    running, stored, institution, receiver, now, enqueue
):
    running()
    queue.enqueue(
        stored,
        kind="test",
        institution_id=institution.id,
        address=receiver.address(),
        subject="a",
        payload={"number": 0},
        now=now,
    )
    stored.rollback()
    enqueue(1)

    assert numbers(receiver.wait_for(1)) == [1]


def test_of_one_subject_all_come_in_order_though_two_workers_send(
    running, enqueue, receiver
):
    receiver.delay = 0.02
    running()
    running()

    for number in range(12):
        enqueue(number, subject="ab"[number % 2])

    sent = numbers(receiver.wait_for(12))
    assert sorted(sent) == list(range(12))
    assert [one for one in sent if one % 2 == 0] == list(range(0, 12, 2))
    assert [one for one in sent if one % 2 == 1] == list(range(1, 12, 2))


def test_down_then_up_loses_nothing_and_keeps_the_order(
    courier_of, enqueue, receiver, stored, clock, now
):
    with receiving(Receiver()) as gone:
        port = gone.port
    deliveries = [enqueue(number, address=gone.address()) for number in range(3)] + [
        enqueue(9, subject="b", address=gone.address())
    ]
    courier = courier_of(clock=clock)

    assert deliver_due(courier) == (0, 1)  # one asks for all of the address
    assert deliver_due(courier) == (0, 0)
    assert state_of(stored, deliveries[0]) == (Outcome.WAITING, "no_connection")
    clock.moment = now + WAITS[0]
    with receiving(Receiver(), port) as back:
        assert deliver_due(courier) == (4, 0)

    sent = numbers(back.posts)
    assert sorted(sent) == [0, 1, 2, 9]
    assert [one for one in sent if one != 9] == [0, 1, 2]


def test_who_refuses_is_asked_less_often_and_after_a_day_no_more(
    courier_of, enqueue, receiver, stored, clock, now
):
    receiver.answer = lambda _post: (500, {}, b"")
    delivery, courier = enqueue(1), courier_of(clock=clock)
    tries = 0
    while state_of(stored, delivery)[0] == Outcome.WAITING:
        clock.moment = delivery.due_at
        assert deliver_due(courier) == (0, 1)
        tries += 1

    assert state_of(stored, delivery) == (Outcome.EXPIRED, "status 500")
    assert clock.moment > now + GIVEN_UP_AFTER - WAITS[-1]
    assert clock.moment <= now + GIVEN_UP_AFTER
    assert 40 < tries == len(receiver.posts) < 60


def test_one_post_that_is_refused_holds_up_no_other(
    courier_of, enqueue, receiver, stored, clock
):
    receiver.answer = lambda post: (500 if b"13" in post.body else 204, {}, b"")
    bad = enqueue(13, subject="bad")
    enqueue(1)
    enqueue(2)

    assert deliver_due(courier_of(clock=clock)) == (2, 1)
    assert deliver_due(courier_of(clock=clock)) == (0, 0)  # nor is it asked at once
    assert bad.subject == "bad"


def test_a_slow_institution_holds_up_no_other(running, enqueue, receiver):
    receiver.delay = 3
    for number in range(6):
        enqueue(number, subject=str(number))
    running()
    receiver.wait_for(1)
    began = time.monotonic()
    with receiving(Receiver()) as other:
        enqueue(7, subject="quick", address=other.address())
        (post,) = other.wait_for(1)

    assert post.at - began < 1.0
    assert len(receiver.posts) == 2  # and not all threads are there


def test_of_two_workers_one_claims(stored, enqueue, now):
    delivery = enqueue(1)

    first = queue.claim(stored, delivery.id, claimant="one", now=now)
    second = queue.claim(stored, delivery.id, claimant="two", now=now)

    assert (first is not None, second) == (True, None)


def test_what_a_dead_worker_claimed_is_sent_when_its_lease_is_over(
    courier_of, stored, enqueue, receiver, clock, now
):
    delivery = enqueue(1)
    with unit_of_work_on(stored):
        queue.claim(stored, delivery.id, claimant="dead", now=now)
    courier = courier_of(clock=clock)

    assert deliver_due(courier) == (0, 0)
    clock.moment = now + queue.LEASE
    assert deliver_due(courier) == (1, 0)


def test_who_lost_the_claim_stores_nothing(
    courier_of, stored, enqueue, receiver, clock, now
):
    delivery = enqueue(1)
    with unit_of_work_on(stored):
        late = queue.claim(stored, delivery.id, claimant="late", now=now)
    stored.refresh(late)
    stored.expunge(late)
    stored.rollback()
    clock.moment = now + queue.LEASE
    assert deliver_due(courier_of(clock=clock)) == (1, 0)

    with unit_of_work_on(stored):
        verdict = queue.Verdict(Outcome.REFUSED, "late")
        assert not queue.finish(stored, late, verdict, now)
    again = stored.get(Delivery, delivery.id, populate_existing=True)
    assert again.outcome == Outcome.DELIVERED


def test_a_fault_in_making_a_post_is_tried_again_and_ends_no_loop(
    running, enqueue, receiver, stored
):
    def compose(_session, delivery, _sender):
        raise RuntimeError("secret words")

    loop = running(compose=compose)
    delivery = enqueue(1)
    deadline = time.monotonic() + 5
    while state_of(stored, delivery)[1] != "fault" and time.monotonic() < deadline:
        threading.Event().wait(0.05)

    assert state_of(stored, delivery) == (Outcome.WAITING, "fault")
    assert loop is not None
    assert receiver.posts == []


def test_what_nobody_needs_any_more_is_dropped(courier_of, enqueue, receiver, stored):
    delivery = enqueue(1)

    deliver_due(courier_of(compose=lambda *_: None))

    assert state_of(stored, delivery) == (Outcome.DROPPED, "")
    assert receiver.posts == []


def test_it_is_sent_again_at_the_counter_s_word(
    courier_of, stored, institution, enqueue, receiver, now
):
    delivery, courier = enqueue(1), courier_of()
    deliver_due(courier)
    with unit_of_work_on(stored):
        queue.send_again(stored, institution.id, delivery.id, utc_now())

    assert deliver_due(courier) == (1, 0)
    assert numbers(receiver.posts) == [1, 1]


def test_another_institution_s_delivery_is_unknown(stored, enqueue, now):
    delivery = enqueue(1)

    with pytest.raises(queue.DeliveryUnknownError):
        queue.send_again(stored, "0" * 16, delivery.id, now)


def test_what_waits_moves_with_the_address(
    courier_of, stored, institution, enqueue, receiver, now
):
    enqueue(1, address="http://127.0.0.1:9/gone")
    with unit_of_work_on(stored):
        queue.move(stored, institution.id, "test", receiver.address("/new"), now)

    assert deliver_due(courier_of()) == (1, 0)
    assert [post.path for post in receiver.posts] == ["/new"]


def test_without_an_address_it_is_dropped(
    courier_of, stored, institution, enqueue, receiver, now
):
    delivery = enqueue(1)
    with unit_of_work_on(stored):
        queue.move(stored, institution.id, "test", "", now)

    assert deliver_due(courier_of()) == (0, 0)
    assert state_of(stored, delivery)[0] == Outcome.DROPPED


def test_the_next_is_due_when_the_clock_says_so(stored, enqueue, now):
    assert queue.next_due(stored) is None
    enqueue(1, at=now + timedelta(hours=1))

    assert queue.next_due(stored) == now + timedelta(hours=1)
