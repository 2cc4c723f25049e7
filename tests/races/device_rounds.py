"""Devices that are paired, asked, answered and removed many times at once."""

import re
from functools import partial
from typing import Any

from tests.races.rounds import Factory, Round, form, json
from tests.races.world import CLIENTS, World
from tests.support.paired_device import Device, prove_by_certificate
from tests.webapp.browser_client import Browser
from webapp.clock import utc_now
from webapp.devices.models import PairedDevice
from webapp.devices.service import NewDevice, pair
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind


def shown(world: World) -> tuple[Browser, Any]:
    """Return a signed-in customer who showed once more who they are."""
    customer = world.customer()
    browser = world.signed_in(customer)
    browser.has_shown()
    return browser, customer


def paired(world: World) -> tuple[Device, Any]:
    """Return a device that is paired, and whose it is."""
    customer, device = world.customer(), Device(world.browser(), id="")
    with world.session() as session:
        owner = session.merge(customer)
        new = NewDevice(public_key=device.public_key, name="Phone", description="")
        device.id = pair(
            session, owner, new, device_id=f"{customer.id:032x}", now=utc_now()
        ).id
        session.commit()
    device.browser.open("/device")
    return device, customer


def invited(world: World) -> tuple[Browser, str, str]:
    """Return who shows a code, the path of its page, and what stands after `#`."""
    browser, _customer = shown(world)
    path = browser.submit("/me/devices/invite").headers["Location"]
    address = re.search(r'data-address="([^"]+)"', browser.open(path).text)
    assert address
    return browser, path, address[1].partition("#")[2]


def invite(world: World) -> Round:
    browser, _customer = shown(world)
    return Round(send=form(browser, "/me/devices/invite"), succeed=CLIENTS)


def agree(world: World) -> Round:
    browser, path, token = invited(world)
    device = Device(world.browser())
    device.browser.open("/pair")
    order = {"token": token, "key": device.public_key.hex(), "name": ""}
    number = (device.browser.send_json("/pair/claim", order).json or {})["number"]

    def check(_answers: Any) -> None:
        assert (
            world.count(PairedDevice, PairedDevice.id == path.rpartition("/")[2]) == 1
        )

    send = form(browser, path, answer="yes", number=number)
    return Round(send=send, events={"device.paired": 1}, succeed=CLIENTS, check=check)


def pair_here(world: World) -> Round:
    browser, customer = shown(world)
    order = {"key": Device(browser).public_key.hex(), "name": ""}

    def check(_answers: Any) -> None:
        assert world.count(PairedDevice, PairedDevice.customer_id == customer.id) == 1

    send = json(browser, "/me/devices/here", order)
    return Round(send=send, events={"device.paired": 1}, succeed=CLIENTS, check=check)


def remove(world: World) -> Round:
    device, customer = paired(world)
    path = f"/me/devices/{device.id}/remove"
    send = form(world.signed_in(customer), path)
    return Round(send=send, events={"device.removed": 1}, succeed=1)


def leave(world: World) -> Round:
    device, _customer = paired(world)
    send = json(device.browser, "/device/leave", device.order("leave"))
    return Round(send=send, events={"device.removed": 1}, succeed=1)


def with_code(world: World, path: str) -> Round:
    _browser, _path, token = invited(world)
    device = Device(world.browser())
    device.browser.open("/pair")
    order = {"token": token, "key": device.public_key.hex(), "name": ""}
    return Round(send=json(device.browser, path, order), succeed=CLIENTS)


def by_device(world: World, path: str) -> Round:
    device, _customer = paired(world)
    send = json(device.browser, path, device.order("list"))
    return Round(send=send, succeed=CLIENTS)


def stop_notices(world: World) -> Round:
    device, _customer = paired(world)
    send = json(device.browser, "/device/notices", device.order("notices"))
    return Round(send=send, succeed=CLIENTS)


def by_certificate(world: World) -> Round:
    customer, key = world.customer(), new_key(KeyKind.P_256)
    certificate = world.certificate(customer, key=key)
    device = Device(world.browser())
    order = prove_by_certificate(device, certificate, key)
    send = json(device.browser, "/device/by-certificate", order)
    return Round(send=send, events={"device.paired": 1}, succeed=CLIENTS)


ROWS: dict[str, tuple[Factory, ...]] = {
    "devices.invite": (invite,),
    "devices.answer": (agree,),
    "devices.pair_here": (pair_here,),
    "devices.remove": (remove,),
    "device.open_invitation": (partial(with_code, path="/pair/open"),),
    "device.claim": (partial(with_code, path="/pair/claim"),),
    "device.pairing_state": (partial(with_code, path="/pair/state"),),
    "device.challenge": (partial(by_device, path="/device/challenge"),),
    "device.leave": (leave,),
    "device.certificate_challenge": (
        partial(by_device, path="/device/certificate-challenge"),
    ),
    "device.pair_with_certificate": (by_certificate,),
    "push.choose": (stop_notices,),
    "asking_device.list_for_device": (partial(by_device, path="/device/requests"),),
}
