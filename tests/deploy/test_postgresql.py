"""The centre on a real PostgreSQL: the same walk, the same refusals, nothing lost."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from shutil import copy
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography import x509
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.makers import make_request
from tests.support.customers import register
from tests.support.postgresql_server import PostgresqlServer
from tests.webapp.browser_client import STEPS, Browser
from tests.webapp.older import write_older
from webapp import create_app, db
from webapp.accounts.models import Customer
from webapp.accounts.service import new_customer
from webapp.audit.checkpoint import sign_checkpoint, verify
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.audit.verification import BrokenLogError
from webapp.certificates.models import Certificate, StatusChangeCounter
from webapp.certificates.revocation import mark_crl_stale
from webapp.clock import utc_now
from webapp.db import unit_of_work_on
from webapp.demo import instance, people
from webapp.enrolment.models import Application
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind
from webapp.repository.certificate_status import count_changes
from webapp.repository.crl import CRL_REFRESH, current_crl

ROOT = Path(__file__).resolve().parents[2]
URL = "http://127.0.0.1:8000"
PASSWORD = "correct horse battery"
MIGRATE = "import sys; from webapp import db; db.migrate(db.make_engine(sys.argv[1]))"
NOW = utc_now()
AT_ONCE = 8


@pytest.fixture(scope="module")
def server():
    with PostgresqlServer() as running:
        yield running


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """The configuration of a centre but for its database."""
    folder = tmp_path_factory.mktemp("centre")
    demo_instance = instance.create_or_open(
        folder, public_url=URL, pki_url=URL, now=NOW
    )
    return replace(
        demo_instance.config,
        rate_limits=False,
        require_phone_check=False,
        require_security_card=False,
    )


@pytest.fixture(scope="module")
def template(server):
    """A database with tables and one customer, to be copied."""
    engine = db.make_engine(server.make("template_of_centres"))
    db.migrate(engine)
    with Session(engine) as session:
        customer = new_customer(
            login_id="demo",
            password=PASSWORD,
            name="김하나",
            latin_name="KIM HANA",
            birth_date=people.BIRTH_DATE,
        )
        register(session, customer, NOW)
    engine.dispose()
    return "template_of_centres"


@pytest.fixture
def url(server, template, request):
    return server.copy(template, f"copy_{abs(hash(request.node.name))}")


@pytest.fixture
def engine(url):
    new_engine = db.make_engine(url)
    yield new_engine
    new_engine.dispose()


@pytest.fixture
def app(settings, url, tmp_path):
    # The newest list lies beside the key: no two databases share that folder.
    key = Path(copy(settings.issuing_key, tmp_path))
    new_app = create_app(replace(settings, database_url=url, issuing_key=key))
    yield new_app
    new_app.extensions["certferry.sessions"].kw["bind"].dispose()


@pytest.fixture
def customer(app):
    visitor = Browser(app.test_client())
    visitor.sign_in("demo", PASSWORD)
    return visitor


@pytest.fixture
def stored(engine):
    with Session(engine) as session:
        yield session


def counted(session, model):
    return session.scalar(select(func.count()).select_from(model))


def at_once(work, count=AT_ONCE):
    """Run `work` in so many threads that begin at the same moment."""
    ready = Barrier(count)

    def one(number):
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def went(answer):
    """Return where a form led to that was taken."""
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["Location"]


def issued(visitor, application_id):
    answer = visitor.order(application_id, make_request(key=new_key(KeyKind.P_256)))
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def test_the_migrations_make_exactly_the_tables_of_the_models(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.Base.metadata) == []


def test_processes_that_start_at_once_migrate_once(server):
    url = server.make("fresh")
    started = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, url], cwd=ROOT)
        for _ in range(3)
    ]

    assert [process.wait(60) for process in started] == [0, 0, 0]
    engine = db.make_engine(url)
    assert inspect(engine).has_table("audit_head")
    with Session(engine) as session:
        assert verify(session).entries == 0
    engine.dispose()


def test_a_log_of_the_older_form_is_chained(server):
    engine = db.make_engine(server.make("older"))
    with engine.begin() as connection:
        write_older(connection)
    db.migrate(engine)

    with Session(engine) as session:
        assert verify(session).entries == 3
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.actor for entry in entries] == ["customer:1", "customer:1", "centre"]
    engine.dispose()


def test_the_whole_life_of_a_certificate(app, customer, stored):
    first = issued(customer, customer.walk())
    customer.send_json(first + "/delivered", {"place": "browser"})
    customer.show_again(PASSWORD)
    for door in ("suspend", "resume"):
        went(customer.submit(f"{first}/{door}"))

    location = went(customer.submit(f"{first}/reissue"))
    application = location.split("/applications/")[1].split("/")[0]
    for step, fields in STEPS[:2]:
        went(customer.submit(f"/applications/{application}/{step}", **fields))
    request = make_request(key=new_key(KeyKind.P_256))
    second = customer.order(application, request, key="second" * 3)
    assert second.status_code == 201, second.text
    place = second.headers["Location"]
    customer.send_json(place + "/delivered", {"place": "browser"})
    fields = {"reason": "cessation_of_operation", "scope": "one", "confirmed": "yes"}
    went(customer.submit(f"{place}/revoke", **fields))

    assert [
        certificate.state for certificate in stored.scalars(select(Certificate))
    ] == [
        "revoked",
        "revoked",
    ]
    crl = x509.load_der_x509_crl(customer.client.get("/pki/issuing.crl").data)
    assert len(list(crl)) == 2
    assert verify(stored).entries == counted(stored, AuditEntry)


def test_of_orders_at_the_same_time_one_certificate_comes(app, customer, stored):
    application = customer.walk()
    request = make_request(key=new_key(KeyKind.P_256))
    visitors = copies(app, customer)

    answers = at_once(lambda number: visitors[number].order(application, request))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert counted(stored, Certificate) == 1
    verify(stored)


def test_of_orders_with_different_keys_one_wins(app, customer, stored):
    application = customer.walk()
    requests = [make_request(key=new_key(KeyKind.P_256)) for _ in range(AT_ONCE)]
    visitors = copies(app, customer)

    answers = at_once(
        lambda number: visitors[number].order(
            application, requests[number], key=f"key-of-tab-number-{number}"
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert counted(stored, Certificate) == 1
    verify(stored)


def test_tabs_that_begin_at_the_same_time_get_one_application(app, customer, stored):
    visitors = copies(app, customer)

    applications = at_once(lambda number: visitors[number].begin())

    assert len(set(applications)) == 1
    assert counted(stored, Application) == 1


def copies(app, visitor):
    """Return as many browsers as run at once, all with this person's session."""
    browsers = []
    for _ in range(AT_ONCE):
        client = app.test_client()
        cookie = visitor.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        client.set_cookie(cookie.key, cookie.value, domain=cookie.domain)
        browsers.append(Browser(client, visitor.token))
    return browsers


def test_everybody_writes_to_the_log_at_once_and_nothing_is_lost(engine, stored):
    before = counted(stored, AuditEntry)

    def write(number):
        with Session(engine) as session:
            for turn in range(20):
                # Other rows are locked in every order; the log comes last by itself.
                record(session, "customer.signed_in", customer_id=1, at=NOW)
                mark_crl_stale(session, f"issuer-{(number + turn) % 2}")
                session.get_one(Customer, 1).email = f"{number}@example.com"
                session.commit()

    at_once(write)

    assert verify(stored).entries == before + AT_ONCE * 20
    counts = stored.scalars(select(StatusChangeCounter.count)).all()
    assert sum(counts) == AT_ONCE * 20


def test_lists_are_never_numbered_twice_while_many_change_and_sign(engine, app):
    authority = app.extensions["certferry.ca"].authority

    def work(number):
        lists = []
        with Session(engine) as session:
            for turn in range(5):
                mark_crl_stale(session, authority.issuer_id)
                session.commit()
                taken = count_changes(session, authority.issuer_id)
                crl = current_crl(session, authority, NOW + turn * CRL_REFRESH)
                assert crl.number >= taken
                lists.append((crl.number, crl.der))
        return lists

    lists = [numbered for lists in at_once(work, 4) for numbered in lists]

    numbers = {number for number, _der in lists}
    assert len(numbers) == len(set(lists))


def test_a_checkpoint_is_signed_while_others_write(engine, stored, app):
    authority = app.extensions["certferry.ca"].authority

    def work(number):
        with Session(engine) as session:
            for _ in range(10):
                if number == 0:
                    with unit_of_work_on(session):
                        sign_checkpoint(session, authority, utc_now())
                else:
                    record(session, "customer.signed_in", customer_id=1, at=NOW)
                    session.commit()

    at_once(work, 4)

    keys = {authority.issuer_id: authority.key.public_key()}
    assert verify(stored, keys=keys).newest is not None


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE audit_entry SET what = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DELETE FROM audit_checkpoint",
        "TRUNCATE audit_checkpoint",
        "INSERT INTO audit_entry SELECT * FROM audit_entry "
        "ON CONFLICT (id) DO UPDATE SET what = 'x'",
        "INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint "
        "ON CONFLICT (entry_id) DO UPDATE SET hash = 'x'",
        "MERGE INTO audit_entry USING audit_head ON audit_entry.id = count "
        "WHEN MATCHED THEN DELETE",
    ],
)
def test_the_database_refuses_to_change_the_log(engine, harm):
    with engine.connect() as connection, pytest.raises(DatabaseError, match="append"):
        connection.execute(text(harm))


def test_what_was_done_behind_the_triggers_is_found(engine, stored):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_entry SET customer_id = 9 WHERE id = 1"))

    with pytest.raises(BrokenLogError, match="Entry 1"):
        verify(stored)


def test_a_restart_of_the_server_costs_nobody_an_error(server, app, customer):
    application = customer.walk()
    server.stop()
    away = customer.open("/applications/" + application)
    asked = customer.order(application, make_request(key=new_key(KeyKind.P_256)))
    server.start()

    assert away.status_code == 503
    assert (asked.status_code, asked.json["code"]) == (503, "busy")
    assert issued(customer, application)


def test_a_lock_that_is_held_for_too_long_says_busy(engine, customer):
    with engine.begin() as connection:
        connection.execute(text("SELECT * FROM audit_head FOR UPDATE"))
        answer = customer.submit("/sign-out")

    assert answer.status_code == 503
    assert "busy" in answer.text


def test_text_that_no_database_keeps_is_a_bad_request(app, customer):
    visitor = Browser(app.test_client())
    visitor.open("/sign-in")

    answer = visitor.submit("/sign-in", login_id="de\x00mo", password=f"{PASSWORD}x")

    assert answer.status_code in (400, 401)


def test_connections_that_are_all_taken_say_busy(settings, url, monkeypatch):
    monkeypatch.setattr(
        "webapp.db.create_engine",
        lambda url, **options: create_engine(url, **options | {"pool_timeout": 0.1}),
    )
    app = create_app(replace(settings, database_url=url))
    bind = app.extensions["certferry.sessions"].kw["bind"]
    held = [bind.connect() for _ in range(20)]

    answer = app.test_client().get("/sign-in", headers={"Accept": "text/html"})
    listed = app.test_client().get("/pki/issuing.crl")

    for connection in held:
        connection.close()
    bind.dispose()
    assert answer.status_code in (200, 503)
    assert listed.status_code == 503


GREEN = """
from gevent import monkey; monkey.patch_all()
import gevent, sys
from sqlalchemy import text
from webapp import db
engine = db.make_engine(sys.argv[1])
steps = []
def sleep():
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(1)"))
    steps.append("slept")
def tick():
    for _ in range(5):
        gevent.sleep(0.05)
    steps.append("ticked")
gevent.joinall([gevent.spawn(sleep), gevent.spawn(sleep), gevent.spawn(tick)])
print(*steps)
"""


def test_a_query_lets_the_other_visitors_go_on(url):
    answer = subprocess.run(
        [sys.executable, "-c", GREEN, url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.split() == ["ticked", "slept", "slept"]
