"""Lists do not pile up, are built once, and the newest one lies beside the key."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from shutil import copytree

import pytest
from cryptography import x509
from sqlalchemy import delete, func, select
from structlog.testing import capture_logs

from tests.support import revocation
from tests.support.certificate_factory import CertificateFactory
from webapp import create_app
from webapp.audit.actors import Actor
from webapp.certificates import actions
from webapp.certificates.errors import ResumedTooOftenError
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.revocation import mark_crl_stale
from webapp.pki.crl import build_crl, crl_number
from webapp.repository.crl import KEPT, current_crl
from webapp.repository.crl_reconciliation import merge_list
from webapp.repository.models import Crl
from webapp.repository.newest_crl import NewestCrl

MINE = {"actor": None}
COUNTER = {"actor": Actor.operator(1)}


@pytest.fixture
def authority(app):
    return app.extensions["certferry.ca"].authority


@pytest.fixture
def newest_crl(tmp_path):
    return NewestCrl(tmp_path / "issuing.crl")


def change(session, authority):
    mark_crl_stale(session, authority.issuer_id)
    session.commit()


def test_only_the_newest_lists_are_kept(stored, authority, now):
    for hours in range(0, 60, 6):
        newest = current_crl(stored, authority, now + timedelta(hours=hours))

    numbers = stored.scalars(select(Crl.number)).all()
    assert newest.number == 10
    assert sorted(numbers) == list(range(10 - KEPT + 1, 11))


def test_each_of_many_changes_in_a_moment_is_in_the_next_list(stored, authority, now):
    numbers = [current_crl(stored, authority, now).number]
    for _ in range(2 * KEPT):
        change(stored, authority)
        numbers.append(current_crl(stored, authority, now).number)

    assert numbers == list(range(1, 2 * KEPT + 2))
    assert stored.scalar(select(func.count()).select_from(Crl)) <= KEPT


def test_of_many_who_ask_one_builds(app, authority, now):
    sessions = app.extensions["certferry.sessions"]
    built = []

    def run(work):
        built.append(work)
        return work()

    def ask(_):
        with sessions() as session:
            return current_crl(session, authority, now, run=run).der

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(16)))

    assert len(answers) == len(built) == 1


def test_the_site_builds_in_a_thread_of_its_own(app, monkeypatch):
    ran = []
    monkeypatch.setattr(
        "webapp.repository.views.run_in_thread",
        lambda work: ran.append(work) or work(),
    )

    assert app.test_client().get("/pki/issuing.crl").status_code == 200
    assert len(ran) == 1


def test_toggling_is_bounded_for_each_certificate_and_suspending_stays(
    app, stored, now
):
    factory = CertificateFactory.of(app, stored)
    certificate, other = factory.issued(now), factory.issued(now)
    for hours in range(actions.MAX_RESUMPTIONS):
        at = now + timedelta(hours=hours)
        revocation.suspend(stored, certificate, now=at, **MINE)
        revocation.resume(stored, certificate, now=at, **MINE)
    at = now + timedelta(hours=10)
    revocation.suspend(stored, certificate, now=at, **MINE)

    with pytest.raises(ResumedTooOftenError) as refused:
        revocation.resume(stored, certificate, now=at, **MINE)

    until = now + actions.RESUMPTION_WINDOW
    assert refused.value.details == {"until": until}
    assert certificate.state == StoredState.SUSPENDED
    revocation.suspend(stored, other, now=at, **MINE)
    revocation.resume(stored, other, now=at, **MINE)
    revocation.resume(stored, certificate, now=until + timedelta(seconds=1), **MINE)
    assert certificate.state == StoredState.VALID


def test_what_the_counter_suspended_it_resumes_as_often_as_it_has_to(app, stored, now):
    certificate = CertificateFactory.of(app, stored).issued(now)
    for _ in range(actions.MAX_RESUMPTIONS + 2):
        revocation.suspend(stored, certificate, now=now, **COUNTER)
        revocation.resume(stored, certificate, now=now, **COUNTER)

    assert certificate.state == StoredState.VALID


@pytest.mark.parametrize(
    ("language", "word"), [("ko", "멈춘 채로"), ("en", "stays suspended")]
)
def test_the_person_reads_until_when(app, customer, stored, now, language, word):
    customer.has_shown()
    certificate = CertificateFactory.of(app, stored).issued(now)
    path = f"/certificates/{certificate.id}"
    customer.open(path)
    headers = {"Accept-Language": language, "Accept": "application/json"}
    for _ in range(actions.MAX_RESUMPTIONS + 1):
        customer.submit(f"{path}/suspend", confirmed="yes")
        answer = customer.client.post(
            f"{path}/resume", data={"csrf_token": customer.token}, headers=headers
        )

    assert (answer.status_code, answer.json["code"]) == (429, "resumed_too_often")
    assert word in answer.json["sentence"]
    assert "%(" not in answer.json["next"]


def test_the_newest_list_is_kept_whole_and_for_its_owner(
    stored, authority, now, newest_crl
):
    crl = current_crl(stored, authority, now, newest_crl=newest_crl)

    kept = newest_crl.read()
    assert newest_crl.path.read_bytes() == crl.der
    assert crl_number(kept) == crl.number
    assert stat.S_IMODE(newest_crl.path.stat().st_mode) == 0o600
    assert [path.name for path in newest_crl.path.parent.glob("*issuing.crl*")] == [
        "issuing.crl"
    ]


def test_its_number_never_goes_back_whoever_writes(authority, now, newest_crl):
    def keep(number):
        der = build_crl(
            authority,
            [],
            number=number,
            this_update=now,
            next_update=now + timedelta(days=1),
        )
        NewestCrl(newest_crl.path).keep(number, der)  # as another process would

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, [3, 9, 1, 7, 9, 2, 8, 4]))

    assert crl_number(newest_crl.read()) == 9


def test_a_clock_set_back_does_not_set_it_back(stored, authority, now, newest_crl):
    for days in (0, -1, -30):
        at = now + timedelta(days=days)
        current_crl(stored, authority, at, newest_crl=newest_crl)

    assert crl_number(newest_crl.read()) == 3


def test_a_list_that_cannot_be_kept_is_published_and_the_log_says_so(
    stored, authority, now, tmp_path
):
    nowhere = NewestCrl(tmp_path / "gone" / "issuing.crl")

    with capture_logs() as logged:
        crl = current_crl(stored, authority, now, newest_crl=nowhere)

    assert crl_number(x509.load_der_x509_crl(crl.der)) == crl.number
    assert [entry["event"] for entry in logged] == ["newest_crl_not_kept"]


def test_a_list_that_could_not_be_kept_is_kept_at_the_next_call_and_logged_once(
    stored, authority, now, tmp_path
):
    newest_crl = NewestCrl(tmp_path / "later" / "issuing.crl")

    with capture_logs() as logged:
        for _ in range(3):
            current_crl(stored, authority, now, newest_crl=newest_crl)
        newest_crl.path.parent.mkdir()
        crl = current_crl(stored, authority, now, newest_crl=newest_crl)

    assert newest_crl.path.read_bytes() == crl.der
    assert len(logged) == 1


def test_the_file_is_read_again_only_when_it_is_another_one(
    stored, authority, now, newest_crl, monkeypatch
):
    reads = []
    read = NewestCrl.read
    monkeypatch.setattr(NewestCrl, "read", lambda crl: reads.append(1) or read(crl))
    for _ in range(5):
        current_crl(stored, authority, now, newest_crl=newest_crl)
    assert len(reads) <= 1

    other = NewestCrl(newest_crl.path)  # another process
    change(stored, authority)
    current_crl(stored, authority, now, newest_crl=other)

    assert newest_crl.number() == 2


def lose_lists(session):
    session.execute(delete(Crl))
    session.commit()


def test_a_database_that_fell_behind_while_the_centre_runs_publishes_nothing(app, now):
    client = app.test_client()
    sessions = app.extensions["certferry.sessions"]
    authority = app.extensions["certferry.ca"].authority
    newest_crl = app.extensions["certferry.crl_publisher"].newest_crl
    with sessions() as session:
        for hours in (0, 6, 12):
            at = now + timedelta(hours=hours)
            current_crl(session, authority, at, newest_crl=newest_crl)
        lose_lists(session)
        kept = newest_crl.path.read_bytes()

        with capture_logs() as logged:
            answers = [
                client.get(path, headers={"Accept": "application/json"})
                for path in ("/pki/issuing.crl", "/healthz", "/pki/issuing.crl")
            ]

        assert [answer.status_code for answer in answers] == [503] * 3
        assert {answer.json["code"] for answer in answers} == {"cannot_issue"}
        warnings = [e for e in logged if e["event"] == "database_behind_published_list"]
        assert [(warning["known"], warning["published"]) for warning in warnings] == [
            (0, 3)
        ]
        assert "certferry restore" in warnings[0]["next"]
        assert session.scalar(select(func.count(Crl.number))) == 0
        assert newest_crl.path.read_bytes() == kept

        issuer_id = authority.issuer_id
        merge_list(session, issuer_id, newest_crl.read(), now)
        session.commit()

    assert client.get("/healthz").status_code == 200
    listed = x509.load_der_x509_crl(client.get("/pki/issuing.crl").data)
    assert crl_number(listed) == 4


def test_a_list_that_another_worker_signed_meanwhile_is_no_older_database(
    app, stored, authority, now, newest_crl
):
    current_crl(stored, authority, now, newest_crl=newest_crl)
    stored.scalar(select(Crl.number))  # this look at the database began
    with app.extensions["certferry.sessions"]() as other:
        change(other, authority)
        current_crl(other, authority, now, newest_crl=NewestCrl(newest_crl.path))

    assert current_crl(stored, authority, now, newest_crl=newest_crl).number == 2


def test_what_the_site_hands_out_lies_beside_the_issuing_key(config, tmp_path):
    folder = tmp_path / "ca"
    copytree(config.issuing_key.parent, folder)
    (folder / "issuing.crl").unlink(missing_ok=True)
    moved = replace(config, issuing_key=folder / "issuing.key")
    app = create_app(moved)

    answer = app.test_client().get("/pki/issuing.crl")

    assert (folder / "issuing.crl").read_bytes() == answer.data
