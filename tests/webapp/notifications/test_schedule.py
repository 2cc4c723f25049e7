"""Which letter is due on which day, by the calendar in Korea."""

from datetime import datetime, timedelta

import pytest

from mobile_bridge.formats.korean_time import KST
from webapp.notifications.schedule import DAYS, due, window

END = datetime(2027, 11, 22, 23, 59, 59, tzinfo=KST)
MIDNIGHT = datetime(2027, 11, 22, tzinfo=KST)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("days_before", "letter"),
    [(31, None), (30, 30), (29, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1)],
)
def test_the_nearest_letter_is_due_on_each_day(days_before, letter):
    midnight = MIDNIGHT - timedelta(days=days_before)

    letters = [due(END, midnight), due(END, midnight + timedelta(days=1) - SECOND)]

    assert letters == [letter, letter]


def test_nothing_is_due_when_the_last_second_is_over():
    assert due(END, END) == 1
    assert due(END, END + SECOND) is None


def test_the_day_begins_at_midnight_in_korea_and_not_in_london():
    # 30 days before, at 00:00 in Seoul, it still is the day before in London.
    opens = MIDNIGHT - timedelta(days=30)

    assert due(END, opens - SECOND) is None
    assert due(END, opens) == 30


@pytest.mark.parametrize(
    "end",
    [
        datetime(2028, 2, 29, 23, 59, 59, tzinfo=KST),
        datetime(2028, 3, 30, 23, 59, 59, tzinfo=KST),  # 30 days before: 29 February
    ],
)
def test_the_29th_of_february_is_a_day_like_others(end):
    opens = (end - timedelta(days=30)).replace(hour=0, minute=0, second=0)

    assert due(end, opens - SECOND) is None
    assert due(end, opens) == 30


def test_the_window_of_a_letter_holds_exactly_what_the_rule_says():
    ends = [END + timedelta(hours=hours) for hours in range(-40 * 24, 40 * 24, 3)]
    ends += [
        datetime(2027, 11, day, 23, 59, 59, tzinfo=KST) - SECOND * off
        for day in range(1, 31)
        for off in (0, 86_399)
    ]

    for now in (MIDNIGHT, MIDNIGHT - SECOND, MIDNIGHT + timedelta(hours=13)):
        for days in DAYS:
            first, beyond = window(days, now)
            inside = {end for end in ends if first <= end < beyond}
            assert inside == {end for end in ends if due(end, now) == days}
