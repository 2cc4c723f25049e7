"""How much is borne."""

import pytest

from mobile_bridge.relay.limits import ConcurrencyLimit, CountMinLimit, FixedWindowLimit


def test_an_allowance_forgets_who_came_in_an_earlier_stretch():
    rate_limit = FixedWindowLimit(1, 60)
    assert rate_limit.acquire("a", now=0)
    assert not rate_limit.acquire("a", now=59)

    assert rate_limit.acquire("b", now=60)

    assert len(rate_limit) == 1


def test_a_crowd_has_room_for_so_many_of_each():
    limit = ConcurrencyLimit(2)

    assert [limit.acquire("a") for _ in range(3)] == [True, True, False]
    assert limit.acquire("b")


def test_who_leaves_a_crowd_makes_room_and_is_forgotten():
    limit = ConcurrencyLimit(1)
    limit.acquire("a")

    limit.release("a")

    assert len(limit) == 0
    assert limit.acquire("a")


def test_a_sketch_counts_each_visitor_and_forgets_them_with_the_stretch():
    sketch = CountMinLimit(2, 60)

    assert [sketch.acquire("a", now=0) for _ in range(3)] == [True, True, False]
    assert sketch.acquire("b", now=59)
    assert not sketch.allows("a", now=59)
    assert sketch.allows("a", now=60)


@pytest.mark.parametrize("strangers", [100_000])
def test_a_hundred_thousand_strangers_do_not_count_against_somebody(strangers):
    sketch = CountMinLimit(10, 60)
    for stranger in range(strangers):
        sketch.acquire(f"10.{stranger}", now=0)

    newcomers = [sketch.acquire(f"new.{n}", now=0) for n in range(1000)]

    assert sum(newcomers) > 990
