"""List certificates by the page, however many there are.

Every listing walks one index from one end and stops after a page
(webapp.web.pagination).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.certificates.lifecycle import CertificateStatus, LifecycleFacts, StoredState
from webapp.certificates.models import Certificate
from webapp.ra.customers.customer_search import customer_ids, match_certificates
from webapp.web.pagination import Cursor, index_hint, keyset_condition

PAGE = 50
MAX_VALIDITY = timedelta(
    days=3 * 366 + 31
)  # a certificate's validity, and a renewal's lead
_LIVE_STATE = {
    CertificateStatus.VALID: StoredState.VALID,
    CertificateStatus.SUSPENDED: StoredState.SUSPENDED,
}
_C = Certificate
_SHOWN = (
    _C.id,
    _C.serial,
    _C.customer_id,
    _C.type_id,
    _C.state,
    _C.reserved_at,
    _C.not_after,
    _C.suspended_at,
    _C.suspended_by,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which certificates are wanted; all of them when nothing is said."""

    status: CertificateStatus | None = None
    type_id: str = ""
    issued_from: datetime | None = None
    issued_before: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate in a list, without its bytes."""

    id: str
    serial: str
    type_id: str
    life: LifecycleFacts
    issued_at: datetime
    customer_id: int
    name: str
    login_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `newer` and `older` are None at the ends. `cut`: more people than are
    looked through have this name."""

    rows: tuple[CertificateRow, ...]
    newer: Cursor | None
    older: Cursor | None
    truncated: bool = False


def list_certificates(
    session: Session,
    filters: Filters,
    cursor: Cursor | None,
    now: datetime,
    *,
    size: int = PAGE,
) -> Page:
    """Return one page, the newest first; of what has run out, the latest to end."""
    order = (
        _C.not_after if filters.status is CertificateStatus.EXPIRED else _C.reserved_at
    )
    about, truncated = _about(session, filters.text)
    rows: list[Row[Any]] = []
    for condition in _conditions(filters, now):
        stmt = select(*_SHOWN).where(
            condition, *about, *keyset_condition(order, _C.id, cursor)
        )
        is_back = cursor is not None and cursor.back
        stmt = stmt.order_by(
            *((order.asc(), _C.id.asc()) if is_back else (order.desc(), _C.id.desc()))
        )
        rows += list(session.execute(stmt.limit(size + 1)))
    return replace(_page(session, rows, order.key, cursor, size), truncated=truncated)


def _conditions(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    """Return what rows must be; where two states are meant, each by itself.

    Where a text names whose they are, nothing else leads the way.
    """
    leads = not filters.text
    state, ends = (
        index_hint(_C.state, leads=leads),
        index_hint(_C.not_after, leads=leads),
    )
    shared: list[ColumnElement[bool]] = []
    if filters.type_id:
        shared.append(index_hint(_C.type_id, leads=leads) == filters.type_id)
    if filters.status is CertificateStatus.EXPIRED:
        ended = [*shared, *_issued_within(filters, leads=False), ends < now]
        if filters.issued_from is not None:
            ended.append(ends >= filters.issued_from)
        if filters.issued_before is not None:
            ended.append(ends <= filters.issued_before + MAX_VALIDITY)
        return [
            and_(state == one, *ended)
            for one in (StoredState.VALID, StoredState.SUSPENDED)
        ]
    shared += _issued_within(filters, leads=leads)
    if filters.status is None:
        never = [_C.state != one for one in (StoredState.RESERVED, StoredState.VOID)]
        return [and_(*never, *shared)]
    if filters.status is CertificateStatus.REVOKED:
        return [and_(state == StoredState.REVOKED, *shared)]
    lasts = index_hint(_C.not_after, leads=False) >= now
    return [and_(state == _LIVE_STATE[filters.status], lasts, *shared)]


def _issued_within(filters: Filters, *, leads: bool) -> list[ColumnElement[bool]]:
    column = index_hint(_C.reserved_at, leads=leads)
    bounds = []
    if filters.issued_from is not None:
        bounds.append(column >= filters.issued_from)
    if filters.issued_before is not None:
        bounds.append(column < filters.issued_before)
    return bounds


def _about(session: Session, text: str) -> tuple[list[ColumnElement[bool]], bool]:
    """Return conditions for what was typed, and whether too many people fit it."""
    if not text:
        return [], False
    people, truncated = customer_ids(session, text)
    conditions: list[ColumnElement[bool]] = (
        [_C.customer_id.in_(people)] if people else []
    )
    numbered = match_certificates(session, text, _C.id, limit=PAGE * 4)
    if numbered:
        conditions.append(_C.id.in_(numbered))
    return [or_(*conditions) if conditions else _C.id == ""], truncated


def _page(
    session: Session,
    rows: Sequence[Row[Any]],
    key: str,
    cursor: Cursor | None,
    size: int,
) -> Page:
    is_back = cursor is not None and cursor.back
    ordered = sorted(rows, key=lambda row: (getattr(row, key), row.id))
    # Of each state there came a page and one more; what is beyond the page goes.
    shown = ordered[:size] if is_back else ordered[-size:]
    shown.reverse()
    more = len(rows) > size
    first = (cursor is not None) if not is_back else more
    last = more if not is_back else True
    if not shown:
        return Page((), None, None)
    return Page(
        _rows(session, shown),
        Cursor(getattr(shown[0], key), shown[0].id, back=True) if first else None,
        Cursor(getattr(shown[-1], key), shown[-1].id) if last else None,
    )


def _rows(session: Session, rows: Sequence[Row[Any]]) -> tuple[CertificateRow, ...]:
    ids = {row.customer_id for row in rows}
    asked = select(Customer.id, Customer.name, Customer.login_id)
    people = {
        id_: (name, login_id)
        for id_, name, login_id in session.execute(asked.where(Customer.id.in_(ids)))
    }
    return tuple(
        CertificateRow(
            row.id,
            row.serial,
            row.type_id,
            LifecycleFacts(
                state=StoredState(row.state),
                not_after=row.not_after,
                suspended_at=row.suspended_at,
                suspended_by=row.suspended_by,
            ),
            row.reserved_at,
            row.customer_id,
            *people[row.customer_id],
        )
        for row in rows
    )
