"""Read the log by the page, the newest first.

Every page is one walk of one index, however long the log is. Days are found by halving,
since entries are numbered in the order in which they came. What no index answers alone
(an operator's entries of one kind) is looked for in a stretch of entries: far back it
costs a few more presses, never a walk through millions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, Operator
from webapp.audit.models import AuditEntry, AuditHead
from webapp.certificates.models import Certificate
from webapp.ra.customers.customer_search import customer_ids
from webapp.ra.permissions import CAN_READ_AUDIT, require_role
from webapp.web.pagination import index_hint, split_page

PAGE: Final = 50
SCAN_LIMIT: Final = 20_000
MAX_PEOPLE: Final = 20  # of one name
MAX_EXPORTED: Final = 20_000
# An entry is numbered when its transaction ends, and dated when it began.
CLOCK_SKEW: Final = timedelta(hours=1)
_E = AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilters:
    """Which entries are asked for; all of them when nothing is said.

    `actor` is one as it is stored ("operator:2"). `before` itself does not count.
    """

    event: str = ""
    actor: str = ""
    person: str = ""  # name, ID, customer number or phone
    customer_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """Whom and what the entries of a page are about, by number."""

    customers: dict[int, tuple[str, str]] = field(default_factory=dict)  # and number
    operators: dict[int, str] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, who they are about, and where the next page begins; None at the end.

    `cut`: more people than are looked for have this name.
    """

    entries: tuple[AuditEntry, ...]
    names: Names
    older: int | None
    truncated: bool = False


def read(
    session: Session,
    operator: Operator,
    filters: LogFilters,
    *,
    before: int | None = None,
    size: int = PAGE,
) -> LogPage:
    """Return entries below the number `before`.

    Raises:
        ForbiddenRoleError
    """
    require_role(operator, CAN_READ_AUDIT)
    people, truncated = _people(session, filters)
    if people == ():
        return LogPage((), Names(), None)
    first, end = _bounds(session, filters)
    end = min(end, before) if before else end
    floor = first
    if filters.event and filters.actor and people is None:
        floor = max(first, end - SCAN_LIMIT)
    stmt = _matching(filters, people).where(_E.id < end, _E.id >= floor).limit(size + 1)
    entries = session.scalars(stmt).all()
    shown, has_more = split_page(entries, size)
    older = shown[-1].id if has_more else (floor if floor > first else None)
    return LogPage(tuple(shown), names_for(session, shown), older, truncated)


def read_all(
    session: Session, operator: Operator, filters: LogFilters
) -> Iterator[LogPage]:
    """Yield the newest entries that fit, in batches, up to MAX_EXPORTED.

    Raises:
        ForbiddenRoleError
    """
    before, left = None, MAX_EXPORTED
    while left > 0:
        page = read(session, operator, filters, before=before, size=min(1000, left))
        left -= len(page.entries)
        yield page
        if page.older is None:
            return
        before = page.older


def names_for(session: Session, entries: Iterable[AuditEntry]) -> Names:
    """Return the names of those whom entries are about, in three questions at most."""
    entries = list(entries)
    customers = {
        entry.customer_id for entry in entries if entry.customer_id is not None
    }
    certificates = {entry.certificate_id for entry in entries if entry.certificate_id}
    people = session.execute(
        select(Customer.id, Customer.name, Customer.number).where(
            Customer.id.in_(customers)
        )
    )
    serials = session.execute(
        select(Certificate.id, Certificate.serial).where(
            Certificate.id.in_(certificates)
        )
    )
    return Names(
        {number: (name, shown) for number, name, shown in people} if customers else {},
        dict(list_operator_names(session)),
        {row.id: row.serial for row in serials} if certificates else {},
    )


def list_operator_names(session: Session) -> list[tuple[int, str]]:
    """Return number and name of everybody who works or worked here."""
    rows = session.execute(select(Operator.id, Operator.name))
    people = [(number, name) for number, name in rows]
    return sorted(people, key=lambda person: (person[1], person[0]))


def _people(
    session: Session, filters: LogFilters
) -> tuple[tuple[int, ...] | None, bool]:
    """Return whose entries are asked for; None for everybody's."""
    if filters.customer_id is not None:
        return (filters.customer_id,), False
    if not filters.person:
        return None, False
    ids, truncated = customer_ids(session, filters.person)
    return tuple(ids[:MAX_PEOPLE]), truncated or len(ids) > MAX_PEOPLE


def _matching(filters: LogFilters, people: tuple[int, ...] | None) -> Select[Any]:
    stmt = select(_E).order_by(_E.id.desc())
    if people is not None:
        is_one = len(people) == 1
        stmt = stmt.where(
            _E.customer_id == people[0] if is_one else _E.customer_id.in_(people)
        )
    if filters.actor:
        stmt = stmt.where(index_hint(_E.actor, leads=people is None) == filters.actor)
    if filters.event:
        leads = people is None and not filters.actor
        stmt = stmt.where(index_hint(_E.event, leads=leads) == filters.event)
    if filters.since:
        stmt = stmt.where(_E.at >= filters.since)
    if filters.before:
        stmt = stmt.where(_E.at < filters.before)
    return stmt


def _bounds(session: Session, filters: LogFilters) -> tuple[int, int]:
    """Return the first number that may fit, and the first after those that may."""
    count = session.scalar(select(AuditHead.count)) or 0
    first, end = 1, count + 1
    if filters.since:
        first = _first_since(session, filters.since - CLOCK_SKEW, count)
    if filters.before:
        end = _first_since(session, filters.before + CLOCK_SKEW, count)
    return first, end


def _first_since(session: Session, moment: datetime, count: int) -> int:
    """Return the number of the first entry at or after a moment, by halving."""
    low, high = 1, count + 1
    while low < high:
        middle = (low + high) // 2
        at = session.scalar(select(_E.at).where(_E.id == middle))
        if at is None or at < moment:  # none: somebody took it out of the log
            low = middle + 1
        else:
            high = middle
    return low
