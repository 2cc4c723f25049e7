"""A certificate has one face: on every page the same parts and the same number."""

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from mobile_bridge.pki.short_number import short_number
from tests.webapp.browser_client import Browser
from webapp import create_app
from webapp.certificates.records.copies import latest_copies, record_copy
from webapp.values.brand import Brand

PAGES = (
    "/",
    "/certificates/{}",
    "/certificates/{}/receipt",
    "/certificates/{}/places",
    "/certificates/{}/renew",
    "/certificates/{}/reissue",
    "/certificates/{}/suspend",
    "/certificates/{}/revoke",
)


@pytest.fixture
def issued(factory, now):
    return factory.issued(now)


def visible(page):
    """Return what is read of a page before anything is unfolded."""
    unfolded = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", unfolded))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_tells_it_by_the_same_short_number(
    customer, factory, issued, now, path
):
    if path.endswith("renew"):
        issued = factory.issued(now - (issued.not_after - issued.not_before) * 0.95)

    page = customer.open(path.format(issued.id)).text

    assert short_number(issued.serial) in visible(page)
    assert issued.serial not in visible(page)
    assert f'translate="no">{short_number(issued.serial)}<' in page


def test_serial_fingerprint_and_exact_names_are_folded(customer, issued):
    page = customer.open(f"/certificates/{issued.id}").text
    (details,) = re.findall(
        r"<details class=.more exact.*?</details>", page, flags=re.DOTALL
    )

    digest = hashlib.sha256(issued.der).digest().hex(":").upper()
    for exact in (issued.serial, digest, "CN=certferry demo issuing CA"):
        assert exact in details
        assert exact not in visible(page)


def test_the_issuer_is_called_in_the_language_of_the_page(
    config, customer, issued, password
):
    named = {"ko": "은하은행 인증센터", "en": "Galaxy Bank"}
    centre = create_app(replace(config, brand=Brand(name=named)))
    branded = Browser(centre.test_client())
    branded.sign_in("demo", password)

    plain = visible(customer.open("/").text)
    korean = visible(branded.open("/").text)
    branded.submit("/language/en")
    english = visible(branded.open("/").text)

    assert "이 인증센터" in plain
    assert "발급 · 은하은행 인증센터" in " ".join(korean.split())
    assert "· Galaxy Bank" in " ".join(english.split())


def test_a_copy_leads_to_the_page_of_its_certificate(customer, issued):
    digest = hashlib.sha256(issued.der).hexdigest()

    own = customer.client.get(f"/certificates/of/{digest}")
    unknown = customer.client.get(f"/certificates/of/{'0' * 64}")
    odd = customer.client.get("/certificates/of/%C3%84")

    assert own.headers["Location"].endswith(f"/certificates/{issued.id}")
    assert (unknown.status_code, odd.status_code) == (404, 404)


def test_nobody_is_led_to_anothers(stranger, issued):
    digest = hashlib.sha256(issued.der).hexdigest()

    assert stranger.client.get(f"/certificates/of/{digest}").status_code == 404


@pytest.mark.parametrize(
    ("told", "last"),
    [
        ([("made", "browser")], "made"),
        ([("made", "browser"), ("removed", "browser")], "removed"),
        ([("made", "phone"), ("removed", "browser")], "removed"),
        ([("made", "browser"), ("sent", "phone"), ("removed", "browser")], "sent"),
        ([("made", "browser"), ("saved", "file"), ("removed", "browser")], "saved"),
    ],
)
def test_after_a_move_it_is_said_to_be_where_it_went(stored, issued, now, told, last):
    for seconds, (event, place) in enumerate(told):
        at = now + timedelta(seconds=1 + seconds)
        record_copy(stored, issued, place=place, event=event, device="", now=at)
    stored.flush()

    assert latest_copies(stored, [issued.id])[issued.id].how == last
