"""Figures that the database and the files of the CA have, read when they are asked for.

They are the same whichever worker is asked, and a restart does not set them back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from threading import Lock
from typing import Final

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.audit.models import AuditEntry
from webapp.ca.context import CaContext
from webapp.jobs.models import Job
from webapp.monitoring.readiness import Part
from webapp.notifications.models import ChangeNotice, Notice, UseNotice
from webapp.repository.status_overview import ListOverview, overview

BATCH: Final = 50_000  # entries of the log that are counted in one query


class EventCounts:
    """How often each event stands in the log; only what is new is read again."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._until = 0  # the last entry that was counted
        self._lock = Lock()  # who asks at the same time would count entries twice

    def read_on(self, session: Session) -> Mapping[str, int]:
        """Return the count of each event until now."""
        with self._lock:
            return self._read_on(session)

    def _read_on(self, session: Session) -> Mapping[str, int]:
        end = session.scalar(select(func.max(AuditEntry.id))) or 0
        if end < self._until:  # the database was replaced by an older copy
            self._counts.clear()
            self._until = 0
        while self._until < end:
            until = min(self._until + BATCH, end)
            rows = session.execute(
                select(AuditEntry.event, func.count())
                .where(AuditEntry.id > self._until, AuditEntry.id <= until)
                .group_by(AuditEntry.event)
            )
            for event, count in rows:
                self._counts[event] += count
            self._until = until
        return dict(self._counts)


def of_log(counts: Mapping[str, int]) -> Metric:
    """Return the events of the log: issued, revoked, sign-ins that failed."""
    family = CounterMetricFamily(
        "certferry_events", "Entries of the log, by event", labels=("event",)
    )
    for event, count in sorted(counts.items()):
        family.add_metric((event,), count)
    return family


def of_parts(parts: Iterable[Part]) -> Metric:
    """Return which parts are ready: 1, or 0."""
    family = GaugeMetricFamily(
        "certferry_ready", "Whether a part is ready (/readyz)", labels=("part",)
    )
    for part in parts:
        family.add_metric((part.name.replace(" ", "_"),), float(part.is_ready))
    return family


def of_database(session: Session, ca: CaContext, now: datetime) -> Iterator[Metric]:
    """Yield ages of the work, ends of lists and certificates, and what waits."""
    yield _jobs(session, now)
    yield _waiting(session)
    status = overview(session, ca, now)
    yield from _lists({"issuing": status.full, "root": status.root})
    ends = GaugeMetricFamily(
        "certferry_certificate_not_after_timestamp_seconds",
        "When a certificate that the centre signs with ends",
        labels=("name",),
    )
    for held in status.certificates:
        if held.end:
            ends.add_metric((held.name,), held.end.timestamp())
    yield ends


def info(version: str) -> Metric:
    """Return which version answers."""
    family = GaugeMetricFamily(
        "certferry_info", "1; the version is its label", labels=("version",)
    )
    family.add_metric((version,), 1)
    return family


def of_pairings(count: int) -> Metric:
    """Return how many pairings are open, of this worker or in the shared Redis."""
    return GaugeMetricFamily(
        "certferry_pairings_open", "Pairings that have not ended", value=count
    )


def of_pool(in_use: int, size: int) -> Metric:
    """Return the connections of the worker that answers."""
    family = GaugeMetricFamily(
        "certferry_database_connections",
        "Connections of the worker that answers",
        labels=("state",),
    )
    family.add_metric(("in_use",), in_use)
    family.add_metric(("kept",), size)
    return family


def _jobs(session: Session, now: datetime) -> Metric:
    family = GaugeMetricFamily(
        "certferry_job_age_seconds",
        "How long ago a piece of background work was done",
        labels=("job",),
    )
    rows = session.execute(select(Job.name, Job.finished_at).order_by(Job.name))
    for name, finished_at in rows:
        if finished_at is not None:
            family.add_metric((name,), (now - finished_at).total_seconds())
    return family


def _waiting(session: Session) -> Metric:
    family = GaugeMetricFamily(
        "certferry_notices_waiting",
        "Letters and calls that are to leave",
        labels=("kind",),
    )
    for kind, waits_for in (
        ("expiry", Notice.try_at),
        ("change", ChangeNotice.try_at),
        ("use", UseNotice.try_at),
    ):
        query = select(func.count()).where(waits_for.is_not(None))
        family.add_metric((kind,), session.scalar(query) or 0)
    return family


def _lists(lists: Mapping[str, ListOverview | None]) -> Iterator[Metric]:
    families = {
        "number": "Number of the newest list",
        "entries": "How many certificates the newest list names",
        "next_update_timestamp_seconds": "Until when the newest list counts",
    }
    for figure, text in families.items():
        family = GaugeMetricFamily(f"certferry_list_{figure}", text, labels=("issuer",))
        for issuer, entry in lists.items():
            if entry is None:
                continue
            value = {
                "number": float(entry.number),
                "entries": float(entry.entries),
                "next_update_timestamp_seconds": entry.next_update.timestamp(),
            }
            family.add_metric((issuer,), value[figure])
        yield family
