"""Count what was issued, renewed and revoked over time: each number is a walk of one
index between two moments, so that a million rows before them cost nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from mobile_bridge.formats.korean_time import day_start, korean_date
from webapp.certificates.lifecycle import Purpose, StoredState
from webapp.certificates.models import Certificate
from webapp.pki.crl import ReasonCode


class Interval(StrEnum):
    """What one bar of the picture stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


# Built once; the index that each walks holds all that it asks for.
_MADE = select(
    func.count(), func.count(case((Certificate.purpose != Purpose.ISSUE, 1)))
).where(
    Certificate.reserved_at >= bindparam("begin"),
    Certificate.reserved_at < bindparam("end"),
    Certificate.state != StoredState.RESERVED,
    Certificate.state != StoredState.VOID,
)
_REVOKED = select(func.count()).where(
    Certificate.revoked_at >= bindparam("begin"),
    Certificate.revoked_at < bindparam("end"),
    Certificate.revocation_reason != ReasonCode.SUPERSEDED,
)
SHOWN = {Interval.DAY: 30, Interval.WEEK: 26, Interval.MONTH: 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuanceCounts:
    """What happened from the day `first` on, for one span."""

    first: date
    issued: int
    renewed: int  # with those issued anew
    revoked: int  # those left aside that a re-issue replaced

    @property
    def highest(self) -> int:
        """The highest of the three."""
        return max(self.issued, self.renewed, self.revoked)


def spans(span: Interval, today: date) -> list[tuple[date, date]]:
    """Return first day and day after the last of each span, up to the present one."""
    begins = [_first_day(span, today)]
    while len(begins) < SHOWN[span]:
        begins.append(_first_day(span, begins[-1] - timedelta(days=1)))
    begins.reverse()
    return list(zip(begins, [*begins[1:], _next(span, begins[-1])], strict=True))


def count(session: Session, span: Interval, now: datetime) -> list[IssuanceCounts]:
    """Return the figures of each span, the present one last; days are Korean."""
    shown = spans(span, korean_date(now))
    return _count(session, shown)


def count_today(session: Session, now: datetime) -> IssuanceCounts:
    """Return the figures of today so far."""
    today = korean_date(now)
    return _count(session, [(today, today + timedelta(days=1))])[0]


def _count(
    session: Session, shown: Sequence[tuple[date, date]]
) -> list[IssuanceCounts]:
    return [_count_one(session, first, after) for first, after in shown]


def _count_one(session: Session, first: date, after: date) -> IssuanceCounts:
    between = {"begin": day_start(first), "end": day_start(after)}
    signed, renewed = session.execute(_MADE, between).one()
    revoked = session.scalar(_REVOKED, between) or 0
    return IssuanceCounts(
        first=first, issued=signed - renewed, renewed=renewed, revoked=revoked
    )


def _first_day(span: Interval, day: date) -> date:
    if span is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if span is Interval.MONTH else day


def _next(span: Interval, first: date) -> date:
    if span is Interval.DAY:
        return first + timedelta(days=1)
    return _first_day(span, first + timedelta(days=7 if span is Interval.WEEK else 31))
