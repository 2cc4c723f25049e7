"""Devices that are paired, of the customer of a test and of somebody else."""

from datetime import date

import pytest

from tests.support.customers import register
from tests.support.paired_device import Device
from tests.webapp.browser_client import Browser
from webapp.accounts.service import new_customer

PASSWORD = "Night-Ferry-42"


@pytest.fixture
def device(app, customer):
    """A browser of its own, paired with the account of `customer`."""
    return pair(customer, Device(Browser(app.test_client())))


@pytest.fixture
def stranger(app, stored, now):
    """Somebody else, who is signed in."""
    register(
        stored,
        new_customer(
            login_id="other",
            password=PASSWORD,
            name="박하나",
            latin_name="PARK HANA",
            birth_date=date(1991, 2, 3),
        ),
        now,
    )
    browser = Browser(app.test_client())
    browser.sign_in("other", PASSWORD)
    browser.has_shown()
    return browser


def pair(browser, device, name="내 휴대폰"):
    """Pair a device by who is signed in; it gets a page of its own."""
    browser.has_shown()
    order = {"key": device.public_key.hex(), "name": name}
    answer = browser.send_json("/me/devices/here", order)
    assert answer.status_code == 200, answer.text
    device.id = answer.json["device"]
    device.browser.open("/device")
    return device
