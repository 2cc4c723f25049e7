"""What a phone is asked to make a key for is what the certificate will say."""

import json
import re
from html import unescape

import pytest

from mobile_bridge.core.order import (
    IssuedCertificate,
    check_issued,
    read_order,
)
from tests.makers import make_request
from webapp.pki.ca_key import new_key
from webapp.pki.key_policy import KeyKind


def order_on(page: str) -> bytes:
    """Return the order that the page hands to its script."""
    match = re.search(r'data-order="([^"]*)"', page)
    assert match
    return unescape(match[1]).encode()


def test_the_certificate_says_what_was_ordered(customer):
    application = customer.walk()
    order = read_order(order_on(customer.open(on_phone(application)).text))
    request = make_request(key=new_key(KeyKind.P_256))

    issued = customer.order(application, request)

    chain = customer.client.get("/pki/issuing.crt").data
    check_issued(order, request, IssuedCertificate(issued.data, (chain,)))
    assert (order.application, order.issued) == (application, False)


def test_what_is_issued_is_ordered_as_issued(customer):
    application = customer.walk()
    customer.order(application, make_request(key=new_key(KeyKind.P_256)))

    order = json.loads(order_on(customer.open(on_phone(application)).text))

    assert order["issued"] is True


def test_what_the_phone_has_needs_no_code_any_more(customer):
    application = customer.walk()
    where = customer.order(
        application, make_request(key=new_key(KeyKind.P_256))
    ).headers["Location"]

    customer.send_json(f"{where}/delivered", {"place": "phone"})

    done = customer.open(on_phone(application))
    assert done.request.path.endswith("/done")


def test_no_code_is_shown_before_every_step_is_passed(customer):
    application = customer.begin()

    page = customer.open(on_phone(application))

    assert page.request.path.endswith("/terms")
    assert "data-order" not in page.text


@pytest.mark.parametrize("is_issued", [False, True])
@pytest.mark.parametrize(
    ("type_id", "exportable"), [("personal-sign", True), ("demo-phone-only", False)]
)
def test_a_key_for_one_phone_is_ordered_as_not_to_be_copied(
    customer, type_id, exportable, is_issued
):
    application = customer.walk(type_id=type_id)
    if is_issued:
        customer.order(application, make_request(key=new_key(KeyKind.P_256)))

    order = read_order(order_on(customer.open(on_phone(application)).text))

    assert (order.exportable, order.issued) == (exportable, is_issued)


def on_phone(application: str) -> str:
    return f"/applications/{application}/on-phone"
