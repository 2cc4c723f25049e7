"""Pairing, what a paired device is told, and who is refused."""

import hashlib
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.support.asking import BANK, make_request
from tests.support.paired_device import Device, prove_by_certificate
from tests.webapp.browser_client import PAGE, Browser
from tests.webapp.devices.conftest import pair
from webapp.accounts.models import Customer
from webapp.audit.models import AuditEntry
from webapp.db import unit_of_work_on
from webapp.devices.models import DeviceInvitation, PairedDevice
from webapp.devices.rules import MAX_DEVICES
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind


def events(stored):
    stored.expire_all()
    return list(stored.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


def count(stored, model=PairedDevice):
    stored.expire_all()
    return stored.scalar(select(func.count()).select_from(model))


def customer_id(stored, login_id="demo"):
    return stored.scalar(select(Customer.id).where(Customer.login_id == login_id))


def invite(browser):
    """Have a code shown; return the path of its page and what stands after `#`."""
    browser.has_shown()
    browser.open("/me/devices")
    answer = browser.submit("/me/devices/invite")
    assert answer.status_code == 303, answer.text
    path = answer.headers["Location"]
    address = re.search(r'data-address="([^"]+)"', browser.open(path).text)[1]
    return path, address.partition("#")[2]


def claim(device, token, name="내 휴대폰"):
    device.browser.open("/pair")
    order = {"token": token, "key": device.public_key.hex(), "name": name}
    return device.browser.send_json("/pair/claim", order)


@pytest.fixture
def phone(app):
    """A browser that is not paired."""
    return Device(Browser(app.test_client()))


def test_scanned_code_pairs_after_both_screens_were_compared(customer, phone, stored):
    path, token = invite(customer)
    opened = phone.browser
    opened.open("/pair")
    assert opened.send_json("/pair/open", {"token": token}).json["account"] == "김하나"
    claimed = claim(phone, token).json
    state = customer.client.get(f"{path}/state").json
    assert state["state"] == "claimed"
    assert state["number"] == claimed["number"]
    assert state["name"] == "내 휴대폰"

    answer = customer.submit(path, answer="yes", number=state["number"])

    assert answer.headers["Location"] == "/me/devices?done=paired"
    state = phone.browser.send_json("/pair/state", {"token": token}).json
    assert state == {"state": "paired"}
    phone.id = claimed["device"]
    assert phone.list().json["account"] == "김하나"
    assert "내 휴대폰" in customer.open("/me/devices?done=paired").text
    assert events(stored)[-1] == "device.paired"


def test_without_a_second_check_no_code_is_shown_and_nothing_is_paired(
    customer, phone, stored
):
    customer.open("/me/devices")
    asked = customer.submit("/me/devices/invite")
    order = {"key": phone.public_key.hex(), "name": ""}
    refused = customer.send_json("/me/devices/here", order)

    assert "/me/security/prove" in asked.headers["Location"]
    page = customer.open(asked.headers["Location"])
    assert page.status_code == 200
    assert "/me/devices" in page.text
    assert refused.json["code"] == "step_up_needed"
    assert (count(stored), count(stored, DeviceInvitation)) == (0, 0)


def test_who_showed_who_they_are_comes_back_to_the_devices(customer):
    customer.has_shown()

    answer = customer.client.get("/me/security/prove/password?aim=pair.device")

    assert answer.headers["Location"] == "/me/devices"


def test_second_device_with_the_same_code_is_refused(customer, phone, app):
    _path, token = invite(customer)
    claim(phone, token)

    again, other = claim(phone, token), claim(Device(Browser(app.test_client())), token)

    assert again.status_code == 200
    assert (other.status_code, other.json["code"]) == (409, "pair_taken")


def test_yes_counts_for_the_device_that_was_shown_only(customer, phone, stored):
    path, token = invite(customer)
    number = claim(phone, token).json["number"]

    refused = customer.submit(path, answer="yes", number=f"{int(number) + 1:04d}"[-4:])

    assert refused.status_code == 409
    assert count(stored) == 0


def test_no_pairs_nothing(customer, phone, stored):
    path, token = invite(customer)
    claim(phone, token)

    answer = customer.submit(path, answer="no")

    assert answer.headers["Location"] == "/me/devices?done=declined"
    refused = claim(phone, token)
    assert (refused.status_code, refused.json["code"]) == (409, "pair_declined")
    assert count(stored) == 0


def test_code_is_over_after_its_time(customer, phone, stored, now):
    path, token = invite(customer)
    with unit_of_work_on(stored):
        stored.execute(update(DeviceInvitation).values(expires_at=now))

    assert claim(phone, token).json["code"] == "pair_over"
    assert customer.client.get(f"{path}/state").json == {"state": "expired"}


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 43, "%00", "가" * 20, "A" * 2000, "AA=="]
)
def test_code_that_we_did_not_draw_is_unknown(customer, phone, token):
    invite(customer)

    refused = claim(phone, token)

    assert (refused.status_code, refused.json["code"]) == (404, "pair_unknown")


def test_code_of_somebody_else_is_not_shown_and_not_answered(customer, phone, stranger):
    path, token = invite(customer)
    number = claim(phone, token).json["number"]

    assert stranger.client.get(path, headers=PAGE).status_code == 404
    assert stranger.client.get(f"{path}/state").status_code == 404
    answer = stranger.submit(path, answer="yes", number=number)
    assert answer.status_code == 404


def test_device_sees_what_waits_without_a_sign_in(device, stored, now):
    request_id = make_request(stored, now, customer_id=customer_id(stored))

    news = device.list().json

    (request,) = news["requests"]
    assert request["asker"] == BANK.name
    assert request["address"].startswith("/a#")
    token = request["address"].partition("#")[2]
    opened = device.browser.send_json("/a/open", {"token": token})
    assert opened.json["requestId"] == request_id
    assert news["name"] == "내 휴대폰"


def test_device_sees_nothing_of_anybody_else(device, stranger, stored, now):
    make_request(stored, now, customer_id=customer_id(stored, "other"))
    make_request(stored, now)

    assert device.list().json["requests"] == []


def test_answer_brings_what_is_signed_next(device):
    challenge = device.list().json["challenge"]

    order = device.order("list", challenge=challenge)
    answer = device.browser.send_json("/device/requests", order)

    assert answer.status_code == 200


def test_stolen_session_cookie_cannot_act_as_the_device(device, customer, app):
    thief = Device(customer, id=device.id)

    refused = thief.list()

    assert (refused.status_code, refused.json["code"]) == (401, "device_unknown")


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "leave"},
        {"origin": "https://other.example"},
        {"device_id": "0" * 32},
        {"body": b"[]"},
    ],
    ids=["purpose", "origin", "device", "body"],
)
def test_signature_over_anything_else_is_refused(device, changes):
    order = device.order("list")
    proof = {"purpose": "list", "challenge": order["challenge"], **changes}
    signed = device.order(**proof)

    refused = device.browser.send_json(
        "/device/requests", {**order, "signature": signed["signature"]}
    )

    assert (refused.status_code, refused.json["code"]) == (401, "device_unknown")


def test_challenge_of_another_device_or_an_old_one_is_refused(
    device, customer, app, monkeypatch, now
):
    other = pair(customer, Device(Browser(app.test_client())))
    foreign = device.order("list", challenge=other.challenge())
    own = device.order("list")

    refused = device.browser.send_json("/device/requests", foreign)
    later = now + timedelta(minutes=6)
    monkeypatch.setattr("webapp.devices.device_orders.utc_now", lambda: later)
    old = device.browser.send_json("/device/requests", own)

    for answer in (refused, old):
        assert (answer.status_code, answer.json["code"]) == (401, "device_challenge")


def test_nobody_learns_whether_a_device_is_paired(device, app):
    nobody = Device(Browser(app.test_client()), id="0" * 32)
    nobody.browser.open("/device")

    assert len(nobody.challenge()) == len(device.challenge())
    refused = nobody.list()
    assert (refused.status_code, refused.json["code"]) == (401, "device_unknown")


def test_removed_device_is_told_so_and_sees_nothing(device, customer, stored):
    customer.open(f"/me/devices/{device.id}/remove")

    answer = customer.submit(f"/me/devices/{device.id}/remove")

    assert answer.headers["Location"] == "/me/devices?done=removed"
    refused = device.list()
    assert (refused.status_code, refused.json["code"]) == (401, "device_unknown")
    assert events(stored)[-1] == "device.removed"
    again = customer.submit(f"/me/devices/{device.id}/remove")
    assert again.status_code == 404


def test_device_ends_its_pairing_itself(device, stored):
    assert device.send("/device/leave", "leave").status_code == 204

    assert count(stored) == 0
    assert device.list().json["code"] == "device_unknown"
    last = stored.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.event, last.actor) == ("device.removed", "device")


@pytest.mark.parametrize("method", ["get", "post"])
def test_device_of_somebody_else_is_not_there(device, stranger, stored, method):
    path = f"/me/devices/{device.id}/remove"

    answer = stranger.client.open(
        path, method=method.upper(), headers={**PAGE, "X-CSRFToken": stranger.token}
    )

    assert answer.status_code == 404
    assert count(stored) == 1
    assert device.id not in stranger.open("/me/devices").text


def test_device_of_a_locked_account_is_refused_with_the_cause(device, stored, now):
    with unit_of_work_on(stored):
        stored.execute(update(Customer).values(locked_at=now))

    refused = device.list()

    assert (refused.status_code, refused.json["code"]) == (403, "device_locked")


def test_use_is_noted_once_a_minute(device, stored, monkeypatch, now):
    at = stored.scalar(select(PairedDevice.used_at))
    device.list()
    stored.expire_all()
    assert stored.scalar(select(PairedDevice.used_at)) == at
    later = now + timedelta(minutes=2)
    monkeypatch.setattr("webapp.devices.device_orders.utc_now", lambda: later)

    device.list()

    stored.expire_all()
    assert stored.scalar(select(PairedDevice.used_at)) == later


def test_same_browser_is_paired_once(device, customer, stored):
    first = device.id

    assert pair(customer, device).id == first
    assert count(stored) == 1


def test_eleventh_device_is_refused(customer, app, stored, phone):
    path, token = invite(customer)
    number = claim(phone, token).json["number"]
    for _ in range(MAX_DEVICES):
        pair(customer, Device(Browser(app.test_client())))

    order = {"key": phone.public_key.hex(), "name": ""}
    refused = customer.send_json("/me/devices/here", order)
    late = customer.submit(path, answer="yes", number=number)

    assert (refused.status_code, refused.json["code"]) == (409, "device_limit")
    assert late.status_code == 409
    assert count(stored) == MAX_DEVICES


@pytest.mark.parametrize("key", ["", "zz", "00", "30" * 5000])
def test_browser_without_a_fitting_key_is_refused(customer, stored, key):
    customer.has_shown()

    refused = customer.send_json("/me/devices/here", {"key": key, "name": "x"})

    assert refused.status_code in (413, 422)
    assert count(stored) == 0


@pytest.fixture
def certified(factory, now):
    """A certificate of the demo's customer, and its key."""
    key = new_key(KeyKind.P_256)
    return factory.issued(now - timedelta(days=1), key=key), key


def test_certificate_pairs_the_phone_to_which_it_was_moved(phone, certified, stored):
    answer = phone.browser.send_json(
        "/device/by-certificate", prove_by_certificate(phone, *certified)
    )

    assert answer.json["account"] == "김하나"
    phone.id = answer.json["device"]
    assert phone.list().status_code == 200
    last = stored.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.event, last.actor) == ("device.paired", "key-holder")


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "revoke"},
        {"origin": "https://other.example"},
        {"application_id": hashlib.sha256(b"another key").hexdigest()},
        {"fingerprint": "0" * 64},
    ],
    ids=["purpose", "origin", "device", "certificate"],
)
def test_proof_of_anything_else_pairs_nothing(phone, certified, stored, changes):
    order = prove_by_certificate(phone, *certified, **changes)

    refused = phone.browser.send_json("/device/by-certificate", order)

    assert (refused.status_code, refused.json["code"]) == (422, "device_certificate")
    assert count(stored) == 0


def test_other_key_and_unknown_certificate_are_refused_alike(phone, certified, stored):
    certificate, key = certified
    orders = [
        prove_by_certificate(phone, certificate, new_key(KeyKind.P_256)),
        prove_by_certificate(phone, certificate, key, serial="ff" * 16),
        prove_by_certificate(phone, certificate, key, serial="x"),
    ]

    for order in orders:
        refused = phone.browser.send_json("/device/by-certificate", order)
        assert (refused.status_code, refused.json["code"]) == (
            422,
            "device_certificate",
        )
    assert count(stored) == 0


@pytest.mark.parametrize("end", ["suspended", "revoked", "expired"])
def test_certificate_that_counts_no_more_pairs_nothing(
    phone, factory, stored, now, end
):
    key = new_key(KeyKind.P_256)
    begin = now - timedelta(days=800 if end == "expired" else 1)
    certificate = factory.issued(begin, key=key)
    if end != "expired":
        with unit_of_work_on(stored):
            certificate.state = end
            certificate.suspended_at = now

    order = prove_by_certificate(phone, certificate, key)
    refused = phone.browser.send_json("/device/by-certificate", order)

    code = (refused.status_code, refused.json["code"])
    assert code == (403, "device_certificate_over")
    assert count(stored) == 0


def test_pages_say_the_same_in_english(device, customer):
    customer.client.set_cookie("language", "en")

    assert "My devices" in customer.open("/me/devices").text
    question = customer.open(f"/me/devices/{device.id}/remove").text
    assert "Remove this device?" in question
    page = device.browser
    page.client.set_cookie("language", "en")
    assert "Requests for me" in page.open("/device").text


@pytest.mark.parametrize(
    "body", [[], "x", {"device": 1}, {"device": "x" * 5000}, {"device": None}]
)
@pytest.mark.parametrize(
    "path", ["/device/requests", "/device/leave", "/device/challenge"]
)
def test_odd_orders_get_a_code_and_no_fault(visitor, path, body):
    visitor.open("/device")

    answer = visitor.send_json(path, body)

    assert answer.status_code in (200, 400, 401, 413)
