"""Whether what a sign-in proved a few minutes ago is asked for once more. Pure.

Only where the operator says for how long a check lasts, only in the same sign-in of the
same customer, and never across a change that the counter made since.
"""

from datetime import datetime, timedelta


def still_counts(
    passed_at: datetime | None,
    now: datetime,
    lasts: timedelta,
    changed_at: datetime | None = None,
) -> bool:
    """Tell whether a check that was passed at a moment is not asked for again.

    `changed_at` is when the counter last changed how this person is checked.
    """
    if passed_at is None or not timedelta(0) <= now - passed_at < lasts:
        return False
    return changed_at is None or changed_at < passed_at


def minutes_ago(passed_at: datetime, now: datetime) -> int:
    """Return how many whole minutes ago something was."""
    return max(0, int((now - passed_at).total_seconds() // 60))
