"""A charge is recorded with its certificate and decided over once, by somebody else."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.certificate_factory import CertificateFactory
from webapp.accounts.models import Operator, Role
from webapp.audit.models import AuditEntry
from webapp.billing import service
from webapp.billing.errors import (
    ChargeNoteError,
    ChargeSettledError,
    OwnChargeError,
    UnknownChargeError,
)
from webapp.billing.models import Charge, ChargeState


@pytest.fixture
def factory(app, stored):
    return CertificateFactory.of(app, stored)


@pytest.fixture
def charge(factory, stored, now):
    factory.issued(now, type_id="personal-general")
    return stored.scalar(select(Charge))


@pytest.fixture
def clerk(stored, now):
    return operator(stored, now)


def operator(stored, now, *, login_id="clerk-1", customer_id=None):
    clerk = Operator(
        login_id=login_id,
        password_hash="x",
        session_key=login_id,
        name="박서무",
        role=Role.COUNTER,
        customer_id=customer_id,
        created_at=now,
    )
    stored.add(clerk)
    stored.commit()
    return clerk.id


def test_a_paid_type_is_charged_and_a_free_one_is_not(factory, stored, now):
    paid = factory.issued(now, type_id="personal-general")
    factory.issued(now, type_id="personal-sign")

    (charge,) = service.charges_of(stored, factory.customer)
    assert (charge.won, charge.state) == (4400, ChargeState.OPEN)
    assert charge.certificate_id == paid.id
    assert service.find_charge(stored, paid).id == charge.id


def test_settled_by_an_operator_it_is_noted_by_whom_and_in_the_log(
    stored, charge, clerk, now
):
    done = service.settle(stored, charge.id, operator_id=clerk, note=" R-77 ", now=now)
    stored.commit()

    assert (done.state, done.decided_by, done.note) == ("settled", clerk, "R-77")
    last = stored.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.event, last.actor) == ("charge.settled", f"operator:{clerk}")
    assert service.open_charges(stored) == []


@pytest.mark.parametrize("again", [service.settle, service.waive])
def test_nothing_is_paid_twice(stored, charge, clerk, now, again):
    service.settle(stored, charge.id, operator_id=clerk, note="first", now=now)
    stored.commit()

    with pytest.raises(ChargeSettledError):
        again(stored, charge.id, operator_id=clerk, note="second", now=now)

    stored.refresh(charge)
    assert (charge.state, charge.note) == (ChargeState.SETTLED, "first")


def test_of_two_operators_at_once_one_settles(app, stored, charge, clerk, now):
    sessions = app.extensions["certferry.sessions"]
    outcomes, both, id_ = [], threading.Barrier(2), charge.id

    def run():
        with sessions() as session:
            session.get(Charge, id_)  # both have read it as open
            both.wait(5)
            outcomes.append(settled(session, id_, clerk, now))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["charge_settled", "settled"]


def settled(session: Session, id_, clerk, now) -> str:
    try:
        service.settle(session, id_, operator_id=clerk, note="", now=now)
        session.commit()
    except Exception as error:
        return getattr(error, "code", repr(error))
    return "settled"


def test_a_waiver_says_why(stored, charge, clerk, now):
    with pytest.raises(ChargeNoteError):
        service.waive(stored, charge.id, operator_id=clerk, note="  ", now=now)

    done = service.waive(
        stored, charge.id, operator_id=clerk, note="our mistake", now=now
    )
    assert (done.state, done.note) == (ChargeState.WAIVED, "our mistake")


def test_a_note_is_a_line(stored, charge, clerk, now):
    with pytest.raises(ChargeNoteError):
        service.settle(stored, charge.id, operator_id=clerk, note="x" * 101, now=now)


def test_nobody_decides_over_their_own_charge(factory, stored, charge, now):
    own = operator(stored, now, login_id="hana-2", customer_id=factory.customer.id)

    for decide in (service.settle, service.waive):
        with pytest.raises(OwnChargeError):
            decide(stored, charge.id, operator_id=own, note="mine", now=now)


def test_an_unknown_charge_is_refused(stored, clerk, now):
    with pytest.raises(UnknownChargeError):
        service.settle(stored, "nothing", operator_id=clerk, note="", now=now)


def test_open_charges_come_in_pages_oldest_first(factory, stored, now):
    for hour in range(3):
        factory.issued(now - timedelta(hours=hour), type_id="personal-general")

    first = service.open_charges(stored, limit=2)
    last = first[-1][0]
    rest = service.open_charges(stored, limit=2, after=(last.recorded_at, last.id))

    times = [charge.recorded_at for charge, _customer in first + rest]
    assert times == sorted(times)
    assert len({charge.id for charge, _customer in first + rest}) == 3
