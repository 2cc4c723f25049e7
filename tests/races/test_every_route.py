"""Every route that changes something, sent twenty times at once, on both databases.

The routes are read from the route table. One that is new has no row yet, and fails here
until it has one: a factory that prepares a state and says what has to come of it.
"""

import pytest

from tests.races.asking_rounds import ROWS as OF_ASKING
from tests.races.cloud_signature_rounds import ROWS as OF_CLOUD_SIGNATURE
from tests.races.counter_rounds import ROWS as OF_THE_COUNTER
from tests.races.customer_rounds import ROWS as OF_CUSTOMERS
from tests.races.device_rounds import ROWS as OF_DEVICES
from tests.races.openid_rounds import ROWS as OF_OPENID
from tests.races.relying_rounds import ROWS as OF_RELYING_PARTIES
from tests.races.rounds import play
from tests.races.signing_rounds import ROWS as OF_PROGRAMS
from tests.races.voice_rounds import ROWS as OF_THE_GATEWAY

ROWS = {
    **OF_CUSTOMERS,
    **OF_THE_GATEWAY,
    **OF_THE_COUNTER,
    **OF_RELYING_PARTIES,
    **OF_ASKING,
    **OF_OPENID,
    **OF_CLOUD_SIGNATURE,
    **OF_DEVICES,
    **OF_PROGRAMS,
}
READS = {"GET", "HEAD", "OPTIONS"}


def test_every_route_that_changes_something_has_a_row(world):
    routes = {
        rule.endpoint
        for rule in world.app().url_map.iter_rules()
        if rule.methods - READS and not rule.endpoint.startswith("bridge.")
    }

    assert sorted(routes - set(ROWS)) == [], (
        "These routes have no row in tests/races: write a factory that prepares a "
        "state and says what 20 equal requests at once have to come to."
    )
    assert sorted(set(ROWS) - routes) == [], "These rows have no route any more."


@pytest.mark.parametrize(
    ("endpoint", "number"),
    [
        pytest.param(endpoint, number, id=f"{endpoint}-{number}")
        for endpoint, factories in ROWS.items()
        for number in range(len(factories))
    ],
)
def test_equal_requests_at_once_count_once(world, endpoint, number):
    play(world, ROWS[endpoint][number])
