"""Each piece of work does what its name says, and one that fails stops no other."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from cryptography import x509
from sqlalchemy import func, select

from tests.support import revocation
from tests.support.asking import make_request
from tests.support.certificate_factory import DAY, CertificateFactory, kst
from webapp import create_app, db
from webapp.audit.models import AuditCheckpoint, AuditEntry
from webapp.authenticators.models import PasskeyChallenge, PhoneCall
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.enrolment.guards import STEP_TIMEOUT
from webapp.enrolment.models import Application, CloseReason
from webapp.enrolment.service import open_application
from webapp.jobs import root_crl
from webapp.jobs.leases import Schedule
from webapp.jobs.models import Job
from webapp.jobs.runner import POLL_INTERVAL, RETRY_DELAY, Runner
from webapp.jobs.tasks import TASKS, JobContext, Task
from webapp.pki.crl import ReasonCode, crl_number
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.rules import State
from webapp.repository.models import Crl
from webapp.repository.newest_crl import NewestCrl

ROOT = Path(__file__).resolve().parents[3]
ISSUED = kst(2026, 11, 23, 12)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now) -> None:
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def factory(app, stored):
    return CertificateFactory.of(app, stored)


@pytest.fixture
def clock():
    return Clock(ISSUED)


@pytest.fixture
def printed():
    return []


@pytest.fixture
def runner(app, clock, printed, tmp_path):
    """A worker beside the centre, with a root of its own; its letters are printed."""
    shared = app.extensions["certferry.ca"]
    folder = copytree(shared.config.root_crl.parent, tmp_path / "own" / "ca")
    config = replace(shared.config, root_crl=folder / "root.crl")
    centre = replace(shared, config=config)
    engine = app.extensions["certferry.sessions"].kw["bind"]
    context = JobContext(centre=centre, mailer=Printer(printed))
    return Runner(engine=engine, context=context, clock=clock)


class Printer:
    def __init__(self, printed) -> None:
        self.printed = printed

    def send(self, message) -> None:
        self.printed.append(message)


def run(runner, **options) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in runner.run_due(**options))


def test_a_first_run_does_everything_and_the_next_nothing(runner):
    names = [task.schedule.name for task in TASKS]

    assert list(run(runner)) == names
    assert run(runner) == {}
    assert list(run(runner, force=True)) == names


def test_a_year_away_is_caught_up_in_one_run(runner, clock, factory, stored, printed):
    ends_soon = factory.issued(ISSUED)
    factory.issued(ISSUED - DAY * 200, type_id="personal-bank")
    suspended = factory.issued(ISSUED + DAY * 100, type_id="personal-bank")
    suspended.state, suspended.suspended_by = StoredState.SUSPENDED, "holder"
    suspended.suspended_at = ISSUED + DAY * 120
    stored.commit()
    clock.now = ends_soon.not_after - DAY * 5

    outcomes = run(runner)

    assert outcomes["suspensions"].startswith("1 ")
    assert outcomes["expiry"].startswith("1 ")
    assert outcomes["notices"] == "1 letters sent, 0 not"
    assert outcomes["checkpoint"] == "signed"
    stored.expire_all()
    assert stored.get_one(Certificate, suspended.id).state == StoredState.REVOKED
    assert len(printed) == 1
    newest = stored.scalar(select(Crl).order_by(Crl.number.desc()).limit(1))
    listed = x509.load_der_x509_crl(newest.der)
    assert listed.get_revoked_certificate_by_serial_number(int(suspended.serial, 16))
    entries = stored.scalar(select(func.count(AuditEntry.id)))
    assert stored.scalar(select(AuditCheckpoint.entry_id)) == entries


def test_without_a_mail_server_no_letter_is_claimed(runner, clock, factory, stored):
    clock.now = factory.issued(ISSUED).not_after - DAY * 5
    silent = replace(runner, context=replace(runner.context, mailer=None))

    assert "no mail server" in run(silent)["notices"]
    assert run(runner, force=True)["notices"] == "1 letters sent, 0 not"


def test_a_piece_that_fails_is_logged_by_kind_and_the_others_go_on(
    runner, clock, stored, capsys
):
    def fail(*_args):
        raise RuntimeError("secret words of somebody")

    every = timedelta(hours=1)
    first = Task(schedule=Schedule(name="bad", every=every, lease_ttl=every), work=fail)
    worker = replace(runner, tasks=(first, *TASKS))

    outcomes = run(worker)

    assert outcomes["bad"] == "failed (RuntimeError), tried again in 5 minutes"
    assert len(outcomes) == len(TASKS) + 1
    out = capsys.readouterr()
    assert "secret words" not in out.out + out.err
    assert "secret words" not in stored.get_one(Job, "bad").result
    clock.now += RETRY_DELAY - timedelta(seconds=1)
    assert "bad" not in run(worker)
    clock.now += timedelta(seconds=1)
    assert "bad" in run(worker)


def test_a_worker_that_is_told_to_stop_begins_nothing_more(runner):
    done = []

    def work(*_args):
        done.append(True)
        return "done"

    every = timedelta(hours=1)
    tasks = tuple(
        Task(schedule=Schedule(name=f"p{n}", every=every, lease_ttl=every), work=work)
        for n in range(3)
    )
    worker = replace(runner, tasks=tasks, stopping=lambda: len(done) >= 2)

    worker.run(lambda _seconds: None, lambda _line: None)

    assert len(done) == 2


def test_an_application_nobody_went_on_with_is_closed(runner, clock, factory, stored):
    id_ = open_application(stored, factory.customer, ISSUED)
    stored.commit()
    clock.now = ISSUED + STEP_TIMEOUT - timedelta(seconds=1)
    assert run(runner)["applications"] == "0 closed"

    clock.now = ISSUED + STEP_TIMEOUT
    assert run(runner, force=True)["applications"] == "1 closed"

    stored.expire_all()
    assert stored.get_one(Application, id_).closed_because == CloseReason.EXPIRED


def test_an_application_whose_certificate_is_not_kept_yet_stays_open(
    runner, clock, factory, stored
):
    application = factory.ready(ISSUED)
    factory.issue(factory.order(application), ISSUED)
    clock.now = ISSUED + DAY

    assert run(runner)["applications"] == "0 closed"

    stored.expire_all()
    assert stored.get_one(Application, application.id).closed_at is None


def test_old_calls_and_challenges_are_deleted_and_fresh_ones_stay(
    runner, clock, factory, stored
):
    application = open_application(stored, factory.customer, ISSUED)
    stored.commit()
    for number, age in enumerate((31, 29)):
        ended = ISSUED - DAY * age
        stored.add(
            PhoneCall(
                id=f"call{number}",
                application_id=application,
                customer_id=factory.customer.id,
                digits="12",
                state="done",
                asked_at=ended,
                ends_at=ended,
                ended_at=ended,
            )
        )
        stored.add(
            PasskeyChallenge(
                id=f"c{number}", purpose="check", challenge=b"c" * 32, ends_at=ended
            )
        )
    stored.commit()

    assert run(runner)["leavings"].startswith("2 ")

    assert stored.scalars(select(PhoneCall.id)).all() == ["call1"]
    assert stored.scalars(select(PasskeyChallenge.id)).all() == ["c1"]


def test_old_requests_are_deleted_unless_they_were_approved(runner, clock, stored):
    for days in (31, 29):
        for state in State:
            request_id = make_request(stored, ISSUED - DAY * days)
            stored.get_one(AskingRequest, request_id).state = state
    stored.commit()

    assert run(runner)["leavings"].endswith(
        f"{len(State) - 1} requests, 0 deliveries, 0 results"
    )

    states = stored.scalars(
        select(AskingRequest.state).where(AskingRequest.asked_at < ISSUED - DAY * 30)
    )
    assert states.all() == [State.APPROVED]
    assert stored.scalar(select(func.count(AskingRequest.id))) == 1 + len(State)


def test_the_revocation_list_is_signed_anew_before_it_ends(runner, clock, stored):
    run(runner)
    for hours in range(1, 49):
        clock.now = ISSUED + timedelta(hours=hours)
        run(runner)
        newest = stored.scalar(select(func.max(Crl.next_update)))
        assert newest > clock.now + timedelta(hours=12)


def test_a_revocation_is_on_a_list_and_beside_the_key_within_a_look_of_the_worker(
    runner, clock, factory, stored
):
    certificate = factory.issued(ISSUED)
    run(runner)
    clock.now += timedelta(seconds=21)
    mine = {"actor": None}
    revocation.revoke(
        stored, certificate, reason=ReasonCode.KEY_COMPROMISE, now=clock.now, **mine
    )
    clock.now += timedelta(seconds=POLL_INTERVAL)

    run(runner)

    newest_list = NewestCrl.beside(runner.context.centre.config.issuing_key).read()
    assert newest_list.get_revoked_certificate_by_serial_number(
        int(certificate.serial, 16)
    )


def test_a_look_at_the_list_signs_none_while_nothing_changed(runner, clock, stored):
    for _ in range(10):
        run(runner)
        clock.now += timedelta(seconds=POLL_INTERVAL)

    assert stored.scalars(select(Crl.number)).all() == [1]


def test_a_demos_root_list_is_signed_anew_with_the_next_number(demo_template, tmp_path):
    folder = copytree(demo_template[0] / "ca", tmp_path / "demo" / "ca")
    path, now = folder / "root.crl", utc_now()
    ends = now + root_crl.time_left(path, now)
    assert not root_crl.renew_demo_crl(path, ends - root_crl.RENEW_BEFORE)

    later = ends - root_crl.RENEW_BEFORE + timedelta(seconds=1)
    assert root_crl.renew_demo_crl(path, later)

    crl = x509.load_der_x509_crl(path.read_bytes())
    root = x509.load_pem_x509_certificate((folder / "root.crt").read_bytes())
    number = crl_number(crl)
    assert crl.is_signature_valid(root.public_key())
    assert number == 2
    assert root_crl.time_left(path, later) > root_crl.RENEW_BEFORE


def test_the_root_list_of_a_real_centre_is_only_warned_about(runner, clock):
    centre = runner.context.centre
    real = replace(centre, config=replace(centre.config, demo=False))
    worker = replace(runner, context=replace(runner.context, centre=real))
    before = real.config.root_crl.read_bytes()
    left = root_crl.time_left(real.config.root_crl, clock.now)
    clock.now += left - root_crl.RENEW_BEFORE + DAY

    outcome = run(worker)["root list"]

    assert "sign a new one with the offline root" in outcome
    assert real.config.root_crl.read_bytes() == before


def test_two_workers_share_the_pieces(app, clock, runner):
    other = replace(runner, name="other")

    mine, others = run(runner), run(other)

    assert len(mine) == len(TASKS)
    assert others == {}


def demo_in(folder, config):
    """Give a command the demo of the tests, with the database of this one."""
    instance = folder / "instance"
    copytree(config.root_crl.parent.parent, instance)
    database = str(config.database_url).removeprefix("sqlite:///")
    for path in instance.glob("certferry.db*"):
        path.unlink()
    Path(database).rename(instance / "certferry.db")
    return instance


def test_the_command_says_in_a_line_each_what_was_done(config, tmp_path):
    create_app(config)
    instance = demo_in(tmp_path, config)

    words = ["-m", "webapp", "worker", "--once", "--instance", instance]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )

    lines = [line for line in done.stdout.splitlines() if not line.startswith("{")]
    names = [line.split(":")[0] for line in lines]
    assert names == [*(task.schedule.name for task in TASKS), "deliveries"]


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_command_stops_when_it_is_told_to(config, tmp_path, told):
    create_app(config)
    instance = demo_in(tmp_path, config)
    words = [sys.executable, "-u", "-m", "webapp", "worker", "--instance", instance]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "certferry worker: ready\n"
        worker.stdout.readline()  # the first piece is done

        worker.send_signal(told)

        assert worker.wait(20) == 0


def test_a_worker_that_is_killed_leaves_its_work_to_the_next(
    config, app, factory, stored, clock, runner, tmp_path
):
    factory.issued(ISSUED)
    clock.now = ISSUED + DAY * 360
    url = str(config.database_url)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url, str(clock.now)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout.readline() == "claimed\n"
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)

    assert "notices" not in run(runner)
    clock.now += timedelta(minutes=11)
    assert run(runner)["notices"] == "1 letters sent, 0 not"


def test_a_database_without_tables_is_refused_in_words(tmp_path, config):
    empty = replace(config, database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    from webapp.jobs.bootstrap import CannotWorkError, require_tables

    engine = db.make_engine(empty.database_url)
    with pytest.raises(CannotWorkError, match="certferry serve"):
        require_tables(engine)


def test_a_mail_server_that_is_none_is_refused_in_words(app, config):
    from webapp.jobs.bootstrap import CannotWorkError, load_context

    with pytest.raises(CannotWorkError, match="CERTFERRY_SMTP_URL") as raised:
        load_context(replace(config, smtp_url="http://me:hunter2@mail"), print)

    assert "hunter2" not in str(raised.value)


KILLED = """
import sys, time
from datetime import datetime, timedelta
from sqlalchemy.orm import Session
from webapp import db
from webapp.jobs.leases import claim
from webapp.jobs.tasks import TASKS
url, now = sys.argv[1:]
schedule = next(task.schedule for task in TASKS if task.schedule.name == "notices")
with Session(db.make_engine(url)) as session:
    with db.unit_of_work_on(session):
        now = datetime.fromisoformat(now)
        assert claim(session, schedule, worker="killed", now=now)
    print("claimed", flush=True)
    time.sleep(60)
"""
