"""Which letter is due: 30, 7 and 1 days before the last day of a certificate. Pure.

Days are days in Korea. Where days were missed, only the nearest letter is due: nobody
is helped by three on one morning.
"""

from datetime import datetime, timedelta
from typing import Final

from mobile_bridge.formats.korean_time import day_start, korean_date
from webapp.certificates.lifecycle import RENEWAL_DAYS

DAYS: Final = (RENEWAL_DAYS, 7, 1)  # the first one when the renewal opens


def due(not_after: datetime, now: datetime) -> int | None:
    """Return for how many days before the end a letter is due at `now`, if one is."""
    if now > not_after:
        return None
    left = (korean_date(not_after) - korean_date(now)).days
    return min((days for days in DAYS if left <= days), default=None)


def window(days: int, now: datetime) -> tuple[datetime, datetime]:
    """Return between which ends a certificate is due for the letter of `days`, in UTC.

    The first moment belongs to it, the second does not.
    """
    nearer = max((day for day in DAYS if day < days), default=-1)
    today = korean_date(now)
    first, beyond = (
        day_start(today + timedelta(days=left + 1)) for left in (nearer, days)
    )
    return max(first, now), beyond
