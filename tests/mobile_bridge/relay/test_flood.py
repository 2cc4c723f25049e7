"""Very many strangers at once."""

import gc
from logging import CRITICAL
from pathlib import Path

import pytest
import structlog

from tests.support.bridge import RelayFixture

STRANGERS = 100_000
A_SECOND = 200  # creations; over many minutes, as the clock of the relay goes
SCAN_SECONDS = 10
PAGE = 4096


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


@pytest.fixture
def quiet():
    """A hundred thousand lines of log would be most of the work."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("quiet")
def test_a_hundred_thousand_strangers_leave_memory_flat_and_people_served():
    fixture, served, waiting, half = RelayFixture(), 0, [], 0
    for stranger in range(STRANGERS):
        sid = stranger.to_bytes(16, "big")
        fixture.show(f"s{stranger}.pc", sid=sid)
        fixture.ask(f"l{stranger}.x", "join", sid=b"u" + sid[1:])
        if stranger % A_SECOND:
            continue
        # Each second one honest PC shows a code, and is scanned ten seconds later.
        fixture.clock.pass_by(1)
        fixture.relay.sweep()
        fixture.inbox.clear()
        mine = b"honest" + stranger.to_bytes(10, "big")
        assert fixture.show(f"h{stranger}.pc", sid=mine)["ok"]
        waiting.append(mine)
        if len(waiting) > SCAN_SECONDS:
            scanned = waiting.pop(0)
            who = f"p{stranger}"
            assert fixture.ask(who, "join", sid=scanned)["ok"]
            assert fixture.ask(who, "frame", sid=scanned, n=1, data=b"m2")["ok"]
            served += 1
        half = half or (resident() if stranger > STRANGERS // 2 else 0)

    assert served == STRANGERS // A_SECOND - SCAN_SECONDS
    assert len(fixture.store) <= 5_000
    assert resident() - half < 8 * 2**20
