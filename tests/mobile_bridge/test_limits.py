"""How much is borne."""

import pytest

from mobile_bridge.relay.limits import Allowance, Crowd, Sketch


def test_an_allowance_forgets_who_came_in_an_earlier_stretch():
    allowance = Allowance(1, 60)
    assert allowance.take("a", now=0)
    assert not allowance.take("a", now=59)

    assert allowance.take("b", now=60)

    assert allowance._used == {"b": 1}


def test_a_crowd_has_room_for_so_many_of_each():
    crowd = Crowd(2)

    assert [crowd.enter("a") for _ in range(3)] == [True, True, False]
    assert crowd.enter("b")


def test_who_leaves_a_crowd_makes_room_and_is_forgotten():
    crowd = Crowd(1)
    crowd.enter("a")

    crowd.leave("a")

    assert crowd._here == {}
    assert crowd.enter("a")


def test_a_sketch_counts_each_visitor_and_forgets_them_with_the_stretch():
    sketch = Sketch(2, 60)

    assert [sketch.take("a", now=0) for _ in range(3)] == [True, True, False]
    assert sketch.take("b", now=59)
    assert not sketch.has("a", now=59)
    assert sketch.has("a", now=60)


@pytest.mark.parametrize("strangers", [100_000])
def test_a_hundred_thousand_strangers_do_not_count_against_somebody(strangers):
    sketch = Sketch(10, 60)
    for stranger in range(strangers):
        sketch.take(f"10.{stranger}", now=0)

    newcomers = [sketch.take(f"new.{n}", now=0) for n in range(1000)]

    assert sum(newcomers) > 990
