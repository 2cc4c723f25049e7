"""Paired devices are told by push that something waits, and of nothing else."""

import json
import secrets
from base64 import urlsafe_b64decode
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import delete, func, select

from tests.support.asking import make_request
from tests.support.paired_device import Device
from tests.support.push_browser import ENDPOINT, PushBrowser, PushService, to_text
from tests.webapp.browser_client import Browser
from tests.webapp.devices.conftest import pair
from webapp.accounts.models import Customer
from webapp.audit.events import AuditEvent
from webapp.audit.service import record
from webapp.authenticators.encryption import read_key
from webapp.db import unit_of_work_on
from webapp.devices.models import PairedDevice
from webapp.notifications.models import PushKey, PushNotice, PushSubscription
from webapp.notifications.push import keys
from webapp.notifications.push.delivery import (
    MAX_ATTEMPTS,
    RETRY_DELAY,
    PushSender,
    send_pushes,
)
from webapp.notifications.push.errors import SubscriptionError
from webapp.notifications.push.web_push import read_subscription

LIFE = timedelta(minutes=5)


@pytest.fixture
def seal(config):
    return read_key(config.identity_key)


@pytest.fixture
def push_key(stored, seal, now):
    """The key of the centre."""
    with unit_of_work_on(stored):
        keys.prepare(stored, seal, secrets.token_bytes, now)
    return keys.newest_key(stored)


@pytest.fixture
def device(app, customer):
    return pair(customer, Device(Browser(app.test_client())))


@pytest.fixture
def subscriber(device, push_key):
    """A device that allowed notices: the browser's side of it."""
    browser = PushBrowser()
    answer = device.send("/device/notices", "notices", browser.fields(push_key.id))
    assert answer.json == {"told": True}
    return browser


@pytest.fixture
def service():
    return PushService()


@pytest.fixture
def sender(service, seal):
    return PushSender(seal=seal, contact="mailto:ca@ca.example", post=service.post)


def customer_id(stored):
    return stored.scalar(select(Customer.id).where(Customer.login_id == "demo"))


def count(stored, model):
    stored.expire_all()
    return stored.scalar(select(func.count()).select_from(model))


def ask(stored, now):
    return make_request(stored, now, customer_id=customer_id(stored))


def log_use(stored, now, event=AuditEvent.CERTIFICATE_SAVED):
    with unit_of_work_on(stored):
        record(stored, event, customer_id=customer_id(stored), at=now)


def test_request_by_name_is_told_once_and_says_nothing_of_itself(
    subscriber, service, sender, stored, now
):
    request_id = ask(stored, now)

    result = send_pushes(stored, sender, now)
    again = send_pushes(stored, sender, now)

    assert (result.sent, again.sent) == (1, 0)
    ((address, body, headers),) = service.posts
    assert address == ENDPOINT
    assert json.loads(subscriber.open(body)) == {"kind": "request"}
    assert headers["Content-Encoding"] == "aes128gcm"
    assert 0 < int(headers["TTL"]) <= LIFE.total_seconds()
    assert request_id not in str(headers)


def test_request_of_nobody_and_of_others_tells_nobody(
    subscriber, service, sender, stored, now
):
    make_request(stored, now)

    send_pushes(stored, sender, now)

    assert service.posts == []


def test_sender_says_who_it_is_by_the_key_of_the_subscription(
    subscriber, service, sender, stored, now, push_key
):
    ask(stored, now)
    send_pushes(stored, sender, now)

    scheme, _space, parts = service.posts[0][2]["Authorization"].partition(" ")
    token, public = (part.partition("=")[2] for part in parts.split(", "))
    point = urlsafe_b64decode(public + "=" * (-len(public) % 4))
    key = ECKey.import_key(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": to_text(point[1:33]),
            "y": to_text(point[33:]),
        }
    )
    claims = jwt.decode(token, key, algorithms=["ES256"]).claims
    address = urlsplit(ENDPOINT)

    assert (scheme, public) == ("vapid", push_key.public)
    assert claims["aud"] == f"{address.scheme}://{address.netloc}"
    assert claims["sub"] == "mailto:ca@ca.example"
    assert 0 < claims["exp"] - now.timestamp() <= 24 * 3600


@pytest.mark.parametrize("status", [404, 410])
def test_subscription_that_is_gone_is_forgotten(
    subscriber, service, sender, stored, now, status
):
    service.status = status
    ask(stored, now)

    send_pushes(stored, sender, now)

    assert (count(stored, PushSubscription), count(stored, PushNotice)) == (0, 0)
    assert count(stored, PairedDevice) == 1


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_push_service_that_is_away_is_tried_again(
    subscriber, service, sender, stored, now, status
):
    service.status = status
    ask(stored, now)
    send_pushes(stored, sender, now)
    service.status = 201

    early = send_pushes(stored, sender, now + RETRY_DELAY / 2)
    later = send_pushes(stored, sender, now + RETRY_DELAY)

    assert (early.sent, later.sent) == (0, 1)
    assert len(service.posts) == 2


def test_refused_message_is_not_sent_again(subscriber, service, sender, stored, now):
    service.status = 403
    ask(stored, now)
    send_pushes(stored, sender, now)

    send_pushes(stored, sender, now + 10 * RETRY_DELAY)

    assert len(service.posts) == 1
    assert stored.scalar(select(PushNotice.failed)) == "refused"


def test_notice_comes_in_time_or_not_at_all(subscriber, service, sender, stored, now):
    ask(stored, now)

    send_pushes(stored, sender, now + LIFE)

    assert service.posts == []
    assert stored.scalar(select(PushNotice.failed)) == "too_late"


def test_use_is_given_up_after_some_tries(subscriber, service, sender, stored, now):
    send_pushes(stored, sender, now)  # the first look tells of nothing old
    log_use(stored, now)
    service.status = 500
    at = now
    for attempt in range(MAX_ATTEMPTS + 3):
        send_pushes(stored, sender, at)
        at += RETRY_DELAY * 2**attempt

    assert len(service.posts) == MAX_ATTEMPTS
    assert stored.scalar(select(PushNotice.failed)) == "gave_up"


def test_use_is_told_unless_the_person_chose_otherwise(
    subscriber, service, sender, stored, now, customer
):
    send_pushes(stored, sender, now)
    log_use(stored, now)
    send_pushes(stored, sender, now)
    customer.submit("/me/notices", channel="push", told="off")
    send_pushes(stored, sender, now + timedelta(seconds=1))
    log_use(stored, now)
    send_pushes(stored, sender, now + timedelta(seconds=2))

    texts = [subscriber.open(body) for _to, body, _headers in service.posts]
    kinds = [json.loads(text)["kind"] for text in texts]
    assert kinds == ["use", "use"]  # of the use, and that it was switched off
    stored.expire_all()
    customer_row = stored.scalar(select(Customer).where(Customer.login_id == "demo"))
    assert (customer_row.is_pushed_of_use, customer_row.is_told_of_use) == (False, True)


def test_device_stops_being_told(subscriber, device, service, sender, stored, now):
    ask(stored, now)
    assert device.send("/device/notices", "notices").json == {"told": False}

    send_pushes(stored, sender, now)

    assert service.posts == []


def test_removed_device_takes_subscription_and_notices_along(
    subscriber, device, customer, service, sender, stored, now
):
    ask(stored, now)
    customer.open(f"/me/devices/{device.id}/remove")
    customer.submit(f"/me/devices/{device.id}/remove")

    send_pushes(stored, sender, now)

    assert service.posts == []
    assert (count(stored, PushSubscription), count(stored, PushNotice)) == (0, 0)


def test_address_and_keys_of_a_browser_are_sealed(subscriber, stored):
    row = stored.scalars(select(PushSubscription)).one()

    assert ENDPOINT.encode() not in row.sealed
    assert subscriber.auth not in row.sealed
    sealed_key = stored.scalars(select(PushKey)).one().sealed
    assert b"PRIVATE" not in sealed_key


def test_stolen_cookie_redirects_no_notices(
    subscriber, device, customer, push_key, stored
):
    thief = Device(customer, id=device.id)
    before = stored.scalar(select(PushSubscription.sealed))

    refused = thief.send(
        "/device/notices",
        "notices",
        PushBrowser("https://thief.example/x").fields(push_key.id),
    )

    assert (refused.status_code, refused.json["code"]) == (401, "device_unknown")
    stored.expire_all()
    assert stored.scalar(select(PushSubscription.sealed)) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": ""},
        {"endpoint": "ftp://push.example/x"},
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": "https://user@push.example/x"},
        {"endpoint": "https://push.example/x#y"},
        {"endpoint": "https://[::1"},
        {"endpoint": "https://push.example:99999/x"},
        {"endpoint": "https://push.example/" + "x" * 500},
        {"endpoint": "https://push.example/\r\nX: y"},
        {"endpoint": 7},
        {"p256dh": ""},
        {"p256dh": "BAAA"},
        {"p256dh": "A" * 87},
        {"auth": ""},
        {"auth": "AAAA"},
        {"auth": None},
    ],
)
def test_odd_subscription_is_refused(device, push_key, stored, changes):
    fields = {**PushBrowser().fields(push_key.id), **changes}

    refused = device.send("/device/notices", "notices", fields)

    assert (refused.status_code, refused.json["code"]) == (422, "push_subscription")
    assert count(stored, PushSubscription) == 0


@pytest.mark.parametrize("body", [[], "x", 7, None, ["endpoint"]])
def test_odd_body_is_refused_or_ends_the_notices(device, push_key, body):
    answer = device.send("/device/notices", "notices", body)

    assert answer.status_code in (200, 422)


def test_without_tls_no_push_service_is_taken():
    fields = PushBrowser("http://push.example/x").fields()

    with pytest.raises(SubscriptionError):
        read_subscription(fields)
    assert read_subscription(fields, allow_plain=True).endpoint == fields["endpoint"]


def test_unknown_key_is_refused(device, stored, push_key):
    refused = device.send("/device/notices", "notices", PushBrowser().fields("0" * 32))

    assert (refused.status_code, refused.json["code"]) == (409, "push_unavailable")


def test_older_key_stays_while_a_browser_uses_it(
    subscriber, stored, seal, now, push_key
):
    first = push_key.id
    for years in (1, 2):
        with unit_of_work_on(stored):
            at = now + years * keys.ROTATED_EVERY
            assert keys.prepare(stored, seal, secrets.token_bytes, at)

    ids = set(stored.scalars(select(PushKey.id)))
    assert first in ids
    assert keys.newest_key(stored).id != first
    with unit_of_work_on(stored):
        stored.execute(delete(PushSubscription))
    with unit_of_work_on(stored):
        assert not keys.prepare(stored, seal, secrets.token_bytes, at)
    assert set(stored.scalars(select(PushKey.id))) == {keys.newest_key(stored).id}


def test_page_of_the_device_names_the_key(device, push_key):
    assert f'data-key="{push_key.public}"' in device.browser.open("/device").text
