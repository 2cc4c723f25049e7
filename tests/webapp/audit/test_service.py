"""Facts are numbered without a gap, whoever writes at once, and with what they tell."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.webapp.audit.tampering import NOON, write
from webapp import db
from webapp.audit.actors import SYSTEM, Actor
from webapp.audit.checkpoint import verify
from webapp.audit.models import AuditEntry
from webapp.audit.service import MAX_DETAIL, record

ROOT = Path(__file__).resolve().parents[3]
WRITE = """
import sys
from tests.webapp.audit.tampering import write
from webapp import db
engine = db.make_engine(sys.argv[1])
with engine.connect() as connection:
    connection.exec_driver_sql("PRAGMA busy_timeout=20000")
write(engine, 25)
"""


def numbers(session):
    return session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()


def test_numbers_have_no_gap_after_what_was_rolled_back(ten):
    with Session(ten) as session:
        record(session, "never.happened", at=NOON)
        session.rollback()
        record(session, "never.happened", at=NOON)
        session.close()
        record(session, "has.happened", at=NOON)
        session.commit()

        assert numbers(session) == list(range(1, 12))
        assert session.get_one(AuditEntry, 11).event == "has.happened"
        assert verify(session).entries == 11


def test_several_facts_of_one_commit_stand_in_their_order(engine):
    with Session(engine) as session:
        for event in ("first.one", "second.one", "third.one"):
            record(session, event, at=NOON)
        session.commit()

        events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
        assert events == ["first.one", "second.one", "third.one"]
        verify(session)


def test_who_did_it_is_the_customer_unless_said(engine):
    with Session(engine) as session:
        record(session, "a.done", customer_id=7, at=NOON)
        record(session, "b.done", customer_id=7, actor=Actor.operator(2), at=NOON)
        record(session, "c.done", at=NOON)
        session.commit()

        actors = session.scalars(select(AuditEntry.actor).order_by(AuditEntry.id)).all()
    assert actors == ["customer:7", "operator:2", str(SYSTEM)]


def test_what_does_not_fit_is_refused_at_once_on_every_database(engine):
    with Session(engine) as session:
        with pytest.raises(ValueError, match="too long"):
            record(session, "w", at=NOON, detail={"d": "x" * MAX_DETAIL})
        session.commit()

        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_threads_that_write_at_once_lose_nothing(engine):
    def work(_number):
        while True:
            try:
                write(engine, 1)
            except OperationalError as error:
                if not db.is_transient(error):  # SQLite may give up waiting: busy
                    raise
            else:
                return

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(80)))

    with Session(engine) as session:
        assert verify(session).entries == 80


def test_processes_that_write_at_once_lose_nothing(engine):
    url = engine.url.render_as_string()
    started = [
        subprocess.Popen([sys.executable, "-c", WRITE, url], cwd=ROOT) for _ in range(3)
    ]

    assert [process.wait(60) for process in started] == [0, 0, 0]
    with Session(engine) as session:
        assert verify(session).entries == 75
