"""With ten thousand open requests nothing reads more than with ten."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.support.asking import BANK, LIFE, OPENER, make_request, seen_request
from tests.webapp.ra.test_query_plans import plans_of
from webapp.db import unit_of_work_on
from webapp.jobs.cleanup import BATCH, RETENTION, delete_unapproved
from webapp.relying.asking import limits, service
from webapp.relying.asking.errors import TooManyOpenError
from webapp.relying.asking.limits import MAX_OPEN, Scope
from webapp.relying.asking.models import AskingRequest
from webapp.relying.asking.openers import Opener
from webapp.relying.asking.rules import State

FEW, MANY = 10, 10_000
OTHER_NETWORK = "192.0.2.7"


def store_open(stored, now, count, *, first=0, **fields):
    """Store requests that are open; every third was seen."""
    start = now.replace(microsecond=0)
    row = {
        "institution_id": BANK.institution_id,
        "asker_name": BANK.name,
        "asker_origin": BANK.origin,
        "opener": OPENER,
        "purpose": "sign_in",
        "contents": '{"purpose": "sign_in", "binding": ""}',
        "browser_network": "",
        "browser_device": "",
        "asked_at": start,
        "expires_at": start + LIFE,
        "customer_id": None,
        **fields,
    }
    states = (State.SEEN, State.MADE, State.MADE)
    stored.execute(
        AskingRequest.__table__.insert(),
        [
            {**row, "id": f"{first + n:032x}", "state": states[n % 3]}
            for n in range(count)
        ],
    )
    stored.commit()


def reads_of(stored, work):
    """Return how many statements some work sends."""
    statements = []

    def note(_connection, _cursor, statement, *_others):
        statements.append(statement)

    engine = stored.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return len(statements)


@pytest.fixture
def works(app, stored, visitor, customer, now):
    """What people, pages and the background do while many requests are open."""
    visitor.open("/demo/ask")
    path = visitor.submit("/demo/ask", purpose="sign_in").headers["Location"]
    page = visitor.client

    def clean_up():
        with unit_of_work_on(stored):
            delete_unapproved(stored, now)

    return {
        "page that waits": lambda: page.get(path),
        "its question": lambda: page.get(f"{path}/state"),
        "list of one person": lambda: customer.open("/me/requests"),
        "its question there": lambda: customer.client.get("/me/requests/open"),
        "look for all that wait": lambda: service.states_of(
            stored, [f"{n:032x}" for n in range(FEW)], now
        ),
        "another request": lambda: make_request(stored, now),
        "clean-up": clean_up,
    }


def test_ten_thousand_open_requests_cost_as_many_queries_as_ten(
    stored, works, now, factory
):
    store_open(stored, now, FEW, first=MANY, customer_id=factory.customer.id)
    store_open(stored, now, FEW)
    few = {name: reads_of(stored, work) for name, work in works.items()}
    store_open(stored, now, MANY - FEW, first=2 * MANY, institution_id="other")

    many = {name: reads_of(stored, work) for name, work in works.items()}

    assert many == few


def test_each_of_these_queries_walks_an_index(stored, works, now):
    store_open(stored, now, FEW)
    plans = {name: plans_of(stored, work) for name, work in works.items()}

    assert all(plans.values())
    for name, lines in plans.items():
        scans = [line for line in lines if "SCAN" in line and "asking" in line]
        assert not scans, (name, scans)


def test_open_requests_are_counted_without_their_rows(stored, now):
    plans = plans_of(stored, lambda: make_request(stored, now))

    counted = [line for line in plans if "ix_asking_request_open" in line]
    assert counted
    assert all("COVERING" in line for line in counted)


def test_clean_up_takes_a_batch_and_leaves_what_is_open(stored, now):
    long_ago = now - RETENTION - timedelta(days=1)
    store_open(stored, long_ago, BATCH + 1)
    store_open(stored, now, MANY, first=MANY)

    with unit_of_work_on(stored):
        deleted = [delete_unapproved(stored, now) for _ in range(3)]

    assert deleted == [BATCH, 1, 0]
    assert stored.query(AskingRequest).count() == MANY


@pytest.mark.parametrize("scope", limits.PAGE_SCOPES)
def test_an_institution_is_refused_one_more_page_that_waits(
    stored, now, monkeypatch, scope
):
    monkeypatch.setattr(limits, "MAX_OPEN", {**MAX_OPEN, scope: 3})
    store_open(stored, now, 3, browser_network=OTHER_NETWORK)

    with pytest.raises(TooManyOpenError) as refusal:
        make_request(stored, now, network=OTHER_NETWORK)

    assert 0 < refusal.value.retry_after <= LIFE.total_seconds()
    if scope is Scope.INSTITUTION_NETWORK:
        make_request(stored, now)  # from another network


@pytest.mark.parametrize("scope", limits.ADDRESSED_SCOPES)
def test_a_customer_is_asked_so_often_and_no_more(
    stored, now, monkeypatch, factory, scope
):
    own = factory.customer.id
    monkeypatch.setattr(limits, "MAX_OPEN", {**MAX_OPEN, scope: 3})
    store_open(stored, now, 3, customer_id=own)

    with pytest.raises(TooManyOpenError):
        make_request(stored, now, customer_id=own)

    make_request(stored, now)  # strangers' pages are counted apart


def test_what_has_ended_makes_room(stored, now, monkeypatch, factory):
    own = factory.customer.id
    monkeypatch.setattr(limits, "MAX_OPEN", {**MAX_OPEN, Scope.CUSTOMER: 2})
    request = seen_request(stored, now, customer_id=own)
    make_request(stored, now, customer_id=own)

    with unit_of_work_on(stored):
        opener = Opener(name=OPENER, next_address=lambda _id: "/next")
        service.decline(stored, request.id, openers={OPENER: opener}, now=now)
    make_request(stored, now, customer_id=own)
    later = now + LIFE

    make_request(stored, later, customer_id=own)
    make_request(stored, later, customer_id=own)
    with pytest.raises(TooManyOpenError):
        make_request(stored, later, customer_id=own)


def test_a_long_list_has_pages(customer, stored, now, factory):
    store_open(stored, now, 45, customer_id=factory.customer.id)

    pages, path = [], "/me/requests"
    while path:
        text = customer.open(path).text
        pages.append(re.findall(r'"/a#([\w-]+)"', text))
        path = text.partition('rel="next" href="')[2].partition('"')[0]

    assert [len(tokens) for tokens in pages] == [20, 20, 5]
    assert len({token for tokens in pages for token in tokens}) == 45
    assert len(customer.client.get("/me/requests/open").json["ids"]) == 45


@pytest.mark.parametrize("after", ["", "x", "2026-11-30~", "~~", "9" * 500])
def test_a_cursor_that_is_none_is_the_first_page(customer, stored, now, factory, after):
    own = make_request(stored, now, opener="demo", customer_id=factory.customer.id)

    page = customer.open(f"/me/requests?after={after}")

    assert page.status_code == 200
    assert f'data-ids="{own}"' in page.text
    assert page.text.count("/a#") == 1
