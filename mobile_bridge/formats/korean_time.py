"""Korean time, by which days and deadlines count, and which people read. Pure.

A fixed offset: Korea has had no summer time since 1988, and a computer without a time
zone database knows it too. JavaScript twin: frontend/lib/dates.js.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

KST: Final = timezone(timedelta(hours=9), "KST")


def korean_date(moment: datetime) -> date:
    """Return the day in Korea on which an aware `moment` is."""
    return moment.astimezone(KST).date()


def day_start(day: date) -> datetime:
    """Return the midnight with which a day begins in Korea, in UTC."""
    return datetime.combine(day, time(), KST).astimezone(UTC)


def day_end(day: date) -> datetime:
    """Return the last second of a day in Korea, 23:59:59, in UTC."""
    return datetime.combine(day, time(23, 59, 59), KST).astimezone(UTC)
