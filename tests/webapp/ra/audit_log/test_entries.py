"""The log at the counter: names and words, filters, pages, a file."""

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from mobile_bridge.formats.korean_time import day_start
from tests.webapp.ra.conftest import make_certificate, make_customer
from tests.webapp.ra.test_query_plans import plans_of
from webapp.accounts.models import Operator, Role
from webapp.audit.actors import UNKNOWN, Actor
from webapp.audit.models import AuditEntry
from webapp.audit.service import record
from webapp.ra.audit_log import entries as log
from webapp.ra.audit_log.entries import LogFilters

SIGNED_IN = "operator.signed_in"


@pytest.fixture
def reader(operator_of):
    browser = operator_of(Role.ADMINISTRATOR)
    browser.client.post("/language/en")
    return browser


@pytest.fixture
def me(reader, stored):
    return stored.get(Operator, reader.operator)


def note(stored, event, at, **about):
    record(stored, event, at=at, **about)
    stored.commit()


def read(stored, me, **filters):
    return log.read(stored, me, LogFilters(**filters)).entries


def english(browser, path):
    browser.client.set_cookie("language", "en")
    return browser.open(path).text


def test_it_has_names_and_words_and_no_json(reader, stored, now):
    hana = make_customer(stored, now, name="이하나")
    certificate = make_certificate(stored, hana, now)
    note(
        stored,
        "certificate.revoked",
        now,
        actor=Actor.operator(reader.operator),
        customer_id=hana.id,
        certificate_id=certificate.id,
        detail={"reason": "key_compromise"},
    )

    page = english(reader, "/counter/log")

    assert "박창구" in page
    assert f'<a href="/counter/customers/{hana.id}" translate="no">이하나</a>' in page
    assert hana.number in page
    assert "Somebody else may have the key" in page
    assert "key_compromise" not in page
    assert "{&#34;" not in page
    assert f"operator:{reader.operator}</" not in page


def test_it_is_filtered_by_event_person_operator_and_day(me, stored, now):
    hana = make_customer(stored, now)
    doyun = make_customer(stored, now, login_id="doyun", name="김도윤")
    # Entries are numbered as they come: the log goes on after what is there.
    old, today = now + timedelta(days=1), now + timedelta(days=4)
    note(
        stored,
        "customer.registered",
        old,
        actor=Actor.operator(me.id),
        customer_id=hana.id,
    )
    note(stored, "customer.signed_in", today, customer_id=hana.id)
    note(stored, "customer.signed_in", today, customer_id=doyun.id)

    by_event = read(stored, me, event="customer.signed_in")
    by_person = read(stored, me, person="이하나")
    by_number = read(stored, me, person=doyun.number)
    by_operator = read(
        stored, me, actor=f"operator:{me.id}", event="customer.registered"
    )
    since = read(stored, me, since=now + timedelta(days=3), event="customer.registered")
    before = read(stored, me, before=now + timedelta(days=3), actor=f"operator:{me.id}")

    assert [entry.customer_id for entry in by_event] == [doyun.id, hana.id]
    assert {entry.customer_id for entry in by_person} == {hana.id}
    assert [entry.customer_id for entry in by_number] == [doyun.id]
    assert [entry.customer_id for entry in by_operator] == [hana.id]
    assert since == ()
    assert {entry.event for entry in before} == {"customer.registered", SIGNED_IN}


def test_nobody_of_that_name_has_no_entries(me, stored):
    assert read(stored, me, person="아무도") == ()


def test_a_day_is_a_day_in_korea(reader, stored, now):
    hana = make_customer(stored, now, login_id="edge", name="경계인")
    day = now.date() + timedelta(days=30)
    for at in (
        day_start(day) - timedelta(seconds=1),
        day_start(day),
        day_start(day + timedelta(days=1)) - timedelta(seconds=1),
        day_start(day + timedelta(days=1)),
    ):
        note(stored, "customer.signed_out", at, customer_id=hana.id)

    page = english(reader, f"/counter/log?from={day}&to={day}&what=customer.signed_out")

    assert page.count('<th scope="row">') == 2


def test_a_page_leads_to_the_older_ones_with_the_same_filters(reader, stored, now):
    hana = make_customer(stored, now, login_id="many", name="많은이")
    for _number in range(log.PAGE + 5):
        record(stored, "customer.signed_in", customer_id=hana.id, at=now)
    stored.commit()

    page = english(reader, "/counter/log?what=customer.signed_in")
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    assert page.count('<th scope="row">') == log.PAGE
    assert "what=customer.signed_in" in older
    assert english(reader, older).count('<th scope="row">') >= 5


def test_an_event_of_a_newer_version_is_shown_as_its_code(reader, stored, now):
    hana = make_customer(stored, now, login_id="lander")
    note(stored, "moon.landed", now, customer_id=hana.id)

    for path in ("log", "log?what=moon.landed", "log.csv", f"customers/{hana.id}"):
        answer = reader.open(f"/counter/{path}")
        assert answer.status_code == 200
        assert "moon.landed" in answer.text


def test_the_file_has_what_was_filtered_and_computes_nothing(reader, stored, now):
    hana = make_customer(stored, now, login_id="csv", name="=cmd|'x'!A1")
    note(
        stored,
        "charge.settled",
        now,
        actor=Actor.operator(reader.operator),
        customer_id=hana.id,
        detail={"won": 4400},
    )

    reader.client.set_cookie("language", "en")
    answer = reader.client.get("/counter/log.csv?what=charge.settled")

    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][2:6] == ["Charge settled", "박창구", "'=cmd|'x'!A1", hana.number]
    assert rows[1][-1] == "Amount: 4,400 won"


def test_the_file_is_for_whoever_may_read_the_log(operator_of):
    assert operator_of(Role.COUNTER).open("/counter/log.csv").status_code == 403


@pytest.mark.parametrize("path", ["log?by=x&what=y&q=z", "log?before=9" + "9" * 20])
@pytest.mark.parametrize("rest", ["", "&from=1.2&to=9999-99-99", "&customer=abc"])
def test_what_nobody_would_ask_for_breaks_nothing(reader, path, rest):
    assert reader.open(f"/counter/{path}{rest}").status_code == 200


FILTERS = [
    {},
    {"event": SIGNED_IN},
    {"actor": "operator:1"},
    {"actor": "operator:1", "event": SIGNED_IN},
    {"customer_id": 1},
    {"customer_id": 1, "event": SIGNED_IN, "actor": "operator:1"},
]


@pytest.mark.parametrize(
    "filters", FILTERS, ids=lambda criteria: "+".join(criteria) or "all"
)
@pytest.mark.parametrize("dated", [False, True])
def test_a_page_of_the_log_is_one_walk(me, stored, now, filters, dated):
    days = {"since": now - timedelta(days=2), "before": now} if dated else {}

    plans = plans_of(
        stored, lambda: log.read(stored, me, LogFilters(**filters, **days))
    )

    for plan in plans:
        assert "USE TEMP B-TREE" not in plan, plan
        if "audit_entry" in plan:
            assert plan.startswith("SEARCH"), plan


def test_days_are_found_by_halving(me, stored, now):
    hana = make_customer(stored, now, login_id="halved", name="반씩")
    for days in range(40):
        at = now + timedelta(days=days)
        record(stored, "customer.signed_in", customer_id=hana.id, at=at)
    stored.commit()
    since, before = now + timedelta(days=20), now + timedelta(days=30)

    entries = read(stored, me, event="customer.signed_in", since=since, before=before)

    expected = stored.scalars(
        select(AuditEntry.id)
        .where(AuditEntry.event == "customer.signed_in")
        .where(AuditEntry.at >= since, AuditEntry.at < before)
        .order_by(AuditEntry.id.desc())
    ).all()
    assert [entry.id for entry in entries] == list(expected)


def test_a_wrong_password_of_an_operator_is_in_it(app, reader, stored):
    login_id = stored.get(Operator, reader.operator).login_id
    someone = type(reader)(app.test_client())
    someone.client.environ_base["HTTP_USER_AGENT"] = "Mozilla Windows Chrome/130"

    for _again in range(3):
        someone.enter(login_id, "wrong")

    entries = stored.scalars(
        select(AuditEntry).where(AuditEntry.event == "operator.sign_in_failed")
    ).all()
    assert [entry.actor for entry in entries] == [str(UNKNOWN)]
    detail = json.loads(entries[0].detail)
    assert detail["operator"] == reader.operator
    assert detail["network"] == "127.0.0.0/24"
    page = english(reader, "/counter/log?what=operator.sign_in_failed")
    assert "Somebody who was not signed in" in page
    assert "박창구" in page
