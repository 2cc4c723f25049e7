"""A registered institution whose server is a real one of the test."""

import pytest

from tests.support.openid import register
from tests.support.receiver import Receiver, receiving
from webapp.clock import utc_now
from webapp.db import unit_of_work_on
from webapp.relying.deliveries import queue
from webapp.relying.deliveries.kinds import Kind
from webapp.relying.deliveries.loop import Courier
from webapp.relying.deliveries.rules import Post


@pytest.fixture
def receiver():
    with receiving(Receiver()) as server:
        yield server


@pytest.fixture
def institution(stored, now):
    return register(stored, now)[0]


def compose(_session, delivery, _sender):
    return Post(body=delivery.payload.encode(), content_type="application/json")


@pytest.fixture
def courier_of(app, config):
    """Make a courier of a kind "test", on connections of the centre."""

    def make(clock=utc_now, compose=compose, **options):
        kind = Kind(name="test", compose=compose)
        return Courier(
            engine=app.extensions["certferry.sessions"].kw["bind"],
            config=config,
            kinds={"test": kind},
            clock=clock,
            **options,
        )

    return make


@pytest.fixture
def enqueue(stored, institution, receiver, now):
    """Have the institution told, in a transaction of its own."""

    def put(number, subject="a", address=None, at=now):
        with unit_of_work_on(stored):
            return queue.enqueue(
                stored,
                kind="test",
                institution_id=institution.id,
                address=address or receiver.address(),
                subject=subject,
                payload={"number": number},
                now=at,
            )

    return put
