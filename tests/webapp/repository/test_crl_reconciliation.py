"""A restored copy of the database takes nothing back: it is refused, and merged."""

import secrets
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from shutil import copy, copytree

import pytest
from click.testing import CliRunner
from cryptography import x509
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.support import revocation
from tests.support.certificate_factory import CertificateFactory
from tests.support.customers import register
from tests.support.postgresql_server import PostgresqlServer
from webapp import create_app, db
from webapp.accounts.models import Customer
from webapp.accounts.service import new_customer
from webapp.audit.models import AuditEntry
from webapp.ca.context import load_ca
from webapp.certificates.lifecycle import StoredState
from webapp.certificates.models import Certificate
from webapp.certificates.public.status import parse_ids
from webapp.cli.main import main
from webapp.clock import utc_now
from webapp.database_check import DatabaseUnusableError
from webapp.demo import instance
from webapp.pki.crl import ReasonCode, crl_number, parse_entries
from webapp.repository import restored_database
from webapp.repository.crl import current_crl
from webapp.repository.models import RestoredRevocation
from webapp.repository.newest_crl import NewestCrl
from webapp.repository.restored_database import (
    DatabaseBehindError,
    NewestCrlError,
    require_not_behind,
    restore_database,
)
from webapp.repository.status_lookup import look_up

HANA = {
    "login_id": "demo",
    "password": "correct horse battery",
    "name": "김하나",
    "latin_name": "KIM HANA",
    "birth_date": date(1990, 1, 31),
}
MINE = {"actor": None}
# A demo is on SQLite alone.
on_sqlite = pytest.mark.parametrize("copies", ["sqlite"], indirect=True)
URL = "http://127.0.0.1:8000"
COMMAND = "certferry restore"


@pytest.fixture(scope="module")
def server():
    with PostgresqlServer() as running:
        yield running


class SqliteCopies:
    """Copies of an SQLite database, as its own online backup makes them."""

    def __init__(self, folder):
        self.folder = folder
        self.url = f"sqlite:///{folder / 'certferry.db'}"

    def back_up(self):
        with (
            sqlite3.connect(self.folder / "certferry.db") as source,
            sqlite3.connect(self.folder / "copy.db") as target,
        ):
            source.backup(target)

    def restore(self):
        for path in self.folder.glob("certferry.db*"):
            path.unlink()
        copy(self.folder / "copy.db", self.folder / "certferry.db")


class PostgresqlCopies:
    """Copies of a PostgreSQL database, by a template."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.url = server.make(name)

    def back_up(self):
        self.server.copy(self.name, f"{self.name}_copy")

    def restore(self):
        self.url = self.server.url(f"{self.name}_copy")


@pytest.fixture(params=["sqlite", "postgresql"])
def copies(request, demo_template, tmp_path):
    copytree(demo_template[0], tmp_path / "instance")
    (tmp_path / "instance" / "ca" / "issuing.crl").unlink(missing_ok=True)
    if request.param == "sqlite":
        return SqliteCopies(tmp_path / "instance")
    running = request.getfixturevalue("server")
    return PostgresqlCopies(running, f"restore_{secrets.token_hex(4)}")


@pytest.fixture
def config(demo_template, tmp_path, copies):
    ca = tmp_path / "instance" / "ca"
    engine = db.make_engine(copies.url)
    db.migrate(engine)
    with Session(engine) as session:
        if session.scalar(select(Customer.id).limit(1)) is None:
            register(session, new_customer(**HANA), utc_now())
    engine.dispose()
    return replace(
        demo_template[1].config,
        database_url=copies.url,
        issuing_certificate=ca / "issuing.crt",
        issuing_key=ca / "issuing.key",
        rate_limits=False,
        require_phone_check=False,
        require_security_card=False,
    )


class Centre:
    """A centre on whatever database the copies lead to just now."""

    def __init__(self, config, copies):
        self.config, self.copies = config, copies
        self.newest = NewestCrl.beside(config.issuing_key)
        self.issuer_id = load_ca(config).authority.issuer_id

    def run(self, work, now):
        """Do `work` with the factory of this centre; then publish a list."""
        config = replace(self.config, database_url=self.copies.url)
        app = create_app(config)
        with app.extensions["certferry.sessions"]() as session:
            result = work(CertificateFactory.of(app, session), session)
            authority = app.extensions["certferry.ca"].authority
            newest = NewestCrl.beside(config.issuing_key)
            published = current_crl(session, authority, now, newest_crl=newest)
            crl = x509.load_der_x509_crl(published.der)
        app.extensions["certferry.sessions"].kw["bind"].dispose()
        return result, crl

    def require(self):
        engine = db.make_engine(self.copies.url)
        try:
            require_not_behind(self.config, engine, COMMAND)
        finally:
            engine.dispose()

    def merge(self, now, serials=()):
        path = self.newest.path
        certificate = self.config.issuing_certificate
        return list(
            restore_database(
                self.copies.url, certificate, path, serials=list(serials), now=now
            )
        )


@pytest.fixture
def centre(config, copies):
    return Centre(config, copies)


def revoke(session, certificate, now, reason=ReasonCode.KEY_COMPROMISE):
    revocation.revoke(session, certificate, reason=reason, now=now, **MINE)


@pytest.fixture
def restored(centre, copies, now):
    """A centre whose database came back from before it revoked what it knew, and what
    it issued after; one that it suspended, and one that is untouched."""

    def begin(factory, _session):
        return [factory.issued(now).serial for _ in range(3)]

    serials, _crl = centre.run(begin, now)
    copies.back_up()

    def go_on(factory, session):
        first, held, _kept = map(partial(find, session), serials)
        revoke(session, first, now)
        revocation.suspend(session, held, now=now, **MINE)
        later = factory.issued(now)
        revoke(session, later, now, ReasonCode.CESSATION_OF_OPERATION)
        return later.serial

    at = now + timedelta(hours=1)
    lost, published = centre.run(go_on, at)
    copies.restore()
    return {"serials": serials, "lost": lost, "published": published, "at": at}


def find(session, serial):
    return session.scalar(select(Certificate).where(Certificate.serial == serial))


def test_a_database_that_is_older_than_the_list_is_refused(centre, restored):
    with pytest.raises(DatabaseBehindError) as refused:
        centre.require()

    message = str(refused.value)
    number = crl_number(restored["published"])
    assert f"knows list {number - 3}" in message  # each of three changes took a number
    assert f"is list {number}" in message
    assert "3 of its revocations are missing" in message
    assert COMMAND in message


def test_a_merge_takes_over_what_was_published_and_its_number(centre, restored):
    at = restored["at"] + timedelta(minutes=1)

    lines = centre.merge(at)

    assert "1 revoked, 1 suspended, 1 revoked by serial alone" in lines[-1]
    centre.require()

    def look(_lives, session):
        return [find(session, serial).state for serial in restored["serials"]]

    states, crl = centre.run(look, at)
    assert states == [StoredState.REVOKED, StoredState.SUSPENDED, StoredState.VALID]
    assert crl_number(crl) == crl_number(restored["published"]) + 1
    assert reasons(crl) == reasons(restored["published"])
    assert dates(crl) == dates(restored["published"])


def reasons(crl):
    return {entry.serial: entry.reason for entry in parse_entries(crl)}


def dates(crl):
    return {entry.serial: entry.at for entry in parse_entries(crl)}


def test_what_the_database_never_knew_stays_on_every_list(centre, restored):
    at = restored["at"]
    centre.merge(at)

    for days in (1, 30, 900):
        _none, crl = centre.run(lambda *_: None, at + timedelta(days=days))

        assert int(restored["lost"], 16) in reasons(crl)


def test_whoever_asks_hears_that_it_is_revoked(centre, restored):
    centre.merge(restored["at"])

    def ask(_lives, session):
        issuer_id = centre.issuer_id
        ids = parse_ids([restored["lost"], restored["serials"][2]])
        return look_up(session, ids, issuer_id=issuer_id, now=restored["at"])

    answers, _crl = centre.run(ask, restored["at"])
    assert [str(answer.status) for answer in answers] == ["revoked", "good"]
    assert answers[0].reason == ReasonCode.CESSATION_OF_OPERATION


def test_a_merge_done_twice_changes_nothing_more(centre, restored):
    centre.merge(restored["at"])

    lines = centre.merge(restored["at"])

    assert "0 revoked, 0 suspended, 0 revoked by serial alone" in lines[-1]


def test_a_merge_stands_in_the_log(centre, restored):
    centre.merge(restored["at"])

    def look(_lives, session):
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [row.event for row in rows if '"restored"' in row.detail]

    whats, _crl = centre.run(look, restored["at"])
    assert sorted(whats) == [
        "certificate.revoked",
        "certificate.revoked",
        "certificate.suspended",
    ]


def test_a_copy_that_went_on_unseen_is_refused_for_its_entries(centre, restored):
    """Its number passed the published one, and yet it knows less."""
    kept = centre.newest.path.read_bytes()
    centre.newest.path.unlink()  # it went on where the file is not
    for hours in range(2, 40, 6):
        centre.run(lambda *_: None, restored["at"] + timedelta(hours=hours))
    centre.newest.path.write_bytes(kept)

    with pytest.raises(DatabaseBehindError, match="are missing"):
        centre.require()


def test_a_serial_is_revoked_that_nobody_has_any_more(centre, restored):
    at, gone = restored["at"], 0x10A7

    lines = centre.merge(at, serials=[gone, int(restored["serials"][2], 16)])

    assert "10a7 is revoked" in lines[-2]
    assert "revoke it at the counter" in lines[-1]
    _none, crl = centre.run(lambda *_: None, at + timedelta(minutes=1))
    assert gone in reasons(crl)


def test_a_lost_certificate_that_is_on_hold_can_be_revoked(centre, restored):
    at, lost, other = restored["at"], int(restored["lost"], 16), 0x10A8

    engine = db.make_engine(centre.copies.url)
    with Session(engine) as session:
        for serial in (lost, other):
            session.add(
                RestoredRevocation(
                    issuer_id=centre.issuer_id,
                    serial=f"{serial:x}",
                    revoked_at=at,
                    reason=ReasonCode.CERTIFICATE_HOLD,
                )
            )
        session.commit()
    engine.dispose()

    lines = centre.merge(at, serials=[other])

    assert "1 revoked, 1 suspended, 1 revoked by serial alone" in lines[-2]
    assert "10a8 is revoked" in lines[-1]
    _none, crl = centre.run(lambda *_: None, at + timedelta(minutes=1))
    assert reasons(crl)[lost] == ReasonCode.CESSATION_OF_OPERATION
    assert reasons(crl)[other] == ReasonCode.UNSPECIFIED


@on_sqlite
def test_a_database_that_somebody_holds_stops_the_start_with_a_sentence(
    centre, restored, copies
):
    holder = sqlite3.connect(copies.folder / "certferry.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(DatabaseUnusableError, match="is locked"):
        centre.require()
    with pytest.raises(DatabaseUnusableError, match="is locked"):
        centre.merge(restored["at"])

    holder.close()


def test_a_database_that_breaks_off_stops_the_start_with_a_sentence(
    centre, restored, monkeypatch
):
    """Its tables were found, and then it went away."""

    def away(*_args):
        raise OperationalError("SELECT", {}, Exception("the server went away"))

    monkeypatch.setattr(restored_database, "find_missing_entries", away)

    with pytest.raises(DatabaseUnusableError, match="the server went away"):
        centre.require()


def test_a_database_without_tables_is_left_to_whoever_makes_them(centre, tmp_path):
    centre.copies.url = f"sqlite:///{tmp_path / 'empty.db'}"

    centre.require()


def test_a_database_that_knows_more_brings_the_file_up_to_date(centre, now):
    def begin(factory, session):
        revoke(session, factory.issued(now), now)

    _none, crl = centre.run(begin, now)
    centre.newest.path.unlink()

    centre.require()

    assert crl_number(centre.newest.read()) == crl_number(crl)


def test_what_was_resumed_or_ran_out_is_not_missing(centre, now):
    def suspend(factory, session):
        held = factory.issued(now)
        revocation.suspend(session, held, now=now, **MINE)
        return held.serial

    serial, _crl = centre.run(suspend, now)
    app = create_app(centre.config)
    with app.extensions["certferry.sessions"]() as session:
        revocation.resume(session, find(session, serial), now=now, **MINE)
    app.extensions["certferry.sessions"].kw["bind"].dispose()

    centre.require()


def test_a_clock_set_back_is_no_older_database(centre, now):
    def begin(factory, session):
        revoke(session, factory.issued(now), now)

    centre.run(begin, now)
    _none, crl = centre.run(lambda *_: None, now - timedelta(days=10))

    centre.require()
    assert crl_number(centre.newest.read()) == crl_number(crl)


@pytest.mark.parametrize("content", [b"", b"no list", b"\x30\x80"])
def test_a_file_that_is_no_list_is_named(centre, content):
    centre.newest.path.write_bytes(content)

    with pytest.raises(NewestCrlError, match=str(centre.newest.path)):
        centre.require()


def test_a_list_of_another_ca_is_named(centre, config):
    copy(config.root_crl, centre.newest.path)

    with pytest.raises(NewestCrlError, match="another CA"):
        centre.require()


@on_sqlite
def test_the_command_merges_a_demo_and_says_what_it_did(restored, copies):
    run = CliRunner()

    merged = run.invoke(main, ["restore", "--instance", str(copies.folder)])
    wrong = run.invoke(
        main, ["restore", "--instance", str(copies.folder), "--revoke", "xyz"]
    )

    assert merged.exit_code == 0, merged.output
    assert "is merged" in merged.output
    assert wrong.exit_code == 2
    assert "no serial number" in wrong.output


@on_sqlite
def test_a_demo_whose_database_is_lost_is_refused_before_a_password_is_made(
    restored, copies
):
    folder = copies.folder
    for path in folder.glob("certferry.db*"):
        path.unlink()

    with pytest.raises(DatabaseBehindError, match="certferry restore --instance"):
        instance.create_or_open(folder, public_url=URL, pki_url=URL, now=utc_now())

    with sqlite3.connect(folder / "certferry.db") as database:
        assert database.execute("SELECT count(*) FROM customer").fetchone() == (0,)
