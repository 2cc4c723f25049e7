"""How many requests may be open, and when there is room again."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.relying.asking.errors import TooManyOpenError
from webapp.relying.asking.limits import MAX_OPEN, Scope, require_room

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize("scope", Scope)
def test_there_is_room_below_the_limit_only(scope):
    require_room(scope, MAX_OPEN[scope] - 1, NOW + timedelta(minutes=1), NOW)

    with pytest.raises(TooManyOpenError):
        require_room(scope, MAX_OPEN[scope], NOW + timedelta(minutes=1), NOW)


@pytest.mark.parametrize(
    ("first_end", "seconds"),
    [
        (NOW + timedelta(seconds=90), 90),
        (NOW + timedelta(milliseconds=1500), 2),
        (NOW, 1),
        (NOW + timedelta(days=6), 3600),
        (None, 3600),
    ],
)
def test_whoever_is_refused_is_told_when_to_come_again(first_end, seconds):
    with pytest.raises(TooManyOpenError) as refusal:
        require_room(Scope.CUSTOMER, MAX_OPEN[Scope.CUSTOMER], first_end, NOW)

    assert refusal.value.retry_after == seconds
