"""Every listing walks one index: no table is scanned, no page is sorted."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import event

from webapp.certificates.lifecycle import CertificateStatus
from webapp.ra.certificates.certificate_list import Filters, list_certificates
from webapp.ra.certificates.statistics import Interval, count
from webapp.ra.customers.customer_search import find_customers
from webapp.web.pagination import Cursor

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)
FROM = NOON - timedelta(days=90)
CASES = list(
    product(
        (None, *CertificateStatus),
        ("", "personal-bank"),
        (None, FROM),
        (None, False, True),
    )
)


def plans_of(stored, work):
    """Return how SQLite goes about each SELECT of some work."""
    statements = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    engine = stored.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    connection = stored.connection().connection.cursor()
    plans = []
    for statement, parameters in statements:
        connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans += [row[3] for row in connection.fetchall()]
    return plans


@pytest.mark.parametrize(("status", "type_id", "begin", "back"), CASES)
def test_a_page_of_certificates_is_one_walk(stored, status, type_id, begin, back):
    filters = Filters(status=status, type_id=type_id, issued_from=begin)
    place = None if back is None else Cursor(NOON, "x", back)

    plans = plans_of(
        stored, lambda: list_certificates(stored, filters, place, NOON, size=4)
    )

    assert plans
    for plan in plans:
        # Rows of one moment are put in order among themselves, a few at a time.
        assert "INDEX" in plan or "PART OF" in plan or "LAST TERM" in plan, plan
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@pytest.mark.parametrize(
    "typed", ["김", "hana", "20261122", "010-1234-567", "abcdef", "3F7A-91C2", "1" * 40]
)
def test_a_search_for_customers_scans_nothing(stored, typed):
    plans = plans_of(stored, lambda: find_customers(stored, typed))
    listed = Filters(text=typed)
    plans += plans_of(stored, lambda: list_certificates(stored, listed, None, NOON))
    plans = [plan for plan in plans if "TEMP B-TREE" not in plan]  # of a few found

    assert all(plan.startswith("SEARCH") for plan in plans), plans


@pytest.mark.parametrize("span", list(Interval))
def test_the_picture_reads_indexes_alone(stored, span):
    plans = plans_of(stored, lambda: count(stored, span, NOON))

    assert all("SEARCH certificate USING COVERING INDEX" in plan for plan in plans)
