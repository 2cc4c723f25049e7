"""Institutions are told how each request ended, once, and only by this centre."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.receiver import Receiver, receiving
from tests.support.signing import encoded, make_program
from webapp.clock import utc_now
from webapp.db import unit_of_work_on
from webapp.relying.asking.documents.models import AskingDocument
from webapp.relying.asking.models import AskingRequest
from webapp.relying.deliveries.loop import Courier, deliver_due
from webapp.relying.delivery_kinds import FEEDS, KINDS
from webapp.relying.institutions import service as institutions
from webapp.relying.signing.models import SigningRequest

TEXT = "약관".encode()


@pytest.fixture
def receiver():
    with receiving(Receiver()) as server:
        yield server


@pytest.fixture
def program(app, stored, factory, now, receiver):
    return make_program(
        app.test_client(), stored, now, webhook_uri=receiver.address("/hook")
    )


@pytest.fixture
def courier(app, config):
    engine = app.extensions["certferry.sessions"].kw["bind"]
    return Courier(
        engine=engine, config=config, kinds=KINDS, feeds=FEEDS, clock=utc_now
    )


def events_told(app, receiver, program, config):
    """Return what the institution was told, each checked as it ought to."""
    keys = KeySet.import_key_set(app.test_client().get("/openid/keys").json)
    events = []
    for post in receiver.posts:
        assert post.headers["Content-Type"] == "application/jwt"
        token = jwt.decode(post.body.decode(), keys, algorithms=["RS256"])
        assert token.header["typ"] == "request-event+jwt"
        assert token.claims["iss"] == config.public_url
        assert token.claims["aud"] == program.institution.id
        assert token.claims["exp"] > token.claims["iat"]
        events.append(token.claims["event"])
    return events


def test_each_end_is_told_once_and_names_nobody(
    app, program, device_for, start, stored, courier, receiver, config, now
):
    names = ("approved", "declined", "withdrawn", "expired")
    ids = {
        name: program.make(
            purpose="sign_documents",
            documents=[{"title": "약관", "content": encoded(TEXT)}],
        ).json["id"]
        for name in names
    }
    start(ids["approved"])
    device = device_for(ids["approved"])
    device.open()
    assert device.approve(stored).status_code == 200
    other = device_for(ids["declined"])
    other.open()
    other.browser.send_json("/a/decline", {"token": other.token})
    program.withdraw(ids["withdrawn"])
    with unit_of_work_on(stored):
        for table in (AskingRequest, SigningRequest):
            row = stored.get_one(table, ids["expired"])
            row.expires_at = now - timedelta(seconds=1)

    assert deliver_due(courier) == (4, 0)
    assert deliver_due(courier) == (0, 0)

    events = events_told(app, receiver, program, config)
    assert {event["request"]: event["state"] for event in events} == {
        request_id: name for name, request_id in ids.items()
    }
    for event in events:
        assert event["type"] == f"request.{event['state']}"
        assert set(event) == {"type", "request", "purpose", "state", "at"}
    stored.expire_all()
    kept = {
        name: stored.get_one(AskingDocument, (request_id, 1)).content
        for name, request_id in ids.items()
    }
    assert {name for name, content in kept.items() if content} == {"approved"}


def test_a_wrong_number_is_told_as_declined(
    app, program, device_for, start, stored, courier, receiver, config
):
    request_id = program.make().json["id"]
    start(request_id)
    device = device_for(request_id)
    device.open()
    device.approve(stored, number="00")

    deliver_due(courier)

    (event,) = events_told(app, receiver, program, config)
    assert event["state"] == "declined"


def test_what_was_rolled_back_is_not_told(
    program, device_for, start, stored, courier, receiver, certificate
):
    request_id = program.make().json["id"]
    start(request_id)
    device = device_for(request_id)
    device.open()
    device.approve(stored, signatures=["00" * 70])

    assert deliver_due(courier) == (0, 0)
    assert receiver.posts == []


def test_an_institution_that_was_ended_is_told_nothing(
    program, stored, courier, receiver, now
):
    request_id = program.make(expires_in=60).json["id"]
    with unit_of_work_on(stored):
        institutions.end(
            stored,
            program.institution,
            operator_id=program.institution.made_by,
            detail={},
            now=now,
        )
        for table in (AskingRequest, SigningRequest):
            stored.get_one(table, request_id).expires_at = now - timedelta(seconds=1)

    assert deliver_due(courier) == (0, 0)
    assert receiver.posts == []
    stored.expire_all()
    assert stored.get_one(SigningRequest, request_id).told_at is not None
