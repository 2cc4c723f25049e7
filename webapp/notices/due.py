"""Which letter is due: 30, 7 and 1 days before the last day of a certificate. Pure.

Days are days in Korea. Where days were missed, only the nearest letter is due: nobody
is helped by three on one morning.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from webapp.pki.profiles import KST

DAYS: Final = (30, 7, 1)  # the first one when the renewal opens


def due(not_after: datetime, now: datetime) -> int | None:
    """Return for how many days before the end a letter is due at `now`, if one is."""
    if now > not_after:
        return None
    left = (not_after.astimezone(KST).date() - now.astimezone(KST).date()).days
    return min((days for days in DAYS if left <= days), default=None)


def window(days: int, now: datetime) -> tuple[datetime, datetime]:
    """Return between which ends a certificate is due for the letter of `days`, in UTC.

    The first moment belongs to it, the second does not.
    """
    nearer = max((each for each in DAYS if each < days), default=-1)
    today = now.astimezone(KST).date()
    first, beyond = (
        datetime.combine(today + timedelta(days=each + 1), time(), KST)
        for each in (nearer, days)
    )
    return max(first.astimezone(UTC), now), beyond.astimezone(UTC)
