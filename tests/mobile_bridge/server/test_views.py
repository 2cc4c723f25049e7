"""The page a phone's camera opens, and the one that shows a code."""

import pytest
from jinja2 import DictLoader

from tests.support.bridge_app import PAGE, make

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Mobile Safari"


@pytest.fixture(scope="module")
def client():
    app = make()
    pages = {"bridge/phone.html": PAGE, "bridge/move.html": "on a {{ device }}"}
    app.jinja_loader = DictLoader(pages)
    return app.test_client()


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"Sec-Fetch-Site": "none"}, True),
        ({}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Referer": "https://chat.example/"}, False),
        ({"Sec-Fetch-Site": "none", "Referer": "https://chat.example/"}, False),
    ],
)
def test_only_a_camera_or_a_typed_address_is_an_own_scan(client, headers, is_own):
    page = client.get("/p", headers=headers)

    assert page.text == f"own_scan={is_own}"


def test_the_page_is_neither_kept_nor_told_to_others(client):
    page = client.get("/p")

    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_opening_the_page_uses_nothing_up(client):
    assert client.get("/p").data == client.get("/p").data
    assert client.post("/p").status_code == 405


def test_the_page_that_shows_a_code_knows_on_what_device_it_is(client):
    assert client.get("/move").text == "on a computer"
    assert client.get("/move", headers={"User-Agent": PHONE}).text == "on a phone"
