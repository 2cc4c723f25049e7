"""How much is borne."""

from mobile_bridge.limits import Allowance, Crowd


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
