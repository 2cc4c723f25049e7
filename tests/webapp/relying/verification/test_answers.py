"""Times in an answer are RFC 3339, whatever the year is."""

from datetime import UTC, datetime

import pytest

from mobile_bridge.formats.korean_time import KST
from webapp.relying.verification.answers import seconds


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 5, 3, 0, 1, 999, tzinfo=UTC), "2026-03-05T03:00:01Z"),
        (datetime(565, 12, 31, 17, 44, 53, tzinfo=UTC), "0565-12-31T17:44:53Z"),
        (datetime(2026, 3, 5, tzinfo=KST), "2026-03-04T15:00:00Z"),
    ],
)
def test_a_time_is_written_in_utc_to_the_second(moment, text):
    assert seconds(moment) == text
