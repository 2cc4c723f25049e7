"""What the counter's second person rests on, many at once, on SQLite and PostgreSQL."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier, Lock

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.postgresql_server import PostgresqlServer
from webapp import db
from webapp.accounts.models import AccountChange, Customer, Operator, Role
from webapp.accounts.second_operator import (
    RegistrationUnconfirmedError,
    SecondOperatorRule,
)
from webapp.accounts.service import add_customer
from webapp.clock import utc_now
from webapp.db import unit_of_work_on
from webapp.demo import instance
from webapp.notifications.change_notices import send_change_notices
from webapp.notifications.changes import require_free
from webapp.notifications.delivery import Messenger
from webapp.notifications.models import ChangeNotice
from webapp.ra.approvals import account_confirmations
from webapp.ra.approvals.acts import Justification
from webapp.ra.customers import csv_import, customer_actions, registration
from webapp.ra.errors import NoChangeError, OwnChangeError
from webapp.ra.models import CustomerImport, ImportState
from webapp.ra.operators import service

URL = "http://127.0.0.1:8000"
AT_ONCE = 6
SHEET = "login_id,name,latin_name,birth_date\r\n" + "".join(
    f"many{n},김하나,KIM HANA,20010203\r\n" for n in range(20)
)


@pytest.fixture(scope="module")
def server():
    with PostgresqlServer() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    """A database with its tables, of either kind."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'certferry.db'}"
    else:
        server = request.getfixturevalue("server")
        address = server.make(f"counter_{secrets.token_hex(4)}")
    new_engine = db.make_engine(address)
    db.migrate(new_engine)
    yield new_engine
    new_engine.dispose()


@pytest.fixture
def stored(engine):
    with Session(engine) as session:
        yield session


@pytest.fixture
def hana(stored):
    new = Customer(
        login_id="hana",
        password_hash="x",
        name="김하나",
        latin_name="KIM HANA",
        birth_date=date(1990, 1, 31),
        phone="+821012345678",
        email="hana@example.com",
    )
    customer = add_customer(stored, new, utc_now())
    stored.commit()
    return customer.id


def make_operator(stored, role=Role.COUNTER, actor=None):
    new = service.NewOperator(
        login_id=f"op-{secrets.token_hex(4)}",
        name="박창구",
        role=role,
        password_hash="x",
        must_change_password=False,
    )
    operator = service.add(stored, actor, new, utc_now())
    stored.commit()
    return operator.id


def at_once(engine, work, count=AT_ONCE):
    """Run `work(session, number)` in so many threads that begin together.

    Return what each returned, or the kind of refusal.
    """
    ready = Barrier(count)

    def one(number):
        with Session(engine) as session:
            ready.wait()
            try:
                with unit_of_work_on(session):
                    return work(session, number)
            except (NoChangeError, OwnChangeError) as error:
                session.rollback()
                return type(error)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def test_of_many_who_agree_one_does(engine, stored, hana):
    clerk = make_operator(stored)
    others = [make_operator(stored) for _ in range(AT_ONCE)]
    customer_actions.edit_contact(
        stored,
        stored.get(Operator, clerk),
        stored.get(Customer, hana),
        phone="+821099990000",
        email="hana@example.com",
        justification=Justification("by_request"),
        now=utc_now(),
    )
    seen = stored.scalar(select(AccountChange.id))
    stored.commit()

    def agree(session, number):
        account_confirmations.agree(
            session,
            session.get(Operator, others[number]),
            session.get(Customer, hana),
            seen=seen,
            now=utc_now(),
        )
        return "agreed"

    answers = at_once(engine, agree)

    assert answers.count("agreed") == 1
    assert answers.count(NoChangeError) == AT_ONCE - 1


def test_of_many_who_change_a_number_one_does_and_its_owner_is_told_once(
    engine, stored, hana
):
    clerks = [make_operator(stored) for _ in range(AT_ONCE)]
    stored.commit()

    def change(session, number):
        customer = session.get(Customer, hana)
        customer_actions.edit_contact(
            session,
            session.get(Operator, clerks[number]),
            customer,
            phone=f"+82109999000{number}",
            email=customer.email,
            justification=Justification("by_request"),
            now=utc_now(),
        )
        return "changed"

    answers = at_once(engine, change)

    told = stored.execute(
        select(ChangeNotice.address).where(ChangeNotice.channel == "phone")
    ).all()
    assert len(told) == answers.count("changed")
    # Each heard at the number that stood there before, never at a new one twice.
    assert len({address for (address,) in told}) == len(told)
    assert "+821012345678" in {address for (address,) in told}


def test_many_workers_tell_each_person_once(engine, stored, hana):
    clerk = stored.get(Operator, make_operator(stored))
    customer = stored.get(Customer, hana)
    for number in range(5):
        customer_actions.edit_contact(
            stored,
            clerk,
            customer,
            phone=f"+82109999000{number}",
            email=customer.email,
            justification=Justification("by_request"),
            now=utc_now(),
        )
    stored.commit()
    carried, lock = [], Lock()

    class Carrier:
        def send(self, message):
            with lock:
                carried.append(message["Message-ID"])

        def announce(self, number, _sentences):
            with lock:
                carried.append(number)

    carrier = Carrier()
    messenger = Messenger(
        mailer=carrier, voice=carrier, mail_from="ca@example.com", public_url=URL
    )

    at_once(
        engine, lambda session, _n: send_change_notices(session, messenger, utc_now())
    )

    assert len(carried) == len(set(carried)) == 10
    open_ones = select(func.count(ChangeNotice.id)).where(
        ChangeNotice.sent_at.is_(None)
    )
    assert stored.scalar(open_ones) == 0


def test_of_many_administrators_who_confirm_one_does_and_the_asker_never(
    engine, stored
):
    chiefs = [make_operator(stored, Role.ADMINISTRATOR) for _ in range(AT_ONCE)]
    asker = stored.get(Operator, chiefs[0])
    newcomer = make_operator(stored, Role.ADMINISTRATOR, actor=asker)
    stored.commit()

    def confirm(session, number):
        service.confirm(
            session,
            session.get(Operator, chiefs[number]),
            session.get(Operator, newcomer),
            role=Role.ADMINISTRATOR,
            now=utc_now(),
        )
        return "confirmed"

    answers = at_once(engine, confirm)

    assert answers.count("confirmed") == 1
    assert answers[0] in (OwnChangeError, NoChangeError)


def test_an_import_that_many_workers_see_registers_everybody_once_and_holds_them(
    engine, stored, tmp_path, monkeypatch
):
    monkeypatch.setattr(registration, "hash_password", lambda secret: f"hash {secret}")
    demo_instance = instance.create_or_open(
        tmp_path / "demo", public_url=URL, pki_url=URL, now=utc_now()
    )
    settings = csv_import.import_settings(
        replace(demo_instance.config, require_phone_check=False)
    )
    clerk, other = make_operator(stored), make_operator(stored)
    import_id = csv_import.new_id()
    csv_import.begin(
        stored,
        stored.get(Operator, clerk),
        import_id,
        text=SHEET,
        total=20,
        settings=settings,
        now=utc_now(),
    )
    stored.commit()

    ended = at_once(
        engine,
        lambda session, _n: csv_import.run(session, import_id, settings, clock=utc_now),
    )

    assert ended.count(ImportState.DONE) == 1
    assert ended.count(None) == AT_ONCE - 1
    assert stored.scalar(select(func.count(Customer.id))) == 20
    kept = stored.get(CustomerImport, import_id)
    handed = csv_import.list_handed_over(stored, kept, settings, utc_now())
    assert all(handover.password for handover in handed)
    rule, one = SecondOperatorRule(), handed[0].customer.id
    with pytest.raises(RegistrationUnconfirmedError):
        require_free(stored, one, rule, utc_now())
    colleague = stored.get(Operator, other)
    [held] = account_confirmations.held_imports(stored, colleague, rule, utc_now())
    assert held.count == 20
    assert (
        account_confirmations.agree_to_import(stored, colleague, import_id, utc_now())
        == 20
    )
    require_free(stored, one, rule, utc_now())
