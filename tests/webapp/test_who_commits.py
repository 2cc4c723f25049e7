"""Who commits: the unit of work of a view, job or command, and no service."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from webapp import db
from webapp.audit.events import AuditEvent
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.exceptions import AppError

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"
UNIT_OF_WORK = "db.py"


class CountedError(AppError):
    """A refusal whose attempt was counted."""

    code = "counted"
    keeps_changes = True


def commits(module):
    """Tell whether a module calls `commit` on anything."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
    )


def test_no_service_commits():
    committing = {
        str(path.relative_to(WEBAPP)) for path in WEBAPP.rglob("*.py") if commits(path)
    }

    assert committing == {UNIT_OF_WORK}


def log_something(session):
    record(session, AuditEvent.TERMS_ACCEPTED, customer_id=1, at=datetime.now(UTC))


def log_and_raise(error):
    with db.unit_of_work() as session:
        log_something(session)
        raise error


def logged(stored):
    return stored.scalars(
        select(AuditEntry.event).where(AuditEntry.event == AuditEvent.TERMS_ACCEPTED)
    ).all()


def test_a_unit_of_work_is_committed_at_its_end(app, stored):
    with app.app_context(), db.unit_of_work() as session:
        log_something(session)

    assert logged(stored)


@pytest.mark.parametrize("error", [AppError, ValueError, KeyboardInterrupt])
def test_what_was_refused_or_went_wrong_is_not_stored(app, stored, error):
    with app.app_context(), pytest.raises(error):
        log_and_raise(error)

    assert not logged(stored)


def test_a_refusal_that_counts_an_attempt_keeps_it(app, stored):
    with app.app_context(), pytest.raises(CountedError):
        log_and_raise(CountedError)

    assert logged(stored)


def test_a_commit_that_fails_is_taken_back_so_that_it_can_be_tried_again(app, stored):
    failures = [OperationalError("x", {}, Exception("lock timeout"))]

    def fail_once(_session):
        if failures:
            raise failures.pop()

    def log_with_hook(session):
        with db.unit_of_work_on(session):
            log_something(session)
            db.run_before_commit(session, db.LockOrder.STATUS_CHANGES, fail_once)

    with app.app_context():
        session = db.session()
        with pytest.raises(OperationalError):
            log_with_hook(session)
        log_with_hook(session)

    assert len(logged(stored)) == 1
