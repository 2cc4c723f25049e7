"""Anybody who has a certificate learns whether it counts now, and nothing else."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from tests.support import revocation
from tests.support.certificate_factory import CertificateFactory
from tests.support.postgresql_server import PostgresqlServer
from webapp import create_app
from webapp.accounts.models import Customer
from webapp.certificates.public.status import MAX_CERTIFICATES
from webapp.pki.crl import ReasonCode, parse_entries
from webapp.repository.models import RestoredRevocation

ISSUER = "certferry demo issuing CA (not accredited)"
SHA = "ab" * 32


@pytest.fixture(scope="module")
def server():
    with PostgresqlServer() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request, config):
    """A centre on each database, with the demo's customer."""
    if request.param == "sqlite":
        yield create_app(config)
        return
    name = f"db_{hashlib.sha256(config.database_url.encode()).hexdigest()[:12]}"
    url = request.getfixturevalue("server").make(name)
    app = create_app(replace(config, database_url=url))
    _copy_customers(config.database_url, app)
    yield app
    app.extensions["certferry.sessions"].kw["bind"].dispose()


def _copy_customers(source: str, app) -> None:
    engine = create_engine(source)
    with Session(engine) as old, app.extensions["certferry.sessions"]() as new:
        for customer in old.query(Customer):
            old.expunge(customer)
            new.merge(customer)
        new.commit()
    engine.dispose()


@pytest.fixture
def factory(app, stored):
    return CertificateFactory.of(app, stored)


@pytest.fixture
def client(app):
    return app.test_client()


def ask(client, *ids, **more):
    answer = client.get("/pki/status", query_string={"certificate": ids, **more})
    assert answer.status_code == 200, answer.text
    return answer.json["certificates"]


def id_of(certificate):
    return f"{certificate.serial}.{hashlib.sha256(certificate.der).hexdigest()}"


def revoke(stored, certificate, now, reason=ReasonCode.KEY_COMPROMISE):
    revocation.revoke(stored, certificate, reason=reason, actor=None, now=now)


def seconds(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def test_each_of_several_is_answered_in_the_order_of_the_question(
    client, factory, stored, now
):
    good, held, gone = (factory.issued(now) for _ in range(3))
    old = factory.issued(now - timedelta(days=400))
    revocation.suspend(stored, held, actor=None, now=now)
    revoke(stored, gone, now)

    answers = ask(client, *map(id_of, (gone, good, old, held)), f"ff.{SHA}")

    assert answers == [
        {"status": "revoked", "reason": "key_compromise", "at": seconds(now)},
        {"status": "good"},
        {"status": "expired"},
        {"status": "suspended", "at": seconds(now)},
        {"status": "unknown"},
    ]


def test_a_change_is_answered_at_once(client, factory, stored, now):
    certificate = factory.issued(now)
    assert ask(client, id_of(certificate)) == [{"status": "good"}]

    revoke(stored, certificate, now, ReasonCode.CESSATION_OF_OPERATION)

    (answer,) = ask(client, id_of(certificate))
    assert (answer["status"], answer["reason"]) == ("revoked", "cessation_of_operation")


def test_one_that_was_issued_anew_is_revoked_as_superseded(client, factory, now):
    before = factory.issued(now)
    after = factory.reissued(before, now)

    old, new = ask(client, id_of(before), id_of(after))

    assert (old["status"], old["reason"]) == ("revoked", "superseded")
    assert new == {"status": "good"}


def test_one_that_was_renewed_counts_to_its_last_day(client, factory, now):
    before = factory.issued(now - timedelta(days=350))
    after = factory.renewed(before, now)

    assert ask(client, id_of(before), id_of(after)) == [{"status": "good"}] * 2


def test_one_suspended_for_too_long_is_revoked_before_anybody_wrote_it_down(
    client, factory, stored, now
):
    certificate = factory.issued(now - timedelta(days=250))
    since = now - timedelta(days=200)
    revocation.suspend(stored, certificate, actor=None, now=since)

    (answer,) = ask(client, id_of(certificate))

    assert (answer["status"], answer["reason"]) == ("revoked", "cessation_of_operation")
    assert datetime.fromisoformat(answer["at"]) == since.replace(microsecond=0)


def test_what_was_only_reserved_is_unknown(client, factory, stored, now):
    certificate = factory.issued(now)
    asked = id_of(certificate)
    certificate.state = "reserved"
    stored.commit()

    assert ask(client, asked) == [{"status": "unknown"}]


def test_a_serial_alone_is_one_of_this_centres_issuer(client, factory, now):
    certificate = factory.issued(now)

    assert ask(client, certificate.serial) == [{"status": "good"}]
    assert ask(client, f"00{certificate.serial.upper()}") == [{"status": "good"}]
    assert ask(client, certificate.serial, issuer=ISSUER) == [{"status": "good"}]
    for other in ("yessignCA Class 3", "", ISSUER.lower()):
        assert ask(client, certificate.serial, issuer=other) == [{"status": "unknown"}]


def test_a_strangers_certificate_with_the_same_serial_is_unknown(client, factory, now):
    certificate = factory.issued(now)

    assert ask(client, f"{certificate.serial}.{SHA}") == [{"status": "unknown"}]


def restored(app, stored, serial, now, reason):
    stored.add(
        RestoredRevocation(
            issuer_id=app.extensions["certferry.ca"].authority.issuer_id,
            serial=serial,
            revoked_at=now,
            reason=reason,
        )
    )
    stored.commit()


def test_a_lost_certificate_is_answered_as_the_list_says(app, client, stored, now):
    restored(app, stored, "aaa1", now, ReasonCode.CERTIFICATE_HOLD)
    restored(app, stored, "aaa2", now, ReasonCode.KEY_COMPROMISE)
    held = {"status": "suspended", "at": seconds(now)}
    gone = {"status": "revoked", "reason": "key_compromise", "at": seconds(now)}

    assert ask(client, f"aaa1.{SHA}", f"aaa2.{SHA}") == [held, gone]
    assert ask(client, "aaa1", "aaa2", issuer=ISSUER) == [held, gone]


def test_another_issuers_certificate_with_the_serial_of_a_lost_one_is_unknown(
    app, client, stored, now
):
    restored(app, stored, "aaa3", now, ReasonCode.KEY_COMPROMISE)

    for asked in ("aaa3", f"aaa3.{SHA}"):
        for other in ("yessignCA Class 3", "", ISSUER.lower()):
            assert ask(client, asked, issuer=other) == [{"status": "unknown"}]


def test_a_strangers_certificate_is_unknown_where_ours_is_restored_and_there(
    app, client, factory, stored, now
):
    certificate = factory.issued(now)
    restored(app, stored, certificate.serial, now, ReasonCode.KEY_COMPROMISE)

    stranger, ours = ask(client, f"{certificate.serial}.{SHA}", id_of(certificate))

    assert stranger == {"status": "unknown"}
    assert ours["status"] == "revoked"


def test_one_of_an_earlier_issuer_is_not_taken_for_a_lost_one(
    app, client, factory, stored, now
):
    certificate = factory.issued(now)
    restored(app, stored, certificate.serial, now, ReasonCode.KEY_COMPROMISE)
    certificate.issuer_id = "00" * 16  # of the key before this one
    stored.commit()

    assert ask(client, id_of(certificate)) == [{"status": "good"}]


@pytest.mark.parametrize("merged_first", [True, False])
def test_what_is_restored_and_revoked_is_answered_as_the_list_says(
    app, client, factory, stored, now, merged_first
):
    held, gone = factory.issued(now), factory.issued(now)
    hour = timedelta(hours=1 if merged_first else -1)
    restored(app, stored, held.serial, now - hour, ReasonCode.CERTIFICATE_HOLD)
    restored(app, stored, gone.serial, now - hour, ReasonCode.SUPERSEDED)
    for certificate in (held, gone):
        revoke(stored, certificate, now, ReasonCode.KEY_COMPROMISE)

    answers = ask(client, id_of(held), id_of(gone))

    crl = x509.load_der_x509_crl(client.get("/pki/issuing.crl").data)
    listed = {entry.serial: entry for entry in parse_entries(crl)}
    assert len(list(crl)) == len(listed) == 2
    for answer, certificate in zip(answers, (held, gone), strict=True):
        entry = listed[int(certificate.serial, 16)]
        assert answer["status"] == "revoked"
        assert (answer["reason"], answer["at"]) == (entry.reason, seconds(entry.at))
    assert answers[0]["reason"] == "key_compromise"
    earlier = "superseded" if merged_first else "key_compromise"
    assert answers[1]["reason"] == earlier


def test_the_answer_says_neither_whose_nor_what_for(client, factory, now):
    certificate = factory.issued(now)

    text = client.get(f"/pki/status?certificate={id_of(certificate)}").text

    assert set(json.loads(text)) == {"now", "certificates"}
    for word in (
        certificate.id,
        certificate.type_id,
        factory.customer.name,
        "김",
        "KIM",
        certificate.serial,
    ):
        assert word not in text


def test_the_answer_tells_the_centres_time(client, now):
    answer = client.get("/pki/status?certificate=1")

    told_at = datetime.fromisoformat(answer.json["now"])
    assert abs((told_at - now).total_seconds()) < 60


@pytest.mark.parametrize(
    "query",
    [
        *("", "certificate=", "certificate=xyz", "certificate=1.ab", "certificate=%00"),
        *(f"certificate={'a' * 41}", f"certificate=1.{'g' * 64}", "certificate=-1"),
        *(f"certificate=%EF%BC%91.{SHA}", f"certificate=1.{SHA}%0A", "serial=1"),
        "&".join(["certificate=1"] * (MAX_CERTIFICATES + 1)),
    ],
)
def test_a_question_of_another_form_is_refused_in_words(client, query):
    answer = client.get(f"/pki/status?{query}")

    assert (answer.status_code, answer.json["code"]) == (400, "status_query_invalid")
    assert answer.json["sentence"]
    assert answer.json["next"]
    assert not answer.cache_control.public


def test_an_odd_issuer_is_only_unknown(client, factory, now):
    certificate = factory.issued(now)
    for odd in ("\x00", "%", "가" * 500, "' OR 1=1 --"):
        assert ask(client, certificate.serial, issuer=odd) == [{"status": "unknown"}]


def test_thirty_cost_as_much_as_one(app, client, factory, now):
    certificate = factory.issued(now)
    asked = [id_of(certificate), *(f"{n:x}.{SHA}" for n in range(1, MAX_CERTIFICATES))]
    statements = []
    engine = app.extensions["certferry.sessions"].kw["bind"]
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *arguments: statements.append(arguments[2]),
    )

    ask(client, asked[0])
    for_one = len(statements)

    answers = ask(client, *asked)

    assert answers == [{"status": "good"}] + [{"status": "unknown"}] * (
        MAX_CERTIFICATES - 1
    )
    assert len(statements) == 2 * for_one


def test_it_is_cached_for_seconds_and_belongs_to_nobody(client, factory, now):
    answer = client.get(f"/pki/status?certificate={id_of(factory.issued(now))}")

    assert answer.cache_control.public
    assert 0 < answer.cache_control.max_age <= 10
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_session_is_neither_read_nor_lengthened(client, factory, now):
    asked = f"/pki/status?certificate={id_of(factory.issued(now))}"
    with client.session_transaction() as session:
        session.permanent = True

    answer = client.get(asked)

    assert answer.json["certificates"] == [{"status": "good"}]
    assert "Set-Cookie" not in answer.headers


def test_asking_is_limited(config):
    client = create_app(replace(config, rate_limits=True)).test_client()

    codes = [client.get("/pki/status?certificate=1").status_code for _ in range(301)]

    assert codes.count(200) == 300
    assert codes[-1] == 429
