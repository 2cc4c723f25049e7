"""The page a phone's camera opens."""

import pytest

from tests.mobile_bridge.served import make


@pytest.fixture(scope="module")
def client():
    return make().test_client()


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
