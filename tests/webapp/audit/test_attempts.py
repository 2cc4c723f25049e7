"""Failed attempts are in the log, and a flood of them does not fill it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from webapp.accounts.models import Customer
from webapp.accounts.service import note_failed_sign_in
from webapp.audit.actors import UNKNOWN
from webapp.audit.models import AuditEntry

FAILED = "customer.sign_in_failed"
CLIENT = {"device": "Chrome, Windows", "network": "203.0.113.0/24"}


@pytest.fixture
def demo(stored):
    return stored.scalar(select(Customer).where(Customer.login_id == "demo"))


def failed(stored):
    stmt = select(AuditEntry).where(AuditEntry.event == FAILED).order_by(AuditEntry.id)
    return stored.scalars(stmt).all()


def attempt(stored, now, number, login_id="demo", of=10):
    note_failed_sign_in(stored, login_id, (number, of), client=CLIENT, now=now)
    stored.commit()


def test_the_first_of_an_hour_and_the_last_are_written(stored, demo, now):
    for number in range(1, 11):
        attempt(stored, now, number)

    first, last = failed(stored)
    assert (first.actor, first.customer_id) == (str(UNKNOWN), demo.id)
    assert json.loads(first.detail) == CLIENT
    assert json.loads(last.detail) == {**CLIENT, "tries": 10}


def test_an_hour_of_guessing_is_two_entries(stored, demo, now):
    for minutes in range(0, 60, 10):
        for number in range(1, 11):
            attempt(stored, now + timedelta(minutes=minutes), number)

    assert len(failed(stored)) == 2


def test_the_next_hour_is_written_again(stored, demo, now):
    attempt(stored, now, 1)
    attempt(stored, now + timedelta(minutes=61), 1)

    assert len(failed(stored)) == 2


def test_names_that_nobody_has_are_not_written(stored, now):
    attempt(stored, now, 1, login_id="nobody-here")

    assert failed(stored) == []


def test_a_person_reads_it_in_their_history(customer, app, stored, password):
    thief = app.test_client()
    thief.environ_base["HTTP_USER_AGENT"] = "Mozilla (Windows NT) Firefox/130"
    token = thief.get("/sign-in").text.split('name="csrf_token" value="')[1]
    thief.post(
        "/sign-in",
        data={
            "csrf_token": token.split('"')[0],
            "login_id": "demo",
            "password": "Wrong-42-Wrong",
        },
    )

    customer.client.set_cookie("language", "en")
    page = customer.open("/me/history").text

    assert "Somebody tried to sign in with your ID and a wrong password" in page
    assert "Firefox, Windows" in page
    assert "network 127.0.0.0/24" in page
    assert "Wrong-42" not in page
